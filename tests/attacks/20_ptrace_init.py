# tries: to trace process 1 of the jail, firejail itself
# must: the filter refuses it with EPERM, also when its arguments make no sense
# control: without seccomp ...; seccomp.block-secondary
import ctypes
import errno

PTRACE_SEIZE = 0x4206
libc = ctypes.CDLL(None, use_errno=True)
for address in (0, 1):  # the kernel answers EIO to an address before it looks at the process
    result = libc.ptrace(PTRACE_SEIZE, 1, ctypes.c_void_p(address), None)
    code = ctypes.get_errno()
    if result != -1 or code != errno.EPERM:
        print("SUCCEEDED: ptrace reached the kernel:", errno.errorcode.get(code, "done"))
        break
else:
    print("HELD: EPERM")
