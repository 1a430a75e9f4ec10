# tries: to climb above its root with openat and a descriptor of the root
# must: .. of the root is the root
# control: outside as root
import os

fd = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
for _ in range(20):
    fd = os.open("..", os.O_RDONLY | os.O_DIRECTORY, dir_fd=fd)
found = []
for name in ("etc/shadow", "root/.bashrc", "var/lib/dpkg"):
    try:
        os.close(os.open(name, os.O_RDONLY, dir_fd=fd))
        found.append(name)
    except (FileNotFoundError, PermissionError):
        continue
if found:
    print("SUCCEEDED:", *found)
else:
    assert os.fstat(fd).st_ino == os.stat("/").st_ino
    print("HELD: the root is its own parent")
