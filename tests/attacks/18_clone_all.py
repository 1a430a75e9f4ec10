# tries: to start a child with clone in each kind of namespace together with a user namespace
# must: the filter refuses each with EPERM
# control: without restrict-namespaces
import ctypes
import errno
import os
import signal

CLONE, CLONE_NEWUSER = 56, 0x10000000
assert os.uname().machine == "x86_64"
libc = ctypes.CDLL(None, use_errno=True)
for kind in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x20000000, 0x40000000):
    flags = ctypes.c_long(kind | CLONE_NEWUSER | signal.SIGCHLD)
    pid = libc.syscall(CLONE, flags, None, None, None, None)
    if pid == 0:
        os._exit(0)
    if pid > 0:
        os.waitpid(pid, 0)
        print("SUCCEEDED: a child with", hex(kind))
        break
    if ctypes.get_errno() != errno.EPERM:
        raise OSError(ctypes.get_errno(), hex(kind))
else:
    print("HELD: EPERM for all")
