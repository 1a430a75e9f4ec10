# tries: to disguise itself by moving the marks of its memory (PR_SET_MM)
# must: prctl is refused with EPERM
# control: none, root itself may lack the right in a virtual machine
import ctypes
import errno

PR_SET_MM, PR_SET_MM_START_BRK = 35, 6
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_SET_MM, PR_SET_MM_START_BRK, ctypes.c_long(4096), 0, 0) == 0:
    print("SUCCEEDED: moved")
elif ctypes.get_errno() == errno.EPERM:
    print("HELD: EPERM")
else:
    raise OSError(ctypes.get_errno(), "unexpected")
