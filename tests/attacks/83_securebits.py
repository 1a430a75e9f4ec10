# tries: to set its securebits, so that uid 0 would keep its capabilities
# must: prctl is refused with EPERM
# control: outside as root
import ctypes
import errno

PR_SET_SECUREBITS, KEEP_CAPS = 28, 16
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_SET_SECUREBITS, KEEP_CAPS, 0, 0, 0) == 0:
    print("SUCCEEDED: set")
elif ctypes.get_errno() == errno.EPERM:
    print("HELD: EPERM")
else:
    raise OSError(ctypes.get_errno(), "unexpected")
