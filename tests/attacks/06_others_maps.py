# tries: to read the memory map of other processes, process 1 among them
# must: it is refused for each but itself and its parent
# control: outside as root
import os
from pathlib import Path

mine, refused, got = {os.getpid(), os.getppid()}, [], []
for pid in [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]:
    if pid in mine:
        continue
    try:
        Path("/proc", str(pid), "maps").read_text()
    except PermissionError:
        refused.append(pid)
    except OSError:  # outside, a process may just have ended, or be the kernel's
        continue
    else:
        got.append(pid)
if got:
    print("SUCCEEDED for", *got[:9])
else:
    assert 1 in refused
    print("HELD: refused for", *refused)
