# tries: to make a device file of the host's disk
# must: mknod is refused with EPERM
# control: outside as root
import os
import stat
from pathlib import Path

try:
    os.mknod("disk", stat.S_IFBLK | 0o600, os.makedev(8, 0))
except PermissionError as error:
    print("HELD:", error.strerror)
else:
    Path("disk").unlink()
    print("SUCCEEDED: a block device was made")
