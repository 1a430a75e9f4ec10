# tries: to make a hard link to a program of the host in its home and write through it
# must: the link is refused (it would cross mounts), so nothing can be written
# control: outside as root
import errno
import os

try:
    os.link("/usr/bin/env", "env")
    with open("env", "ab"):
        print("SUCCEEDED: open for writing")
except OSError as error:
    if error.errno not in (errno.EXDEV, errno.EPERM, errno.EROFS, errno.EACCES):
        raise
    print("HELD:", error.strerror)
