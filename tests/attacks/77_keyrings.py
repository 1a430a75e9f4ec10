# tries: to see the keyrings of the kernel, which its user shares with the host
# must: /proc/keys and /proc/key-users are closed or show nothing
# control: none, a user gets a keyring only by use
from pathlib import Path

lines = []
for name in ("/proc/keys", "/proc/key-users"):
    try:
        lines += Path(name).read_text().splitlines()
    except PermissionError as error:
        print(name, error.strerror)
if lines:
    print("SUCCEEDED:", *[line.split()[-2] for line in lines])
else:
    print("HELD: nothing in them")
