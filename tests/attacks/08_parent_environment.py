# tries: to find something of the tester's in the environment of those that started it
# must: they have only names that firejail and the runner set
# control: outside as root
import os
from pathlib import Path

ALLOWED = {
    "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONHASHSEED", "TMPDIR", "RUN_AI",
    "BASH_ENV", "PYTHONPATH", "PWD", "SHLVL", "_", "OLDPWD", "FIREJAIL_QUIET", "container",
    "QT_X11_NO_MITSHM", "SHELL", "PROMPT_COMMAND", "QML_DISABLE_DISK_CACHE", "KDE_FORK_SLAVES",
    "USER", "LOGNAME", "",
}  # fmt: skip
names, pid = set(), os.getppid()
while pid > 1:
    for entry in Path("/proc", str(pid), "environ").read_bytes().split(b"\0"):
        names.add(entry.split(b"=")[0].decode())
    pid = int(Path("/proc", str(pid), "status").read_text().split("PPid:")[1].split()[0])
assert "PATH" in names
more = sorted(names - ALLOWED)
if more:
    print("SUCCEEDED:", *more)
else:
    print("HELD: only", *sorted(names - {""}))
