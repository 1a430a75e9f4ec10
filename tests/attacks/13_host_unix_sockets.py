# tries: to find unix sockets of the host, abstract ones among them
# must: /proc/net/unix shows none at all
# control: without net none
import socket
from pathlib import Path

lines = Path("/proc/net/unix").read_text().splitlines()
assert lines[0].startswith("Num")
for path in [line.split()[7] for line in lines if len(line.split()) > 7]:
    with socket.socket(socket.AF_UNIX) as out:
        try:
            out.connect("\0" + path[1:] if path.startswith("@") else path)
            print("connected to", path)
        except OSError as error:
            print(path, error.strerror)
if len(lines) > 1:
    print("SUCCEEDED:", len(lines) - 1, "sockets seen")
else:
    print("HELD: none")
