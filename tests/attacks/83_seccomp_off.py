# tries: to take off its filter with prctl and to allow what it forbids with a second filter
# must: prctl is refused, and after the second filter the first still holds
# control: outside
import ctypes
import errno
import struct

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, FILTER, PERSONALITY = 22, 38, 2, 135
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(PR_SET_SECCOMP, 0, 0, 0, 0) == -1
allow_all = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", 1, ctypes.addressof(allow_all)))
libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
assert libc.prctl(PR_SET_SECCOMP, FILTER, program, 0, 0) == 0, ctypes.get_errno()
result = libc.syscall(PERSONALITY, ctypes.c_long(0xFFFFFFFF))
if result == -1 and ctypes.get_errno() == errno.EPERM:
    print("HELD: personality still gives EPERM")
else:
    print("SUCCEEDED: personality gives", result)
