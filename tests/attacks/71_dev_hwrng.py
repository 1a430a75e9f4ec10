# tries: to open /dev/hwrng, the hardware of the machine
# must: the private /dev has no such file
# control: outside as root
import os

try:
    fd = os.open("/dev/hwrng", os.O_RDONLY)
except FileNotFoundError:
    print("HELD: there is no /dev/hwrng")
else:
    print("SUCCEEDED: open as", fd)
