# tries: to open /dev/userfaultfd, the second door to userfaultfd
# must: the private /dev has no such file
# control: outside as root
import os

try:
    fd = os.open("/dev/userfaultfd", os.O_RDWR)
except FileNotFoundError:
    print("HELD: there is no /dev/userfaultfd")
else:
    print("SUCCEEDED: open as", fd)
