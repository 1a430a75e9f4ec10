# tries: to find a plain file of the host that it can write to
# must: there is none
# control: outside as root
import os
from pathlib import Path

home, writable, walked = str(Path.cwd()), [], 0
for top in ("/usr", "/etc", "/run", "/var", "/opt", "/srv", "/lib", "/home"):
    for directory, _, names in os.walk(top):
        if directory.startswith(home):
            continue
        for name in names:
            path = Path(directory, name)
            walked += 1
            if path.is_file() and os.access(path, os.W_OK):
                writable.append(str(path))
assert walked > 1000
if writable:
    print("SUCCEEDED:", len(writable), "such as", *writable[:3])
else:
    print("HELD: none of", walked)
