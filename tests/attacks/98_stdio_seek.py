# tries: to change what it already said, or the file that its output goes to
# must: its output is a pipe, which has no past and cannot be cut
# control: none, the control outside writes to a pipe too
import errno
import os

for attempt in (lambda: os.lseek(1, 0, os.SEEK_SET), lambda: os.ftruncate(1, 0),
                lambda: os.pread(1, 1, 0)):  # fmt: skip
    try:
        attempt()
    except OSError as error:
        if error.errno not in (errno.ESPIPE, errno.EINVAL, errno.EBADF):
            raise
    else:
        print("SUCCEEDED")
        break
else:
    print("HELD: ESPIPE, EINVAL")
