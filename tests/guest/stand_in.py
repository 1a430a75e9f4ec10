"""A door for tests of the hooks: it answers every text the same way, and keeps what it was told."""

from __future__ import annotations

import json
import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import recursor
from recursor.jail.kit import Kit

_PEER = struct.Struct("3i")


class Door:
    """Says `own` or `scope` to every text, refuses those that hold a word, answers queries."""

    def __init__(self, path: Path, answer: str, refused: str | None = None) -> None:
        self.told: list[dict[str, Any]] = []
        self._answer = answer
        self._refused = refused
        self._names = count(1)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen(128)

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._reply, args=[connection], daemon=True).start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _reply(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines, suppress(BrokenPipeError):
            line = lines.readline()
            if not line:
                return  # whoever wanted to ask was killed
            message = json.loads(line)
            peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
            self.told.append({**message, "pid": _PEER.unpack(peer)[0]})
            connection.sendall(json.dumps(self._to(message)).encode() + b"\n")

    def _to(self, message: dict[str, Any]) -> dict[str, Any]:
        if self._refused is not None and self._refused in message.get("text", ""):
            return {"denied": {"limit": "depth"}, "message": "denied: limit depth is 3, asked 4"}
        if message["operation"] == "query":
            return {"answer": "an answer"}
        if message["operation"] != "enter" or self._answer == "own":
            return {"own": True}
        return {"scope": str(next(self._names))}


class Outside:
    """The guest's kit in a folder, with a stand-in for the door, to run programs without a jail."""

    def __init__(self, folder: Path) -> None:
        self.guest = folder / "guest"
        Kit().pack(self.guest)

    @contextmanager
    def door(self, answer: str, refused: str | None = None) -> Iterator[Door]:
        """Open the door."""
        path = self.guest / "door"
        path.unlink(missing_ok=True)
        door = Door(path, answer, refused)
        thread = threading.Thread(target=door.serve)
        thread.start()
        try:
            yield door
        finally:
            door.close()
            thread.join()

    def environment(self, home: Path, *, hooks: bool) -> dict[str, str]:
        """Return what a program in a folder finds, with or without the hooks."""
        found = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        if hooks:
            found |= {"BASH_ENV": str(self.guest / "bash_env"), "PYTHONPATH": str(self.guest)}
        return found

    def start(self, source: Path, home: Path, *, hooks: bool) -> subprocess.Popen[bytes]:
        """Start a program in a folder of its own."""
        home.mkdir()
        name = f"program{source.suffix}"
        shutil.copyfile(source, home / name)
        interpreter = "/bin/bash" if source.suffix == ".sh" else "/usr/bin/python3"
        return subprocess.Popen(
            [interpreter, name], cwd=home, env=self.environment(home, hooks=hooks),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip


SNIPPETS = sorted((Path(recursor.__file__).parents[1] / "tests/guest/snippets").iterdir())
