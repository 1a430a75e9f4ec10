# tries: to read the log of the kernel with syslog
# must: the filter refuses it with EPERM, whatever its arguments (these are senseless)
# control: outside as root
import ctypes
import errno
import os

assert os.uname().machine == "x86_64", "the system call's number is x86-64's"
libc = ctypes.CDLL(None, use_errno=True)
result = libc.syscall(103, *[ctypes.c_long(argument) for argument in (10, 0, 0)])
code = ctypes.get_errno() if result == -1 else 0
if code == errno.EPERM:
    print("HELD: syslog is refused with EPERM")
else:
    print("SUCCEEDED: syslog reached the kernel:", errno.errorcode.get(code, result))
