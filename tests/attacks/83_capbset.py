# tries: to drop a capability from its bounding set, which needs a capability itself
# must: it is refused with EPERM
# control: outside as root
import ctypes
import errno

PR_CAPBSET_DROP, CAP_SYS_TIME = 24, 25
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_CAPBSET_DROP, CAP_SYS_TIME, 0, 0, 0) == 0:
    print("SUCCEEDED: dropped, so it has CAP_SETPCAP")
elif ctypes.get_errno() == errno.EPERM:
    print("HELD: EPERM")
else:
    raise OSError(ctypes.get_errno(), "unexpected")
