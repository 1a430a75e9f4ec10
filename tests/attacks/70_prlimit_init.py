# tries: to raise the limits of process 1 above what it was given
# must: it is refused
# control: none, root itself may lack the right in a virtual machine
import os
import resource

assert os.getuid() != 0, "never as root outside"
soft, hard = resource.prlimit(1, resource.RLIMIT_NOFILE)
try:
    resource.prlimit(1, resource.RLIMIT_NOFILE, (soft, hard + 1))
except (PermissionError, ValueError) as error:
    print("HELD:", error)
else:
    print("SUCCEEDED: set", hard + 1)
