# tries: to learn the host's name from the kernel
# must: it is localhost
# control: without hostname localhost
import os
import socket
from pathlib import Path

names = {os.uname().nodename, socket.gethostname()}
names.add(Path("/proc/sys/kernel/hostname").read_text().strip())
if names == {"localhost"}:
    print("HELD: localhost")
else:
    print("SUCCEEDED:", *names)
