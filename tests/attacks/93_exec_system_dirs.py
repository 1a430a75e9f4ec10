# tries: to leave a program where a later jail or the host would find it in PATH
# must: no directory of PATH can be written but its own home
# control: outside as root
import os

paths = [*os.environ["PATH"].split(":"), "/usr/sbin"]
writable = [p for p in paths if os.access(p, os.W_OK) and p != os.getcwd()]
if writable:
    print("SUCCEEDED:", *writable)
else:
    print("HELD: none of", *paths)
