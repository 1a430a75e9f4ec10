# tries: to open /dev/kvm, to run virtual machines
# must: the private /dev has no such file
# control: outside as root
import os

try:
    fd = os.open("/dev/kvm", os.O_RDWR)
except FileNotFoundError:
    print("HELD: there is no /dev/kvm")
else:
    print("SUCCEEDED: open as", fd)
