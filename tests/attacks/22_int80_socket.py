# tries: to make a TCP socket the 32-bit way, past the protocol filter
# must: the caller is refused or killed
# control: outside
import ctypes
import mmap
import os
import signal

assert os.uname().machine == "x86_64"
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
# eax = 359, socket; ebx = AF_INET; ecx = SOCK_STREAM; edx = 0; int 0x80
code.write(
    b"\x53\xb8\x67\x01\x00\x00\xbb\x02\x00\x00\x00\xb9\x01\x00\x00\x00\x31\xd2\xcd\x80\x5b\xc3"
)
call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
pid = os.fork()
if pid == 0:
    answer = call()
    os._exit(42 if answer >= 0 else 43 if answer in (-1, -95) else 44)
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
if status in (43, -signal.SIGSYS, -signal.SIGSEGV):
    print("HELD:", "refused" if status == 43 else signal.Signals(-status).name)
elif status == 42:
    print("SUCCEEDED: a socket")
else:
    raise SystemExit(f"unexpected: {status}")
