# tries: to run a 32-bit program, whose calls a 64-bit filter misreads
# must: its call is refused, so that it runs into hlt (SIGSEGV), or it is killed (SIGSYS)
# control: without seccomp.block-secondary
import signal
import struct
import subprocess
from pathlib import Path

CODE = b"\xb8\x01\x00\x00\x00\xbb\x2a\x00\x00\x00\xcd\x80\xf4"  # exit(42); hlt
BASE, START = 0x8048000, 84
head = b"\x7fELF\x01\x01\x01" + bytes(9)
head += struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, BASE + START, 52, 0, 0, 52, 32, 1, 0, 0, 0)
size = START + len(CODE)
head += struct.pack("<8I", 1, 0, BASE, BASE, size, size, 5, 4096)
Path("elf32").write_bytes(head + CODE)
Path("elf32").chmod(0o755)
status = subprocess.run(["./elf32"]).returncode
if status in (-signal.SIGSYS, -signal.SIGSEGV):
    print("HELD: ended by", signal.Signals(-status).name)
elif status == 42:
    print("SUCCEEDED: it ran")
else:
    raise SystemExit(f"unexpected: {status}")
