# tries: to make a setuid program that belongs to root
# must: the owner cannot be changed, so the program has its own uid
# control: outside as root
import errno
import os
import shutil
from pathlib import Path

shutil.copy("/usr/bin/id", "id")
try:
    os.chown("id", 0, 0)
except OSError as error:
    if error.errno not in (errno.EPERM, errno.EINVAL):
        raise
    print("HELD:", error.strerror)
else:
    Path("id").chmod(0o4755)
    print("SUCCEEDED: it belongs to", Path("id").stat().st_uid)
