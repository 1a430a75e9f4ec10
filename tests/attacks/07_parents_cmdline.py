# tries: to read the command lines of those that started it, for paths of the host
# must: none names the profile or another file below the host's /tmp
# control: none, outside the paths are those of whoever ran it
import os
from pathlib import Path

told, pid = [], os.getppid()
while pid > 1:
    told += Path("/proc", str(pid), "cmdline").read_bytes().decode().split("\0")
    pid = int(Path("/proc", str(pid), "status").read_text().split("PPid:")[1].split()[0])
assert told
paths = [word for word in told if word.startswith("/tmp/")]
if paths:
    print("SUCCEEDED:", *paths[:2])
else:
    print("HELD: no such path in", len(told), "words")
