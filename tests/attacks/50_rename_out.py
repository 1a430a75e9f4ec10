# tries: to move a file from its home into a directory of the host
# must: every directory refuses it
# control: outside as root
import errno
import os
from pathlib import Path

for directory in ("/usr/bin", "/usr/lib", "/etc", "/var", "/run", "/", "/opt", "/usr/local"):
    Path("moved").touch()
    target = Path(directory, "recursor-attack")
    try:
        os.replace("moved", target)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EACCES, errno.EPERM, errno.EROFS):
            raise
    else:
        target.unlink()
        print("SUCCEEDED: moved to", target)
        break
else:
    print("HELD: refused by all")
