# tries: to call the kernel the 32-bit way, past a 64-bit filter
# must: the caller is refused or killed
# control: without seccomp.block-secondary
import ctypes
import mmap
import os
import signal

assert os.uname().machine == "x86_64"
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(b"\x53\xb8\x14\x00\x00\x00\xcd\x80\x5b\xc3")  # eax = 20, getpid; int 0x80
call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
pid = os.fork()
if pid == 0:
    answer = call()
    os._exit(42 if answer == os.getpid() else 43 if answer == -1 else 44)
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
if status in (43, -signal.SIGSYS, -signal.SIGSEGV):
    print("HELD:", "EPERM" if status == 43 else signal.Signals(-status).name)
elif status == 42:
    print("SUCCEEDED: the kernel answered")
else:
    raise SystemExit(f"unexpected: {status}")
