# tries: to paste into the console of the host with TIOCLINUX
# must: none of its open files is a terminal (ENOTTY), and /dev/tty leads to none (ENXIO)
# control: none, the tests have no terminal to lose
import errno
import fcntl
import os

TIOCLINUX = 0x541C
for target in (0, 1, 2, "/dev/tty"):
    try:
        fd = target if isinstance(target, int) else os.open(target, os.O_RDWR)
        fcntl.ioctl(fd, TIOCLINUX, b"\x06")  # asks only for the state of the shift keys
    except OSError as error:
        if error.errno not in (errno.ENOTTY, errno.ENXIO):
            raise
    else:
        print("SUCCEEDED: answered by", target)
        break
else:
    print("HELD: ENOTTY, ENXIO")
