# tries: to learn which machine it is on from the usual files
# must: machine-id, hostname and hosts are absent or do not name the host
# control: outside
import os
from pathlib import Path

told = []
for name in ("machine-id", "hostname", "hosts", "mailname", "resolv.conf", "fstab", "issue"):
    path = Path("/etc", name)
    words = set(path.read_text().split()) if path.exists() else set()
    words -= {"localhost", "127.0.0.1", "::1", "ip6-localhost", "ip6-loopback"}
    told += [f"{name}: {word}" for word in sorted(words)[:1]]
for path in ("/var/lib/dbus/machine-id", "/sys/class/dmi/id/product_uuid", "/sys/class/net/eth0"):
    told += [path] if os.access(path, os.R_OK) else []
if told:
    print("SUCCEEDED:", *told)
else:
    print("HELD: none")
