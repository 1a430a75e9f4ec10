# tries: to connect over TCP to a listener on 127.0.0.1
# must: there are no sockets of this family (EOPNOTSUPP)
# control: outside
import errno
import socket

try:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
except OSError as error:
    if error.errno != errno.EOPNOTSUPP:
        raise
    print("HELD: socket gives EOPNOTSUPP")
else:
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    socket.create_connection(listener.getsockname(), 5).close()
    print("SUCCEEDED: connected to", listener.getsockname())
