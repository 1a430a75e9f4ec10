# tries: to turn a program's name to its own program, by /etc/alternatives
# must: no link there can be replaced
# control: outside as root
import os
from pathlib import Path

link = Path("/etc/alternatives/recursor-attack")
try:
    link.symlink_to(Path.cwd())
except OSError as error:
    assert not os.access("/etc/alternatives", os.W_OK)
    print("HELD:", error.strerror)
else:
    link.unlink()
    print("SUCCEEDED: a link was made")
