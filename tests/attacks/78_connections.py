# tries: to see the host's connections
# must: the tables of TCP and UDP are empty
# control: none, the host may have no connection just now
from pathlib import Path

rows = []
for name in ("tcp", "tcp6", "udp", "udp6", "raw", "packet", "netlink"):
    rows += Path("/proc/net", name).read_text().splitlines()[1:]
rows = [row for row in rows if row.split()[2] != "0" or "packet" in row]
tables = [row for row in rows if ":" in row.split()[0]]
if tables:
    print("SUCCEEDED:", tables[0])
else:
    print("HELD: empty")
