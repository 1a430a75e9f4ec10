# tries: to note uid 0 as its login uid, under which the host's audit would file what it does
# must: it is refused (EPERM, or EINVAL: there is no uid 0 in the jail), or the kernel has none
# control: none, a login uid cannot be set twice outside either
import errno
from pathlib import Path

path = Path("/proc/self/loginuid")
try:
    if path.exists():
        path.write_text("0")
        print("SUCCEEDED: it is", path.read_text())
    else:
        print("HELD: the kernel has none")
except OSError as error:
    if error.errno not in (errno.EPERM, errno.EINVAL):
        raise
    print("HELD:", error.strerror)
