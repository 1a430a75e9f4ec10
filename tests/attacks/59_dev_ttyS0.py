# tries: to open /dev/ttyS0, the serial line of the machine
# must: the private /dev has no such file
# control: outside as root
import os

try:
    fd = os.open("/dev/ttyS0", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
except FileNotFoundError:
    print("HELD: there is no /dev/ttyS0")
else:
    print("SUCCEEDED: open as", fd)
