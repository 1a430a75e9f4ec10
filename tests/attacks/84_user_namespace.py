# tries: to be in the host's own user namespace, where its setuid programs are root's
# must: it is not in the first user namespace of the kernel
# control: without noroot
import os

FIRST = "user:[4026531837]"  # the kernel's PROC_USER_INIT_INO
own = os.readlink("/proc/self/ns/user")
print("SUCCEEDED: in" if own == FIRST else "HELD: in", own)
