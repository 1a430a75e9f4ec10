# tries: to lock 256 MiB in memory, so that the host cannot swap it
# must: mlock is refused (ENOMEM or EPERM)
# control: outside as root
import ctypes
import errno
import mmap

SIZE = 2**28
libc = ctypes.CDLL(None, use_errno=True)
area = mmap.mmap(-1, SIZE)
address = ctypes.addressof(ctypes.c_char.from_buffer(area))
if libc.mlock(ctypes.c_void_p(address), ctypes.c_size_t(SIZE)) == 0:
    print("SUCCEEDED: locked")
elif ctypes.get_errno() in (errno.ENOMEM, errno.EPERM):
    print("HELD:", errno.errorcode[ctypes.get_errno()])
else:
    raise OSError(ctypes.get_errno(), "unexpected")
