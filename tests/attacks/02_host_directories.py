# tries: to list the directories of the host that hold its data
# must: each is absent, empty or closed
# control: outside as root
from pathlib import Path

NAMES = ("root", "boot", "opt", "srv", "mnt", "media", "var", "work", "farm", "data", "lost+found",
         "snap", "old_root", "export", "storage", "scratch")  # fmt: skip
seen, closed = [], 0
for name in NAMES:
    try:
        seen += [str(entry) for entry in Path("/", name).iterdir()]
    except (FileNotFoundError, PermissionError):
        closed += 1
if seen:
    print("SUCCEEDED:", len(seen), "entries, such as", *seen[:5])
else:
    print("HELD: all empty,", closed, "closed or absent")
