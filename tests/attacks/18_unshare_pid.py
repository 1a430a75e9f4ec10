# tries: to leave its process namespace with unshare
# must: the filter refuses it, alone and together with a new user namespace
# control: without restrict-namespaces
import ctypes
import errno

CLONE_NEWPID = 0x20000000
CLONE_NEWUSER, NONSENSE = 0x10000000, 1  # the kernel answers EINVAL to the bit that means nothing
libc = ctypes.CDLL(None, use_errno=True)
for flags in (CLONE_NEWPID | NONSENSE, CLONE_NEWPID | CLONE_NEWUSER):
    result = libc.unshare(flags)
    code = ctypes.get_errno()
    if result == 0 or code != errno.EPERM:
        print("SUCCEEDED:", hex(flags), errno.errorcode.get(code, "done"))
        break
else:
    print("HELD: unshare gives EPERM")
