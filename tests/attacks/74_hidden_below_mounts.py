# tries: to look below the empty mounts that hide the host, by the mount list
# must: no mount point shows the directories that another one hides
# control: outside as root
from pathlib import Path

found = []
for line in Path("/proc/self/mountinfo").read_text().splitlines():
    point = Path(line.split()[4].replace("\\040", " "))
    for name in ("etc/shadow", "shadow", "lib/dpkg/status", "var/lib/dpkg/status", ".ssh"):
        try:
            if (point / name).exists():
                found.append(str(point / name))
        except (PermissionError, NotADirectoryError):
            continue
if found:
    print("SUCCEEDED:", *sorted(set(found))[:5])
else:
    print("HELD: none")
