# tries: to reach host files by symbolic links in its home
# must: they lead nowhere
# control: outside as root
import os
from pathlib import Path

followed = []
targets = ("/etc/shadow", "/root/.bashrc", "/var/lib/dpkg", "/proc/1/root/etc/shadow")
for number, target in enumerate(targets):
    link = Path(f"link{number}")
    link.symlink_to(target)
    if os.access(link, os.R_OK):
        followed.append(target)
if followed:
    print("SUCCEEDED:", *followed)
else:
    assert Path("link0").is_symlink()
    print("HELD: they lead nowhere")
