# tries: to read the configuration of the host
# must: /etc holds a handful of files that programs need
# control: outside
from pathlib import Path

NEEDED = {"ld.so.cache", "alternatives", "passwd", "group", "localtime", "hostname", "hosts"}
more = sorted(entry.name for entry in Path("/etc").iterdir() if entry.name not in NEEDED)
if more:
    print("SUCCEEDED:", len(more), "more, such as", *more[:5])
else:
    print("HELD: nothing but", *sorted(entry.name for entry in Path("/etc").iterdir()))
