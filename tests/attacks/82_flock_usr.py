# tries: to signal to another jail, or to hinder the host, by a lock on a file in /usr
# must: no lock can be had on files that the jail shares with others
# control: outside
# open: to everybody, jails and host share the inodes of /usr; programs need flock
import errno
import fcntl
import os

fd = os.open("/usr/bin/env", os.O_RDONLY)
try:
    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError as error:
    if error.errno not in (errno.EPERM, errno.ENOSYS):
        raise
    print("HELD:", error.strerror)
else:
    fcntl.flock(fd, fcntl.LOCK_UN)
    print("SUCCEEDED: an exclusive lock")
