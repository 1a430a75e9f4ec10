# tries: to reach debugfs, tracefs, securityfs, bpf and configfs
# must: none of these directories opens
# control: outside as root
from pathlib import Path

opened = []
for name in (
    "kernel/debug",
    "kernel/tracing",
    "kernel/security",
    "kernel/config",
    "fs/bpf",
    "fs/pstore",
    "firmware",
    "kernel/slab",
):
    try:
        list(Path("/sys", name).iterdir())
        opened.append(name)
    except (PermissionError, FileNotFoundError):
        continue
if opened:
    print("SUCCEEDED: opened", *opened)
else:
    print("HELD: none")
