# tries: to share the host's name with the host, so that it could be changed
# must: it is not in the first UTS namespace of the kernel
# control: outside
import os

FIRST = "uts:[4026531838]"  # the kernel's PROC_UTS_INIT_INO
own = os.readlink("/proc/self/ns/uts")
print("SUCCEEDED: in" if own == FIRST else "HELD: in", own)
