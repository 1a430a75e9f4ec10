# tries: to be in the host's own process namespace
# must: it is not in the first process namespace of the kernel
# control: outside
import os

FIRST = "pid:[4026531836]"  # the kernel's PROC_PID_INIT_INO
own = os.readlink("/proc/self/ns/pid")
print("SUCCEEDED: in" if own == FIRST else "HELD: in", own)
