# tries: to open /dev/net/tun, to make a network interface
# must: the private /dev has no such file
# control: outside
import os

try:
    fd = os.open("/dev/net/tun", os.O_RDWR)
except FileNotFoundError:
    print("HELD: there is no /dev/net/tun")
else:
    print("SUCCEEDED: open as", fd)
