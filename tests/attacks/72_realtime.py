# tries: to run before everybody else, by real-time scheduling
# must: it is refused with EPERM
# control: outside as root
import os

try:
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
except PermissionError as error:
    print("HELD:", error.strerror)
else:
    print("SUCCEEDED: policy", os.sched_getscheduler(0))
