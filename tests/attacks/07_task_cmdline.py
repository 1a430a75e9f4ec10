# tries: to read the command line of process 1 through its thread
# must: it does not say how the jail was made
# control: outside as root
from pathlib import Path

try:
    data = Path("/proc/1/task/1/cmdline").read_bytes()
except PermissionError as error:
    print("HELD:", error.strerror)
else:
    assert data
    print("SUCCEEDED:", data[:80])
