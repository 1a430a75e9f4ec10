# tries: to read the memory of the kernel
# must: /dev/mem, /dev/kmem, /dev/port, /proc/kcore and /proc/kmsg are absent or closed
# control: outside as root
import os

opened, closed = [], []
for path in ("/dev/mem", "/dev/kmem", "/dev/port", "/proc/kcore", "/proc/kmsg"):
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
        opened.append(path)
    except (FileNotFoundError, PermissionError) as error:
        closed.append(error.strerror)
if opened:
    print("SUCCEEDED:", *opened)
else:
    print("HELD:", *closed)
