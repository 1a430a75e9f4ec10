# tries: to leave its network namespace with unshare
# must: the filter refuses it, alone and together with a new user namespace
# control: without restrict-namespaces
import ctypes
import errno

CLONE_NEWNET = 0x40000000
CLONE_NEWUSER, NONSENSE = 0x10000000, 1  # the kernel answers EINVAL to the bit that means nothing
libc = ctypes.CDLL(None, use_errno=True)
for flags in (CLONE_NEWNET | NONSENSE, CLONE_NEWNET | CLONE_NEWUSER):
    result = libc.unshare(flags)
    code = ctypes.get_errno()
    if result == 0 or code != errno.EPERM:
        print("SUCCEEDED:", hex(flags), errno.errorcode.get(code, "done"))
        break
else:
    print("HELD: unshare gives EPERM")
