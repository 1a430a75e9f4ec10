# tries: to reach the ports of the machine with ioperm
# must: the filter refuses it with EPERM, whatever its arguments (these are senseless)
# control: without seccomp ...; seccomp.block-secondary
import ctypes
import errno
import os

assert os.uname().machine == "x86_64", "the system call's number is x86-64's"
libc = ctypes.CDLL(None, use_errno=True)
result = libc.syscall(173, *[ctypes.c_long(argument) for argument in (-1, -1, -1, -1, -1, -1)])
code = ctypes.get_errno() if result == -1 else 0
if code == errno.EPERM:
    print("HELD: ioperm is refused with EPERM")
else:
    print("SUCCEEDED: ioperm reached the kernel:", errno.errorcode.get(code, result))
