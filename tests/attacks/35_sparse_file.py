# tries: to make a file of 1 TiB that holds nothing, by truncate
# must: the limit of file sizes refuses it with EFBIG
# control: without rlimit-fsize 33554432
import errno
import os
from pathlib import Path

Path("sparse").touch()
try:
    os.truncate("sparse", 2**40)
except OSError as error:
    if error.errno != errno.EFBIG:
        raise
    print("HELD: EFBIG")
else:
    print("SUCCEEDED:", Path("sparse").stat().st_size, "bytes")
    Path("sparse").unlink()
