# tries: to write into the memory of another process with process_vm_writev
# must: the filter refuses it with EPERM, even for its own child
# control: outside
import ctypes
import errno
import os
import time

libc = ctypes.CDLL(None, use_errno=True)
data, target = ctypes.create_string_buffer(b"changed", 7), ctypes.create_string_buffer(7)
local = (ctypes.c_size_t * 2)(ctypes.addressof(data), 7)
remote = (ctypes.c_size_t * 2)(ctypes.addressof(target), 7)
pid = os.fork()
if pid == 0:
    time.sleep(60)
    os._exit(0)
result = libc.process_vm_writev(pid, local, 1, remote, 1, 0)
code = ctypes.get_errno()
os.kill(pid, 9)
if result == 7:
    print("SUCCEEDED: wrote 7 bytes")
elif code == errno.EPERM:
    print("HELD: EPERM")
else:
    raise OSError(code, "unexpected")
