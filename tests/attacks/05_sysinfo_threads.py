# tries: to find host threads by the scheduler's calls, which need no /proc
# must: sched_getscheduler knows only its own few processes
# control: outside
import os

found = []
for pid in range(1, 100001):
    try:
        os.sched_getscheduler(pid)
    except ProcessLookupError:
        continue
    found.append(pid)
assert os.getpid() in found
if len(found) > 8:
    print("SUCCEEDED:", len(found), "threads, such as", *found[:9])
else:
    print("HELD: only", *found)
