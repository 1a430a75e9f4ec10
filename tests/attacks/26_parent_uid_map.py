# tries: to write the user map of those that started it
# must: it is refused
# control: none, a map is written only once, outside too
import os
from pathlib import Path

for pid in (1, os.getppid()):
    try:
        Path("/proc", str(pid), "uid_map").write_text(f"0 {os.getuid()} 1\n")
    except PermissionError:
        continue
    print("SUCCEEDED: wrote the map of", pid)
    break
else:
    print("HELD: EPERM")
