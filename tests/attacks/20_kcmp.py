# tries: to compare its memory with that of process 1 by kcmp, which orders kernel addresses
# must: it is refused with EPERM
# control: none, process 1 of a virtual machine may refuse even root
import ctypes
import errno
import os

KCMP, KCMP_VM = 312, 1
assert os.uname().machine == "x86_64"
libc = ctypes.CDLL(None, use_errno=True)
result = libc.syscall(KCMP, 1, os.getpid(), KCMP_VM, 0, 0)
if result == -1 and ctypes.get_errno() == errno.EPERM:
    print("HELD: EPERM")
elif result >= 0:
    print("SUCCEEDED: the order is", result)
else:
    raise OSError(ctypes.get_errno(), "unexpected")
