# tries: to read the host's password hashes
# must: neither /etc/shadow nor its copies are there
# control: outside as root
from pathlib import Path

read = []
for name in ("shadow", "shadow-", "gshadow", "gshadow-", "security/opasswd"):
    path = Path("/etc", name)
    if path.exists():
        read.append(f"{name}, {len(path.read_bytes())} bytes")
if read:
    print("SUCCEEDED: read", *read)
else:
    assert Path("/etc/passwd").exists()
    print("HELD: none is there")
