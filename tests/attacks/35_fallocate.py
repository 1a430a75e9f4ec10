# tries: to take 64 MiB of space at once with fallocate, more than one file may have
# must: the limit of file sizes refuses it with EFBIG
# control: outside
import errno
import os
from pathlib import Path

fd = os.open("large", os.O_CREAT | os.O_RDWR)
try:
    os.posix_fallocate(fd, 0, 2**26)
except OSError as error:
    if error.errno != errno.EFBIG:
        raise
    print("HELD: EFBIG")
else:
    print("SUCCEEDED:", Path("large").stat().st_size, "bytes")
Path("large").unlink()
