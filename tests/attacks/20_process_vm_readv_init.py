# tries: to read the memory of process 1 of the jail, firejail itself
# must: the filter refuses it with EPERM, also when its arguments make no sense
# control: without seccomp ...; seccomp.block-secondary
import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)
target = ctypes.create_string_buffer(6)
local = (ctypes.c_size_t * 2)(ctypes.addressof(target), 6)
remote = (ctypes.c_size_t * 2)(0x400000, 6)
for flags in (0, 1):  # the kernel answers EINVAL to any flag before it looks at the process
    result = libc.process_vm_readv(1, local, 1, remote, 1, ctypes.c_ulong(flags))
    code = ctypes.get_errno()
    if result != -1 or code != errno.EPERM:
        print("SUCCEEDED: the call reached the kernel:", errno.errorcode.get(code, "done"))
        break
else:
    print("HELD: EPERM")
