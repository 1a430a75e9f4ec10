# tries: to become uid 0 with setuid, setreuid and setresuid
# must: each is refused (EPERM, or EINVAL: there is no uid 0 in the jail)
# control: outside as root
import errno
import os

for attempt in (lambda: os.setuid(0), lambda: os.setreuid(0, 0), lambda: os.setresuid(0, 0, 0)):
    try:
        attempt()
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EINVAL):
            raise
    else:
        print("SUCCEEDED: uid", os.getuid())
        break
else:
    print("HELD: uid stays", os.getuid())
