# tries: to read the memory of another process with process_vm_readv
# must: the filter refuses it with EPERM, even for its own child
# control: outside
import ctypes
import errno
import os
import time

libc = ctypes.CDLL(None, use_errno=True)
source, target = ctypes.create_string_buffer(b"secret"), ctypes.create_string_buffer(6)
local = (ctypes.c_size_t * 2)(ctypes.addressof(target), 6)
remote = (ctypes.c_size_t * 2)(ctypes.addressof(source), 6)
pid = os.fork()
if pid == 0:
    time.sleep(60)
    os._exit(0)
result = libc.process_vm_readv(pid, local, 1, remote, 1, 0)
code = ctypes.get_errno()
os.kill(pid, 9)
if result == 6:
    print("SUCCEEDED: read", target.raw)
elif code == errno.EPERM:
    print("HELD: EPERM")
else:
    raise OSError(code, "unexpected")
