# tries: to hold the kernel's memory by pipes of 16 MiB
# must: growing a pipe past the limit is refused with EPERM
# control: none, root itself may lack the right in a virtual machine
import fcntl
import os

F_SETPIPE_SZ = 1031
try:
    size = fcntl.fcntl(os.pipe()[1], F_SETPIPE_SZ, 2**24)
except PermissionError as error:
    print("HELD:", error.strerror)
else:
    print("SUCCEEDED:", size)
