# tries: to run before everybody else, by a negative nice value
# must: it is refused (EPERM or EACCES)
# control: outside as root
import os

try:
    os.setpriority(os.PRIO_PROCESS, 0, -5)
except PermissionError as error:
    print("HELD:", error.strerror)
else:
    print("SUCCEEDED: nice is", os.getpriority(os.PRIO_PROCESS, 0))
