# tries: to find processes of the host by sending them signal 0
# must: no number up to 100000 belongs to any but itself and those that started it
# control: outside
import os
from pathlib import Path

mine, pid = set(), os.getpid()
while pid:
    mine.add(pid)
    status = Path("/proc", str(pid), "status").read_text()
    pid = int(status.split("PPid:")[1].split()[0])
found = set()
for pid in range(1, 100001):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        continue
    except PermissionError:
        pass
    found.add(pid)
assert os.getpid() in found
if found - mine:
    print("SUCCEEDED: foreign processes", *sorted(found - mine)[:9])
else:
    print("HELD: only", *sorted(found))
