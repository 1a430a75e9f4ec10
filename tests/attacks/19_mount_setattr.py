# tries: to make /etc writable with mount_setattr, which the filter does not know
# must: the kernel refuses it with EPERM, for want of capabilities
# control: outside as root
import ctypes
import errno
import struct

MOUNT_SETATTR, AT_FDCWD, MOUNT_ATTR_RDONLY = 442, -100, 1
libc = ctypes.CDLL(None, use_errno=True)
attributes = struct.pack("4Q", 0, MOUNT_ATTR_RDONLY, 0, 0)  # clears read-only
# Outside, where /etc is no mount of its own, the kernel gets as far as EINVAL.
result = libc.syscall(MOUNT_SETATTR, AT_FDCWD, b"/etc", 0, attributes, ctypes.c_long(32))
code = ctypes.get_errno()
if result == -1 and code == errno.EPERM:
    print("HELD: EPERM")
elif result == 0 or code == errno.EINVAL:
    print("SUCCEEDED:", errno.errorcode.get(code, "done"))
else:
    raise OSError(code, "unexpected")
