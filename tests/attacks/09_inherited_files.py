# tries: to use an open file that the tester forgot to close
# must: nothing is open but 0, 1 and 2, and these are /dev/null and pipes
# control: none, whatever starts the control closes them too
import os
from pathlib import Path

more = []
for number in range(1024):
    try:
        target = str(Path(f"/proc/self/fd/{number}").readlink())
        os.fstat(number)
    except OSError:
        continue
    if number > 2 or not (target == "/dev/null" or target.startswith("pipe:")):
        more.append(f"{number}={target}")
assert Path("/proc/self/fd/1").exists()
if more:
    print("SUCCEEDED:", *more)
else:
    print("HELD: nothing but 0, 1, 2")
