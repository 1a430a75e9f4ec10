# tries: to write itself a map of users in which it is root
# must: it is refused with EPERM
# control: outside
import ctypes
import os
from pathlib import Path

uid = os.getuid()
ctypes.CDLL(None).unshare(0x10000000)  # a user namespace, if it gets one
try:
    Path("/proc/self/uid_map").write_text(f"0 {uid} 1\n")
except PermissionError as error:
    print("HELD:", error.strerror)
else:
    print("SUCCEEDED: uid is now", os.getuid())
