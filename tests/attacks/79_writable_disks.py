# tries: to find a directory on the host's disk that it can write to
# must: there is none but its own home
# control: outside as root
import os
from pathlib import Path

home, writable, walked = Path.cwd(), [], 0
for top in Path("/").iterdir():
    if top.name in ("proc", "sys") or top.is_symlink() or not top.is_dir():
        continue
    for directory, names, _ in os.walk(top):
        walked += 1
        names[:] = [name for name in names if Path(directory, name) != home]
        if os.access(directory, os.W_OK) and directory not in ("/tmp", "/dev/shm", str(home)):
            writable.append(directory)
assert walked > 1000
if writable:
    print("SUCCEEDED:", len(writable), "such as", *writable[:3])
else:
    print("HELD: none of", walked)
