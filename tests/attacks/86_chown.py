# tries: to give a file of its own to another user
# must: it is refused (EPERM, or EINVAL: there is no such user in the jail)
# control: outside as root
import errno
import os
from pathlib import Path

Path("gift").touch()
for uid in (0, 1, 65534):
    try:
        os.chown("gift", uid, -1)
        if uid != os.getuid() and not os.getuid():
            print("SUCCEEDED: it belongs to", Path("gift").stat().st_uid)
            break
        if uid != os.getuid():
            raise SystemExit("unexpected")
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EINVAL):
            raise
else:
    print("HELD: it still belongs to", Path("gift").stat().st_uid)
