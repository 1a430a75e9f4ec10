# tries: to trace a process with ptrace
# must: the filter refuses it with EPERM, even to be traced by its own parent
# control: without seccomp ...; seccomp.block-secondary
import ctypes
import errno
import os

PTRACE_TRACEME = 0
libc = ctypes.CDLL(None, use_errno=True)
pid = os.fork()
if pid == 0:
    os._exit(ctypes.get_errno() if libc.ptrace(PTRACE_TRACEME, 0, None, None) else 0)
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
if code == errno.EPERM:
    print("HELD: EPERM")
elif code == 0:
    print("SUCCEEDED: traced")
else:
    raise OSError(code, "unexpected")
