# tries: to number a new terminal of its own among those of the host
# must: its pty comes from a devpts of its own, and is the first there
# control: none, outside there may be no other terminal
import os

master, slave = os.openpty()
name = os.ttyname(slave)
if name == "/dev/pts/0" and os.listdir("/dev/pts") in (["0", "ptmx"], ["ptmx", "0"]):
    print("HELD:", name, "is the only one")
else:
    print("SUCCEEDED:", name, "beside", *os.listdir("/dev/pts"))
