# tries: to see what the host has installed or built for itself under /usr
# must: /usr/local, /usr/src, /usr/include and /usr/games are empty
# control: outside
from pathlib import Path

seen = []
for name in ("local", "src", "include", "games"):
    directory = Path("/usr", name)
    seen += [str(entry) for entry in directory.iterdir()] if directory.is_dir() else []
if seen:
    print("SUCCEEDED:", *seen[:5])
else:
    print("HELD: empty")
