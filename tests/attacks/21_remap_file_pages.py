# tries: to call the obsolete remap_file_pages
# must: the filter refuses it with EPERM, whatever its arguments (these are senseless)
# control: without seccomp ...; seccomp.block-secondary
import ctypes
import errno
import os

assert os.uname().machine == "x86_64", "the system call's number is x86-64's"
libc = ctypes.CDLL(None, use_errno=True)
result = libc.syscall(216, *[ctypes.c_long(argument) for argument in (-1, -1, -1, -1, -1, -1)])
code = ctypes.get_errno() if result == -1 else 0
if code == errno.EPERM:
    print("HELD: remap_file_pages is refused with EPERM")
else:
    print("SUCCEEDED: remap_file_pages reached the kernel:", errno.errorcode.get(code, result))
