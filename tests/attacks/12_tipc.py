# tries: to make a TIPC socket, a usual way into the kernel
# must: the protocol filter refuses every family but AF_UNIX, with EOPNOTSUPP
# control: without protocol unix
import errno
import socket

try:
    socket.socket(30, socket.SOCK_STREAM).close()
except OSError as error:
    if error.errno == errno.EOPNOTSUPP:
        print("HELD: socket gives EOPNOTSUPP")
    elif error.errno in (errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT, errno.EPERM):
        print("SUCCEEDED: the call reached the kernel:", error.strerror)
    else:
        raise
else:
    print("SUCCEEDED: there is a socket")
