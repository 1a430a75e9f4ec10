# tries: to be found by the host under an abstract unix name
# must: the name is one of its own network namespace, where the host does not look
# control: without net none
import socket
from pathlib import Path

listener = socket.socket(socket.AF_UNIX)
listener.bind("\0recursor-attack")
listener.listen()
lines = Path("/proc/net/unix").read_text().splitlines()[1:]
interfaces = Path("/proc/net/dev").read_text().splitlines()[2:]
assert any("recursor-attack" in line for line in lines)
if len(interfaces) > 1 or len(lines) > 1:
    print("SUCCEEDED: in a namespace with others")
else:
    print("HELD: alone")
