"""The firejail profile and command of a run: `sandbox/jail.profile` and what depends on the host.

Deny by default: every directory at the root of the host that programs do not need is emptied, and
every plain file there is blacklisted, so a host with an unusual root is as closed as any other.
"""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from recursor.errors import SandboxError
from recursor.resources import shipped
from recursor.types import Limits

# Kept: what programs need (usr, etc), and what the profile itself replaces or closes.
_KEPT = {"usr", "etc", "proc", "dev", "tmp", "sys", "home"}

# The last thing a jail does is to end every process in it, so that no daemon outlives its program;
# the exit code stays the program's. `exec` keeps the login shell, through which firejail starts
# everything, from staying as a process that this would kill too.
_WRAPPER = ("exec", "sh", "-c", '"$@"; r=$?; kill -9 -1 2>/dev/null; exit $r', "sh")


def text(limits: Limits, *, bounded: bool, root: Path = Path("/")) -> str:
    """Return the whole profile of a run on this host.

    `bounded` says that a control group counts what is written to memory, as to /tmp; where none
    does, nothing can be written there.
    """
    static = (shipped("sandbox") / "jail.profile").read_text(encoding="utf-8")
    parts = [static, "\n# This host\n", "\n".join(_host(root)), "\n\n# This run\n", _run(limits)]
    return "".join(parts) + ("" if bounded else "read-only /tmp\nread-only /dev/shm\n")


def _host(root: Path) -> Iterator[str]:
    for entry in sorted(root.iterdir()):
        mode = entry.lstat().st_mode
        if stat.S_ISDIR(mode) and entry.name not in _KEPT:
            yield f"whitelist {entry}/.recursor-none"
        elif not stat.S_ISDIR(mode) and not stat.S_ISLNK(mode):
            yield f"blacklist {entry}"


def _run(limits: Limits) -> str:
    # CPU time is a second line behind the wall clock: it also counts what runs while the program
    # waits at the door.
    return (
        f"rlimit-nproc {limits.processes}\n"
        f"rlimit-fsize {limits.disk_bytes}\n"
        f"rlimit-as {limits.memory_bytes}\n"
        f"rlimit-cpu {max(1, round(limits.seconds))}\n"
    )


def firejail() -> str:
    """Return firejail's path; raise SandboxError if it is missing or cannot make a jail."""
    path = shutil.which("firejail")
    if path is None:
        raise SandboxError("firejail is not installed; run: apt-get install firejail")
    status = Path(path).stat()
    if not status.st_mode & stat.S_ISUID or status.st_uid != 0:
        raise SandboxError(f"{path} is not setuid root, so it makes no jails; reinstall firejail")
    return path


def version() -> str | None:
    """Return firejail's version, or None if there is none."""
    path = shutil.which("firejail")
    if path is None:
        return None
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"version (\S+)", said)
    return found[1] if found else None


def command(firejail: str, profile: Path, private: Path, program: Sequence[str]) -> list[str]:
    """Return the command that runs a program in a jail whose home is `private`."""
    return [
        firejail,
        "--quiet",
        f"--profile={profile}",
        f"--private={private}",
        "--",
        *_WRAPPER,
        *program,
    ]
