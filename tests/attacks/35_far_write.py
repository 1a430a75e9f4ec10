# tries: to write one byte behind a hole of 1 TiB
# must: the limit of file sizes refuses it with EFBIG
# control: without rlimit-fsize 33554432
import errno
import os

fd = os.open("hole", os.O_CREAT | os.O_RDWR)
try:
    os.pwrite(fd, b"x", 2**40)
except OSError as error:
    if error.errno != errno.EFBIG:
        raise
    print("HELD: EFBIG")
else:
    print("SUCCEEDED:", os.fstat(fd).st_size, "bytes")
    os.unlink("hole")
