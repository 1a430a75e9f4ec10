# tries: to make a device file of the machine's memory
# must: mknod is refused with EPERM
# control: outside as root
import os
import stat
from pathlib import Path

try:
    os.mknod("mem", stat.S_IFCHR | 0o600, os.makedev(1, 1))
except PermissionError as error:
    print("HELD:", error.strerror)
else:
    Path("mem").unlink()
    print("SUCCEEDED: a character device was made")
