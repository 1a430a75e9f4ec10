# tries: to climb out of its home by /proc/self/cwd/..
# must: the climb ends at the jail's own root
# control: outside as root
import os
from pathlib import Path

above = Path("/proc/self/cwd/" + "../" * 20)
names = ("etc/shadow", "root/.bashrc", "var/lib/dpkg")
found = [name for name in names if os.access(above / name, os.R_OK)]
assert (above / "usr").is_dir()
if found:
    print("SUCCEEDED:", *found)
else:
    print("HELD: the jail's own root")
