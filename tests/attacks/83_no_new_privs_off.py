# tries: to take back its promise to gain nothing by exec (no_new_privs)
# must: the kernel refuses it, and the promise stays
# control: outside
import ctypes

PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS = 38, 39
libc = ctypes.CDLL(None, use_errno=True)
result = libc.prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0)
if libc.prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1:
    assert result == -1
    print("HELD: it stays 1")
else:
    print("SUCCEEDED: it is 0")
