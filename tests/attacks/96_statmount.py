# tries: to list the mounts of the host's namespace with listmount
# must: it answers for its own namespace alone, or not at all
# control: none, outside the host's namespace is its own
import ctypes
import errno
import struct

LISTMOUNT, ROOT, FIRST = 458, 2**64 - 1, 1
libc = ctypes.CDLL(None, use_errno=True)
answered = []
for namespace in range(FIRST, 64):
    request = struct.pack("IIQQQ", 32, 0, ROOT, 0, namespace)
    ids = (ctypes.c_uint64 * 64)()
    result = libc.syscall(LISTMOUNT, request, ids, ctypes.c_long(64), 0)
    if result >= 0:
        answered.append(namespace)
    elif ctypes.get_errno() not in (errno.ENOENT, errno.EPERM, errno.ENOSYS, errno.EINVAL):
        raise OSError(ctypes.get_errno(), "unexpected")
if len(answered) > 1:
    print("SUCCEEDED: namespaces", *answered)
else:
    print("HELD: at most its own,", *answered)
