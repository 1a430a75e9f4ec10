# tries: to become gid 0 with setgid, setregid and setresgid
# must: each is refused (EPERM, or EINVAL: there is no gid 0 in the jail)
# control: outside as root
import errno
import os

for attempt in (lambda: os.setgid(0), lambda: os.setregid(0, 0), lambda: os.setresgid(0, 0, 0)):
    try:
        attempt()
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EINVAL):
            raise
    else:
        print("SUCCEEDED: gid", os.getgid())
        break
else:
    print("HELD: gid stays", os.getgid())
