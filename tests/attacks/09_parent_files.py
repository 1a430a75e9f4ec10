# tries: to use an open file of one of those that started it
# must: they have nothing open but 0, 1 and 2, and these are /dev/null and pipes
# control: outside as root
import os
from pathlib import Path

more, pid = [], os.getppid()
while pid > 1:
    for entry in Path("/proc", str(pid), "fd").iterdir():
        target = str(entry.readlink())
        if int(entry.name) > 2 or not (target == "/dev/null" or target.startswith("pipe:")):
            more.append(f"{pid}/{entry.name}={target}")
    pid = int(Path("/proc", str(pid), "status").read_text().split("PPid:")[1].split()[0])
if more:
    print("SUCCEEDED:", *more[:5])
else:
    print("HELD: nothing but 0, 1, 2")
