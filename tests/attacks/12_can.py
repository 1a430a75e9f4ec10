# tries: to make a socket to a CAN bus
# must: the protocol filter refuses every family but AF_UNIX, with EOPNOTSUPP
# control: without protocol unix
import errno
import socket

try:
    socket.socket(29, socket.SOCK_RAW, 1).close()
except OSError as error:
    if error.errno == errno.EOPNOTSUPP:
        print("HELD: socket gives EOPNOTSUPP")
    elif error.errno in (errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT, errno.EPERM):
        print("SUCCEEDED: the call reached the kernel:", error.strerror)
    else:
        raise
else:
    print("SUCCEEDED: there is a socket")
