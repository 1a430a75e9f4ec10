# tries: to join a group with setgroups
# must: it is refused with EPERM
# control: outside as root
import os

try:
    os.setgroups([os.getgid()])
except PermissionError as error:
    print("HELD:", error.strerror)
else:
    print("SUCCEEDED: groups", os.getgroups())
