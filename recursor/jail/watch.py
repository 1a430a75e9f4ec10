"""The watchdog: holds what the kernel was not asked to hold, or tells what the kernel did.

Where a jail has a control group and a home of limited size, the kernel holds both limits and this
only reads whether the kernel had to kill. For a normal user without them it counts, several times a
second, the memory of a jail's processes and what lies in its folder. A program that is faster than
that overshoots: `recursor doctor` says so.
"""

from __future__ import annotations

from pathlib import Path

from recursor.jail import guardian, harvest
from recursor.types import Limits, NodeEnd

PERIOD_S = 0.1


def excess(
    limits: Limits, firejail: int, home: Path, *, memory: bool, files: int
) -> NodeEnd | None:
    """Return which limit a jail is over.

    `memory` asks for its processes' memory to be summed, `files`, if not 0, for its folder to be
    counted: more entries than that are over the limit too.
    """
    if memory and resident_bytes(firejail) > limits.memory_bytes:
        return NodeEnd.MEMORY
    if files:
        size, number = harvest.usage(home, files + 1)
        if size > limits.disk_bytes or number > files:
            return NodeEnd.DISK
    return None


def resident_bytes(firejail: int) -> int:
    """Return the memory of all processes below one: what is theirs, not what files hold."""
    total = 0
    waiting = guardian.children(firejail)
    while waiting:
        pid = waiting.pop()
        waiting += guardian.children(pid)
        try:
            # Not as text: a process names itself, in whatever bytes it likes.
            status = Path(f"/proc/{pid}/status").read_bytes()
        except OSError:
            continue  # it has ended
        for line in status.splitlines():
            if line.startswith((b"RssAnon:", b"RssShmem:")):
                total += int(line.split()[1]) * 1024
    return total
