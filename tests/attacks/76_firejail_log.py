# tries: to learn paths of the host from what firejail notes about the jail in /run/firejail/mnt
# must: nothing there names the folder that the home was made from
# control: none, outside there is no such note
# open: to everybody, firejail keeps it readable; the folder has a name that says nothing
import re
from pathlib import Path

told, read = [], 0
for path in Path("/run/firejail").rglob("*"):
    try:
        if path.is_file():
            text = path.read_bytes().decode("latin-1")
            read += 1
            told += re.findall(r"mount-bind (\S+)", text)
    except PermissionError:
        continue
if told:
    print("SUCCEEDED:", *told[:4])
else:
    print("HELD: nothing in", read, "files")
