# tries: to see the network interfaces of the host
# must: there is only lo
# control: without net none
from pathlib import Path

lines = Path("/proc/net/dev").read_text().splitlines()[2:]
names = [line.split(":")[0].strip() for line in lines]
assert "lo" in names
if names != ["lo"]:
    print("SUCCEEDED:", *names)
else:
    print("HELD: only lo")
