# tries: to read the addresses of the kernel's functions
# must: the list is closed, or shows only zeros
# control: outside as root
from pathlib import Path

for name in ("/proc/kallsyms", "/proc/modules", "/proc/vmallocinfo", "/proc/timer_list"):
    try:
        text = Path(name).read_text()
    except (PermissionError, FileNotFoundError) as error:
        print(name, error.strerror)
        continue
    if any(set(line.split()[0]) - set("0") for line in text.splitlines()[:50]):
        print("SUCCEEDED:", name, text.splitlines()[0])
        break
else:
    print("HELD: none")
