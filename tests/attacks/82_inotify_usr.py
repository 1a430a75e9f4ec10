# tries: to watch when the host, or another jail, opens a program in /usr
# must: no watch can be set on files that the jail shares with others
# control: outside
import ctypes
import errno

IN_OPEN = 0x20
libc = ctypes.CDLL(None, use_errno=True)
fd = libc.inotify_init()
if fd >= 0:
    watch = libc.inotify_add_watch(fd, b"/usr/bin/env", IN_OPEN)
if fd >= 0 and watch >= 0:
    print("SUCCEEDED: watching /usr/bin/env")
elif ctypes.get_errno() in (errno.EPERM, errno.ENOSYS):
    print("HELD:", errno.errorcode[ctypes.get_errno()])
else:
    raise OSError(ctypes.get_errno(), "unexpected")
