# tries: to escape by chroot into a directory and .. out of it
# must: chroot is refused with EPERM
# control: outside as root
import os
from pathlib import Path

Path("pit").mkdir()
try:
    os.chroot("pit")
except PermissionError as error:
    print("HELD:", error.strerror)
else:
    for _ in range(20):
        os.chdir("..")
    print("SUCCEEDED: chroot done; above:", *[path.name for path in Path().iterdir()][:4])
