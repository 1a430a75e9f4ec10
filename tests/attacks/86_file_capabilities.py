# tries: to give a file of its own capabilities that exec would take over
# must: setxattr of security.capability is refused with EPERM
# control: outside as root
import os
import struct
from pathlib import Path

Path("tool").touch()
try:
    os.setxattr("tool", "security.capability", struct.pack("<IIIII", 0x02000001, 1, 0, 0, 0))
except PermissionError as error:
    print("HELD:", error.strerror)
else:
    print("SUCCEEDED: set")
