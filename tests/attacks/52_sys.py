# tries: to read the machine's hardware and settings in /sys
# must: /sys is closed
# control: without blacklist /sys
from pathlib import Path

try:
    names = [path.name for path in Path("/sys").iterdir()]
except PermissionError as error:
    print("HELD:", error.strerror)
else:
    assert names
    print("SUCCEEDED:", *names[:6])
