# tries: to find shared memory, semaphores and queues of the host
# must: all three lists are empty
# control: none, the host need not have any
from pathlib import Path

found = []
for name in ("shm", "sem", "msg"):
    lines = Path("/proc/sysvipc", name).read_text().splitlines()
    assert "key" in lines[0]
    found += lines[1:]
if found:
    print("SUCCEEDED:", found[0])
else:
    print("HELD: all empty")
