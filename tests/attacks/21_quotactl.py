# tries: to set the disk quota of a user on the host's disk
# must: the kernel refuses it with EPERM, for want of capabilities
# control: outside as root
import ctypes
import errno
import os

QUOTACTL_FD, Q_SETQUOTA = 443, 0x80000800
libc = ctypes.CDLL(None, use_errno=True)
fd = os.open("/usr", os.O_RDONLY | os.O_DIRECTORY)
result = libc.syscall(QUOTACTL_FD, fd, ctypes.c_long(Q_SETQUOTA), 0, None)
code = ctypes.get_errno()
if result == -1 and code in (errno.EPERM, errno.EROFS):
    print("HELD:", errno.errorcode[code])
else:
    print("SUCCEEDED: the kernel went on to", errno.errorcode.get(code, "do it"))
