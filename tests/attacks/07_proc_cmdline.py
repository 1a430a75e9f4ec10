# tries: to read the command line of the kernel, which names the host's disks
# must: it is refused
# control: without blacklist /proc/cmdline
from pathlib import Path

try:
    text = Path("/proc/cmdline").read_text()
except PermissionError as error:
    print("HELD:", error.strerror)
else:
    assert text
    print("SUCCEEDED:", text[:60].strip())
