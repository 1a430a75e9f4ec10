# tries: to share a writable file system with the host in /tmp, /run, /var, /home or /dev/shm
# must: each is on a tmpfs of the jail's own
# control: outside
from pathlib import Path

shared = []
mounts = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
for name in ("/tmp", "/run", "/var", "/home", "/dev/shm"):
    above = [mount for mount in mounts if f"{name}/".startswith(mount[4].rstrip("/") + "/")]
    last = above[-1]
    if last[last.index("-") + 1] != "tmpfs":
        shared.append(name)
if shared:
    print("SUCCEEDED: on a file system of the host:", *shared)
else:
    print("HELD: each on a tmpfs of the jail")
