# tries: to make a user namespace with unshare, in which it would be root
# must: the filter refuses it with EPERM
# control: without restrict-namespaces
import ctypes
import errno

CLONE_NEWUSER = 0x10000000
libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(CLONE_NEWUSER) == 0:
    print("SUCCEEDED: a user namespace")
elif ctypes.get_errno() == errno.EPERM:
    print("HELD: EPERM")
else:
    raise OSError(ctypes.get_errno(), "unexpected")
