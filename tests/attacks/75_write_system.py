# tries: to create a file in the directories of the system
# must: each refuses it (read-only, or not its own)
# control: outside as root
import errno
import os
from pathlib import Path

made = []
NAMES = (
    "", "usr", "usr/bin", "usr/lib", "usr/local", "etc", "etc/alternatives", "run", "run/firejail",
    "var", "opt", "home", "mnt", "srv", "root", "boot", "dev", "dev/pts",
)  # fmt: skip
for name in NAMES:
    path = Path("/", name, "recursor-attack")
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        path.unlink()
        made.append(f"/{name}")
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EROFS, errno.EPERM):
            raise
if made:
    print("SUCCEEDED: in", *made)
else:
    print("HELD: EACCES, EROFS or EPERM in all")
