# tries: to enter a network namespace with setns
# must: the filter refuses it with EPERM
# control: without restrict-namespaces
import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
fd = os.open("/dev/null", os.O_RDONLY)  # no namespace at all: the kernel itself answers EINVAL
result = libc.setns(fd, 0x40000000)
code = ctypes.get_errno()
if result == -1 and code == errno.EPERM:
    print("HELD: setns gives EPERM")
else:
    print("SUCCEEDED: setns reached the kernel:", errno.errorcode.get(code, "done"))
