# tries: to open /dev/console, to write on the console of the host
# must: the private /dev has no such file
# control: outside as root
import os

try:
    fd = os.open("/dev/console", os.O_WRONLY | os.O_NOCTTY)
except FileNotFoundError:
    print("HELD: there is no /dev/console")
else:
    print("SUCCEEDED: open as", fd)
