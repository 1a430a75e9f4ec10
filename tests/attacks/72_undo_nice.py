# tries: to take back the nice value that the profile gives it
# must: it is refused (EPERM or EACCES)
# control: without nice 10
import os

try:
    os.setpriority(os.PRIO_PROCESS, 0, 0)
except PermissionError as error:
    print("HELD:", error.strerror)
else:
    print("SUCCEEDED: nice is", os.getpriority(os.PRIO_PROCESS, 0))
