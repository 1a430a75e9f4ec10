# tries: to type into the terminal of the tester with TIOCSTI
# must: none of its open files is a terminal (ENOTTY), and /dev/tty leads to none (ENXIO)
# control: none, the tests have no terminal to lose
import errno
import fcntl
import os
import termios

for target in (0, 1, 2, "/dev/tty"):
    try:
        fd = target if isinstance(target, int) else os.open(target, os.O_RDWR)
        fcntl.ioctl(fd, termios.TIOCSTI, b"#")
    except OSError as error:
        if error.errno not in (errno.ENOTTY, errno.ENXIO):
            raise
    else:
        print("SUCCEEDED: typed into", target)
        break
else:
    print("HELD: ENOTTY, ENXIO")
