# tries: to open the terminals of the host in /dev/pts and /dev
# must: there are none but its own new ones
# control: outside as root
import os
from pathlib import Path

opened = []
for path in [*Path("/dev/pts").iterdir(), *Path("/dev").glob("tty?*")]:
    if path.name != "ptmx":
        try:
            os.close(os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK))
            opened.append(path.name)
        except OSError as error:
            print(path, error.strerror)
if opened:
    print("SUCCEEDED:", *opened[:6])
else:
    print("HELD: none")
