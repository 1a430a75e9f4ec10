# tries: to open /dev/loop-control, to mount files as disks
# must: the private /dev has no such file
# control: outside as root
import os

try:
    fd = os.open("/dev/loop-control", os.O_RDWR)
except FileNotFoundError:
    print("HELD: there is no /dev/loop-control")
else:
    print("SUCCEEDED: open as", fd)
