# tries: to set a trigger on the host's memory pressure, for which the kernel must keep time
# must: the file is closed or absent
# control: outside
import os

try:
    fd = os.open("/proc/pressure/memory", os.O_RDWR)
except (PermissionError, FileNotFoundError) as error:
    print("HELD:", error.strerror)
else:
    os.close(fd)
    print("SUCCEEDED: open for writing")
