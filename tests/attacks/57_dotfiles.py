# tries: to read the dotfiles of the user who started the jail (keys, tokens, history)
# must: its home has at most stock files of the shell and what the jail's commands lie in
# control: outside
import os
import pwd
from pathlib import Path

STOCK = {".guest", ".bashrc", ".zshrc", ".inputrc", ".cshrc", ".Xauthority", ".asoundrc"}
home = Path(pwd.getpwuid(os.getuid()).pw_dir)
names = sorted(path.name for path in home.iterdir())
more = [name for name in names if name.startswith(".") and name not in STOCK]
if more:
    print("SUCCEEDED:", *more)
else:
    print("HELD: only", *names)
