# tries: to see the homes of the host's people
# must: /home holds one home, its own
# control: outside
import os
import pwd
from pathlib import Path

own = pwd.getpwuid(os.getuid()).pw_dir
others = [str(home) for home in Path("/home").iterdir() if str(home) != own]
if others:
    print("SUCCEEDED:", *others)
else:
    assert Path(own).is_dir()
    print("HELD: only", own)
