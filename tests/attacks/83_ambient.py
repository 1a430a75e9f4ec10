# tries: to give itself an ambient capability, which outlives exec
# must: prctl is refused with EPERM
# control: outside as root
import ctypes
import errno

PR_CAP_AMBIENT, RAISE, CHOWN = 47, 2, 0
libc = ctypes.CDLL(None, use_errno=True)
header = (ctypes.c_uint32 * 2)(0x20080522, 0)
data = (ctypes.c_uint32 * 6)(1, 1, 1, 0, 0, 0)
libc.capset(header, data)  # makes it inheritable, if it may
result = libc.prctl(PR_CAP_AMBIENT, RAISE, CHOWN, 0, 0)
code = ctypes.get_errno()
if result == -1 and code == errno.EPERM:
    print("HELD: EPERM")
elif result == 0:
    print("SUCCEEDED: an ambient capability")
else:
    raise OSError(code, "unexpected")
