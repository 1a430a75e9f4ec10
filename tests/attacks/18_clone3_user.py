# tries: to start a child in a user namespace with clone3, whose flags no filter can read
# must: the filter says that there is no clone3 (ENOSYS)
# control: without restrict-namespaces
import ctypes
import errno
import os
import signal
import struct

CLONE3, CLONE_NEWUSER = 435, 0x10000000
libc = ctypes.CDLL(None, use_errno=True)
args = struct.pack("8Q", CLONE_NEWUSER, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
pid = libc.syscall(CLONE3, args, ctypes.c_long(len(args)))
if pid == 0:
    os._exit(0)
if pid > 0:
    os.waitpid(pid, 0)
    print("SUCCEEDED: a child in a user namespace")
elif ctypes.get_errno() == errno.ENOSYS:
    print("HELD: ENOSYS")
else:
    raise OSError(ctypes.get_errno(), "unexpected")
