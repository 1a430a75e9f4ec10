"""What a program left behind, read as what it is: hostile.

Theory of operation. Every process of the jail has ended. Folders are opened one below the other,
each by its name in the one above and never through a link; only regular files are read; number,
size, depth and total are capped, and what is not kept is counted by reason. A folder that its
program closed to its owner is opened again: the owner is who reads here.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from recursor.types import Harvest, LeftFile

FILES = 256
FILE_BYTES = 2**20
TOTAL_BYTES = 8 * 2**20
DEPTH = 16
ENTRIES = 10_000
NESTING = 64
"""How deep the folders of a program may nest where they have to be counted while it runs."""
FOLDER = "folder"


def harvest(home: Path, own: Mapping[str, bytes | None]) -> Harvest:
    """Read what lies in a jail's folder, in the order of the names.

    `own` holds what the host put there, by path: the content of a file, None for a link. It is left
    out unless the program changed it.
    """
    files: list[LeftFile] = []
    left_out: Counter[str] = Counter()
    room = TOTAL_BYTES
    for entry in _walk(home):
        name = os.fsencode(entry.path).decode("utf-8", "backslashreplace")
        if entry.reason == FOLDER or _is_own(entry, own):
            continue
        if entry.reason:
            left_out[entry.reason] += 1
        elif entry.size > FILE_BYTES:
            left_out["too_large"] += 1
        elif len(files) == FILES:
            left_out["too_many"] += 1
        elif entry.size > room:
            left_out["too_much"] += 1
        else:
            data = entry.read()
            if data is None:
                left_out["unreadable"] += 1
            else:
                room -= len(data)
                files.append(LeftFile(name, data))
    return Harvest(tuple(files), dict(sorted(left_out.items())))


def _is_own(entry: _Entry, own: Mapping[str, bytes | None]) -> bool:
    if entry.path not in own:
        return False
    if entry.reason:
        return entry.reason == "link" and own[entry.path] is None
    return entry.read() == own[entry.path]


def usage(home: Path, entries: int) -> tuple[int, int]:
    """Return the bytes on the disk and the number of entries below a folder.

    Counting stops after `entries` of them; what nests too deep to be counted counts as too many.
    """
    size = number = 0
    for entry in _walk(home, depth=NESTING, entries=entries):
        number += entries if entry.reason == "too_deep" else 1
        size += entry.blocks * 512
    return size, number


@dataclass(frozen=True)
class _Entry:
    path: str
    size: int = 0
    blocks: int = 0
    reason: str = ""
    """Why it is no file to be read."""
    folder: int = -1
    name: str = ""

    def read(self) -> bytes | None:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            descriptor = os.open(self.name, flags, dir_fd=self.folder)
        except OSError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            return file.read(FILE_BYTES)


def _walk(home: Path, *, depth: int = DEPTH, entries: int = ENTRIES) -> Iterator[_Entry]:
    """Yield everything below a folder."""
    left = entries
    waiting = [""]
    while waiting:
        path = waiting.pop()
        folder = _folder(home, path)
        if folder is None:
            yield _Entry(path, reason="unreadable")
            continue
        try:
            names = sorted(os.listdir(folder))  # noqa: PTH208
            below = []
            for name in names:
                if left == 0:
                    yield _Entry(path, reason="too_many")
                    return
                left -= 1
                inside = f"{path}/{name}" if path else name
                try:
                    facts = os.stat(name, dir_fd=folder, follow_symlinks=False)
                except OSError:
                    continue  # a living program took it away
                reason = _reason(facts.st_mode)
                if stat.S_ISDIR(facts.st_mode) and inside != ".guest":
                    if inside.count("/") + 1 < depth:
                        below.append(inside)
                    else:
                        reason = "too_deep"
                yield _Entry(inside, facts.st_size, facts.st_blocks, reason, folder, name)
            waiting += reversed(below)
        finally:
            os.close(folder)


def _reason(mode: int) -> str:
    if stat.S_ISREG(mode):
        return ""
    if stat.S_ISDIR(mode):
        return FOLDER
    return "link" if stat.S_ISLNK(mode) else "special"


def _folder(home: Path, path: str) -> int | None:
    """Open a folder step by step, following no link; None where that cannot be done."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        folder = os.open(home, flags)
        for name in path.split("/") if path else ():
            above = folder
            try:
                folder = _open(name, above, flags)
            finally:
                os.close(above)
    except OSError:
        return None
    return folder


def _open(name: str, above: int, flags: int) -> int:
    try:
        return os.open(name, flags, dir_fd=above)
    except PermissionError:
        held = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=above)
        try:
            os.chmod(f"/proc/self/fd/{held}", 0o700)  # noqa: PTH101
        finally:
            os.close(held)
        return os.open(name, flags, dir_fd=above)
