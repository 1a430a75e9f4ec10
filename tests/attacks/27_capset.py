# tries: to give itself CAP_CHOWN with capset
# must: it is refused with EPERM
# control: outside as root
import ctypes
import errno

VERSION_3, CHOWN = 0x20080522, 1
libc = ctypes.CDLL(None, use_errno=True)
header = (ctypes.c_uint32 * 2)(VERSION_3, 0)
data = (ctypes.c_uint32 * 6)(CHOWN, CHOWN, 0, 0, 0, 0)
if libc.capset(header, data) == 0:
    print("SUCCEEDED: has CAP_CHOWN")
elif ctypes.get_errno() == errno.EPERM:
    print("HELD: EPERM")
else:
    raise OSError(ctypes.get_errno(), "unexpected")
