# tries: to find any socket in the whole file tree
# must: there is none but its own door
# control: none, a socket of a service is there only while it runs
import os
import stat
from pathlib import Path

found, files = [], 0
for top in ("/run", "/tmp", "/var", "/dev", "/home", "/etc", "/opt", "/srv", "/mnt"):
    for directory, _, names in os.walk(top):
        for name in names:
            files += 1
            if name != "door" and stat.S_ISSOCK(Path(directory, name).lstat().st_mode):
                found.append(f"{directory}/{name}")
assert files
if found:
    print("SUCCEEDED:", *found[:5])
else:
    print("HELD: none among", files, "files")
