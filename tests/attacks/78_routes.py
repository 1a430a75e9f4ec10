# tries: to learn the host's network from its routes and neighbours
# must: both tables are empty
# control: without net none
from pathlib import Path

rows = []
for name in ("route", "arp"):
    rows += Path("/proc/net", name).read_text().splitlines()[1:]
rows = [row for row in rows if row.strip() and not row.startswith("lo")]
if rows:
    print("SUCCEEDED:", rows[0].split()[:3])
else:
    print("HELD: empty")
