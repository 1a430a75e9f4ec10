# tries: to read the plain files in the top directory of the host
# must: none of them opens
# control: outside as root
from pathlib import Path

opened, refused = [], []
for path in Path("/").iterdir():
    if path.is_file() and not path.is_symlink():
        try:
            with path.open("rb"):
                opened.append(str(path))
        except PermissionError:
            refused.append(str(path))
if opened:
    print("SUCCEEDED: opened", *opened)
else:
    print("HELD:", len(refused), "of them refused")
