# tries: to slow down every process of its user, those outside among them
# must: it counts none but the few of its own jail
# control: outside as root
import os

slowed = 0
for pid in [pid for pid in range(1, 40000) if pid not in (os.getpid(), os.getppid())]:
    try:
        os.setpriority(os.PRIO_PROCESS, pid, os.getpriority(os.PRIO_PROCESS, pid))  # as it was
        slowed += 1
    except (ProcessLookupError, PermissionError):
        continue
if slowed > 6:
    print("SUCCEEDED:", slowed, "processes")
else:
    print("HELD:", slowed, "of its own jail")
