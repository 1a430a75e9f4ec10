# tries: to stop or kill process 1, and with it the watch over the jail
# must: it goes on, since the kernel keeps such signals from it
# control: none, outside it would end the machine
import os
import signal
import time
from pathlib import Path

assert os.getuid() != 0, "never as root outside"
for number in (signal.SIGSTOP, signal.SIGKILL):
    try:
        os.kill(1, number)
    except PermissionError:
        continue
time.sleep(0.2)
state = Path("/proc/1/status").read_text().split("State:")[1].split()[0]
print("HELD: state" if state in "SR" else "SUCCEEDED: state", state)
