# tries: to find uid 0 in its user namespace
# must: root is not mapped there
# control: without noroot
from pathlib import Path

mapped = [line.split() for line in Path("/proc/self/uid_map").read_text().splitlines()]
assert mapped
root = [line for line in mapped if int(line[0]) == 0]
if root:
    print("SUCCEEDED:", *root[0])
else:
    print("HELD:", *mapped[0])
