# tries: to lock out every later jail, by a lock on the file that firejail itself locks
# must: the file does not open
# control: outside as root
import fcntl
import os

try:
    fd = os.open("/run/firejail/firejail-run.lock", os.O_RDONLY)
except (PermissionError, FileNotFoundError) as error:
    print("HELD:", error.strerror)
else:
    fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    print("SUCCEEDED: locked")
