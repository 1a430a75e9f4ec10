# tries: to open /dev/fuse, to serve a file system of its own
# must: the private /dev has no such file
# control: outside
import os

try:
    fd = os.open("/dev/fuse", os.O_RDWR)
except FileNotFoundError:
    print("HELD: there is no /dev/fuse")
else:
    print("SUCCEEDED: open as", fd)
