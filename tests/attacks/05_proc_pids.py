# tries: to see the processes of the host in /proc
# must: every process seen is itself or one of those that started it
# control: outside
import os
from pathlib import Path

mine, pid = set(), os.getpid()
while pid:
    mine.add(pid)
    status = Path("/proc", str(pid), "status").read_text()
    pid = int(status.split("PPid:")[1].split()[0])
seen = {int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
assert mine <= seen and 1 in mine
if seen - mine:
    print("SUCCEEDED: foreign processes", *sorted(seen - mine)[:9])
else:
    print("HELD: only", *sorted(mine))
