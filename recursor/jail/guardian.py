"""The guardian: a process that outlives a killed supervisor and leaves nothing of its run alive.

Theory of operation. A jail survives the death of the process that started it (firejail is setuid,
so the kernel forgets the parent-death signal). The supervisor therefore tells the guardian the pid
of each firejail, through a pipe that nobody else holds: `+PID` when it starts, `-PID` when it has
ended. When the pipe closes, however that came about, the guardian kills the init of every jail
that is left, removes the run's scratch folder and ends. Run as a file of its own, it imports
nothing but the standard library.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

MAKING_S = 10.0
"""A firejail that has made no namespace by then is stuck."""


def namespace_init(pid: int) -> int | None:
    """Return the init of the pid namespace below a firejail process, or None before it exists."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for child in children:
            status = Path(f"/proc/{child}/status").read_text()
            pids = next(line for line in status.splitlines() if line.startswith("NSpid:")).split()
            if len(pids) > 2 and pids[-1] == "1":
                return int(child)
    except (OSError, StopIteration):
        return None
    return None


def kill(pid: int) -> None:
    """Send SIGKILL to a process, if it is still that process."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    finally:
        os.close(descriptor)


def remove(folder: Path) -> None:
    """Remove what a hostile program left: `rm` follows no link and has no limit on depth."""
    for command in (["rm", "-rf"], ["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
        subprocess.run([*command, "--", folder], stderr=subprocess.DEVNULL, check=False)
        if not folder.exists():
            return


def _end(firejails: set[int]) -> None:
    given_up = time.monotonic() + MAKING_S
    while firejails := {pid for pid in firejails if _lives(pid)}:
        for pid in firejails:
            init = namespace_init(pid)
            if init is not None:
                kill(init)
            elif time.monotonic() > given_up:
                kill(pid)
        time.sleep(0.01)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def main() -> None:
    """Watch standard input; the first argument is the scratch folder."""
    firejails: set[int] = set()
    for line in sys.stdin:
        change = firejails.add if line[0] == "+" else firejails.discard
        change(int(line[1:]))
    _end(firejails)
    remove(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
