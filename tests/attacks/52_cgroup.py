# tries: to change its own cgroup, and with it the limits set on it
# must: no cgroup file system is in reach
# control: outside as root
from pathlib import Path

reached = []
for line in Path("/proc/self/mounts").read_text().splitlines():
    fields = line.split()
    if fields[2] in ("cgroup", "cgroup2"):
        try:
            reached += [str(path) for path in Path(fields[1]).iterdir()][:1]
        except (PermissionError, FileNotFoundError):
            continue
if reached:
    print("SUCCEEDED:", *reached)
else:
    print("HELD: none")
