# tries: to learn its place among the host's cgroups, which names the runner or the machine
# must: every path is the root of a hierarchy of its own
# control: none, a control may lie in the root group as well
# open: to a normal user, who cannot make a control group namespace
from pathlib import Path

lines = Path("/proc/self/cgroup").read_text().splitlines()
assert lines
paths = sorted({line.split(":", 2)[2] for line in lines} - {"/"})
if paths:
    print("SUCCEEDED:", *paths)
else:
    print("HELD: only /")
