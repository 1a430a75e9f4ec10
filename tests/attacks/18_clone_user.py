# tries: to start a child in a user namespace with clone
# must: the filter refuses it with EPERM
# control: without restrict-namespaces
import ctypes
import errno
import os
import signal

CLONE, CLONE_NEWUSER = 56, 0x10000000
assert os.uname().machine == "x86_64"
libc = ctypes.CDLL(None, use_errno=True)
pid = libc.syscall(CLONE, ctypes.c_long(CLONE_NEWUSER | signal.SIGCHLD), None, None, None, None)
if pid == 0:
    os._exit(0)
if pid > 0:
    os.waitpid(pid, 0)
    print("SUCCEEDED: a child in a user namespace")
elif ctypes.get_errno() == errno.EPERM:
    print("HELD: EPERM")
else:
    raise OSError(ctypes.get_errno(), "unexpected")
