# tries: to change the rights of files of the system
# must: each is refused
# control: outside as root
from pathlib import Path

changed, refused = [], []
for name in ("/etc/passwd", "/usr/bin/env", "/usr", "/"):
    path = Path(name)
    try:
        path.chmod(path.stat().st_mode & 0o7777)  # as it is, so nothing changes
        changed.append(name)
    except OSError as error:
        refused.append(error.strerror)
if changed:
    print("SUCCEEDED:", *changed)
else:
    print("HELD:", *sorted(set(refused)))
