# tries: to open for writing the files that every program trusts
# must: each is refused
# control: outside as root
import os

opened, refused = [], []
for path in (
    "/etc/passwd",
    "/etc/group",
    "/etc/ld.so.cache",
    "/usr/bin/env",
    "/usr/bin/python3",
    "/usr/lib/os-release",
    "/usr/lib/python3.11/os.py",
    "/run/firejail/lib/fcopy",
):
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
        opened.append(path)
    except FileNotFoundError:
        continue
    except OSError as error:
        refused.append(error.strerror)
assert len(opened) + len(refused) > 4
if opened:
    print("SUCCEEDED:", *opened)
else:
    print("HELD:", *sorted(set(refused)))
