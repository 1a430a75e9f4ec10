# tries: to read the disks past the host's file system
# must: none of the disks that the kernel lists, and no other, is in /dev
# control: outside as root
from pathlib import Path

listed = [line.split()[3] for line in Path("/proc/partitions").read_text().splitlines()[2:]]
assert listed, "no disk is listed"
opened = []
for path in {Path("/dev", name) for name in listed} | set(Path("/dev").glob("*")):
    if path.is_block_device():
        try:
            with path.open("rb"):
                opened.append(str(path))
        except PermissionError as error:
            print(path, error.strerror)
if opened:
    print("SUCCEEDED: opened", *opened[:4])
else:
    print("HELD: no", *listed)
