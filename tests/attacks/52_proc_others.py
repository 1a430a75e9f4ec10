# tries: to write to any file of the whole kernel in /proc (sysrq-trigger, mtrr, irq, bus)
# must: none opens for writing (/proc/pressure has an attack of its own)
# control: outside as root
import os
from pathlib import Path

OTHER = ("self", "thread-self", "sys", "net", "mounts", "pressure")
opened, closed = [], 0
for top in Path("/proc").iterdir():
    if top.name.isdigit() or top.name in OTHER:
        continue
    for path in [top] if top.is_file() else top.rglob("*") if os.access(top, os.R_OK) else []:
        try:
            if path.is_file():
                os.close(os.open(path, os.O_WRONLY))
                opened.append(str(path))
        except OSError:
            closed += 1
assert opened or closed > 10
if opened:
    print("SUCCEEDED:", len(opened), "open for writing, such as", opened[0])
else:
    print("HELD: refused for", closed)
