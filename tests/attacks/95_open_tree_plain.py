# tries: to see beneath the jail's root by cloning it with open_tree from a descriptor
# must: the filter refuses the clone with EPERM
# control: without seccomp ...; seccomp.block-secondary
import ctypes
import errno
import os

OPEN_TREE = 428
libc = ctypes.CDLL(None, use_errno=True)
fd = os.open("/", os.O_PATH)
result = libc.syscall(OPEN_TREE, fd, b"usr", 0)  # without the clone: needs no capability
if result >= 0:
    print("SUCCEEDED: a descriptor of the tree")
elif ctypes.get_errno() == errno.EPERM:
    print("HELD: EPERM")
else:
    raise OSError(ctypes.get_errno(), "unexpected")
