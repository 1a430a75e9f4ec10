# tries: to share System V and POSIX queues and memory with the host
# must: it is not in the first IPC namespace of the kernel
# control: outside
import os

FIRST = "ipc:[4026531839]"  # the kernel's PROC_IPC_INIT_INO
own = os.readlink("/proc/self/ns/ipc")
assert own.startswith("ipc:[")
if own == FIRST:
    print("SUCCEEDED: in", own)
else:
    print("HELD: in", own)
