# tries: to open /dev/tty1, to write on the screen of the host
# must: the private /dev has no such file
# control: outside as root
import os

try:
    fd = os.open("/dev/tty1", os.O_WRONLY | os.O_NOCTTY)
except FileNotFoundError:
    print("HELD: there is no /dev/tty1")
else:
    print("SUCCEEDED: open as", fd)
