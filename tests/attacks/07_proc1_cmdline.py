# tries: to read the command line of process 1, which names the profile and the home outside
# must: it is refused
# control: without blacklist /proc/1/cmdline
from pathlib import Path

try:
    data = Path("/proc/1/cmdline").read_bytes()
except PermissionError as error:
    print("HELD:", error.strerror)
else:
    assert data
    print("SUCCEEDED:", data[:60])
