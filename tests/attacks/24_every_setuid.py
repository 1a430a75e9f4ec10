# tries: to find a program owned by root with the setuid bit, on a mount that heeds it
# must: root does not exist in the jail's user namespace, so every owner shows as nobody
# control: outside
import os
import stat
from pathlib import Path

found, others = [], 0
for top in ("/usr/bin", "/usr/sbin", "/usr/lib", "/usr/libexec"):
    for directory, _, names in os.walk(top):
        for name in names:
            info = Path(directory, name).lstat()
            if stat.S_ISREG(info.st_mode) and info.st_mode & (stat.S_ISUID | stat.S_ISGID):
                if info.st_uid == 0:
                    found.append(name)
                others += 1
assert others, "no setuid program at all"
if found:
    print("SUCCEEDED:", *found)
else:
    print("HELD: none of", others, "belongs to uid 0 here")
