# tries: to use a group of the tester's (docker, disk, adm)
# must: it is in no group but its own
# control: none, the user of the control outside is in no other group either
import os

more = set(os.getgroups()) - {os.getgid()}
if more or os.getgid() == 0 or os.getuid() == 0:
    print("SUCCEEDED: in", *sorted(more), "as", os.getuid(), os.getgid())
else:
    print("HELD: only", os.getgid())
