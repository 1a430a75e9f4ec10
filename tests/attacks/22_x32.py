# tries: to call the kernel by the x32 numbers, past a filter of the plain ones
# must: the filter refuses or kills
# control: outside
import ctypes
import errno
import os
import signal

X32, PTRACE = 0x40000000, 101
assert os.uname().machine == "x86_64"
libc = ctypes.CDLL(None, use_errno=True)
pid = os.fork()
if pid == 0:
    result = libc.syscall(ctypes.c_long(X32 | PTRACE), 0, 0, 0, 0)
    os._exit(ctypes.get_errno() if result == -1 else 0)
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
if status in (-signal.SIGSYS, errno.EPERM):
    print("HELD:", "EPERM" if status > 0 else "SIGSYS")
elif status in (0, errno.ENOSYS):
    print("SUCCEEDED: the call reached the kernel:", errno.errorcode.get(status, "done"))
else:
    raise SystemExit(f"unexpected: {status}")
