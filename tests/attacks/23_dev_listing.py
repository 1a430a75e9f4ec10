# tries: to find any device beyond the harmless ones
# must: /dev has null, zero, full, random, urandom, tty, ptmx and nothing else of that kind
# control: outside
import stat
from pathlib import Path

HARMLESS = {"null", "zero", "full", "random", "urandom", "tty", "ptmx"}
more = []
for path in Path("/dev").rglob("*"):
    mode = path.lstat().st_mode
    if (stat.S_ISCHR(mode) or stat.S_ISBLK(mode)) and path.name not in HARMLESS:
        more.append(str(path))
assert Path("/dev/null").is_char_device()
if more:
    print("SUCCEEDED:", len(more), "more, such as", *more[:6])
else:
    print("HELD: none")
