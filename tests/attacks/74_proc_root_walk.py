# tries: to see the host's root through the root of any process that it may look at
# must: each leads to the jail's own root
# control: outside as root
import os
from pathlib import Path

found, walked = [], 0
for entry in Path("/proc").iterdir():
    if entry.name.isdigit():
        walked += os.access(entry / "root" / "usr", os.R_OK)
        for name in ("etc/shadow", "var/lib/dpkg"):
            if os.access(entry / "root" / name, os.R_OK):
                found.append(f"{entry.name}: {name}")
assert walked
if found:
    print("SUCCEEDED:", *found[:4])
else:
    print("HELD:", walked, "roots walked")
