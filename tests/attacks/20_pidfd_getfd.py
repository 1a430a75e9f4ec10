# tries: to take an open file out of another process with pidfd_getfd
# must: the filter refuses it with EPERM, even for its own child
# control: outside
import ctypes
import errno
import os
import time

PIDFD_GETFD = 438
libc = ctypes.CDLL(None, use_errno=True)
pid = os.fork()
if pid == 0:
    time.sleep(60)
    os._exit(0)
result = libc.syscall(PIDFD_GETFD, os.pidfd_open(pid), 0, 0)
code = ctypes.get_errno()
os.kill(pid, 9)
if result >= 0:
    print("SUCCEEDED: got", result)
elif code == errno.EPERM:
    print("HELD: EPERM")
else:
    raise OSError(code, "unexpected")
