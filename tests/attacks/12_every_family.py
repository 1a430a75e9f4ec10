# tries: to make a socket of any family but AF_UNIX
# must: each gives EOPNOTSUPP, by the filter, also those that the kernel does not know
# control: without protocol unix
import errno
import socket

for family in (family for family in range(64) if family != socket.AF_UNIX):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        try:
            socket.socket(family, kind).close()
            code = 0
        except OSError as error:
            code = error.errno
        if code != errno.EOPNOTSUPP:
            print("SUCCEEDED: family", family, "gives", errno.errorcode.get(code, "a socket"))
            raise SystemExit
print("HELD: EOPNOTSUPP for all")
