# tries: to look up a name, over the resolver or a query of its own
# must: the resolver finds nothing, and there is no socket for a query (EOPNOTSUPP)
# control: outside
import errno
import socket

QUERY = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01"
try:
    print("SUCCEEDED:", socket.getaddrinfo("example.com", 80)[0][4])
except socket.gaierror as failure:
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.sendto(QUERY, ("127.0.0.1", 53))
        print("SUCCEEDED: a query left")
    except OSError as error:
        if error.errno != errno.EOPNOTSUPP:
            raise
        print("HELD:", failure.strerror, "and EOPNOTSUPP")
