# tries: to bind a hidden directory to its home
# must: mount is refused with EPERM
# control: without seccomp ...; seccomp.block-secondary
import ctypes
import errno

MS_BIND = 4096
libc = ctypes.CDLL(None, use_errno=True)
result = libc.mount(ctypes.c_void_p(1), ctypes.c_void_p(1), None, MS_BIND, None)
code = ctypes.get_errno()
if result == -1 and code == errno.EPERM:
    print("HELD: EPERM")
else:
    print("SUCCEEDED: mount reached the kernel:", errno.errorcode.get(code, "done"))
