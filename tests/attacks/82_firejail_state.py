# tries: to learn of other jails from what firejail keeps about them in /run/firejail
# must: the directories that name them do not open
# control: outside as root
import os
from pathlib import Path

opened = []
for name in ("name", "profile", "bandwidth", "network", "sandbox", "x11", "dbus"):
    path = Path("/run/firejail", name)
    if os.access(path, os.R_OK | os.X_OK):
        opened.append(name)
if opened:
    print("SUCCEEDED:", *opened)
else:
    assert Path("/run/firejail/mnt").exists()
    print("HELD: none opens")
