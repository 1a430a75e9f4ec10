# tries: to take an open file out of process 1 of the jail, firejail itself
# must: the filter refuses it with EPERM, also when its arguments make no sense
# control: without seccomp ...; seccomp.block-secondary
import ctypes
import errno
import os

PIDFD_GETFD = 438
libc = ctypes.CDLL(None, use_errno=True)
init = os.pidfd_open(1)
for flags in (0, 1):  # the kernel answers EINVAL to any flag before it looks at the process
    result = libc.syscall(PIDFD_GETFD, init, 0, ctypes.c_ulong(flags))
    code = ctypes.get_errno()
    if result != -1 or code != errno.EPERM:
        print("SUCCEEDED: the call reached the kernel:", errno.errorcode.get(code, "done"))
        break
else:
    print("HELD: EPERM")
