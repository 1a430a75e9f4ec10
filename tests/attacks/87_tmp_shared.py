# tries: to find files of the host or of other jails in /tmp and /var/tmp
# must: both are empty or absent
# control: outside as root
from pathlib import Path

seen = [str(path) for top in ("/tmp", "/var/tmp") for path in Path(top).glob("*")]
if seen:
    print("SUCCEEDED:", len(seen), "such as", seen[0])
else:
    assert Path("/tmp").is_dir()
    print("HELD: empty")
