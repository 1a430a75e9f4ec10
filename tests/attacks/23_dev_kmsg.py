# tries: to open /dev/kmsg, to read the kernel's log
# must: the private /dev has no such file
# control: outside as root
import os

try:
    fd = os.open("/dev/kmsg", os.O_RDONLY)
except FileNotFoundError:
    print("HELD: there is no /dev/kmsg")
else:
    print("SUCCEEDED: open as", fd)
