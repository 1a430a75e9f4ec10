# tries: to find any other directory of the host, whatever its name
# must: at the top, only /usr and what the jail makes itself hold anything
# control: outside as root
from pathlib import Path

OWN = {"bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "etc", "dev", "proc", "sys", "home"}
seen = []
for top in Path("/").iterdir():
    if top.name in OWN or not top.is_dir():
        continue
    try:
        seen += [str(entry) for entry in top.iterdir() if str(entry) != "/run/firejail"]
    except PermissionError:
        continue
if seen:
    print("SUCCEEDED:", *seen[:8])
else:
    print("HELD: nothing")
