"""The command line in a process of its own that need not import it: most of a short command's time.

Each is forked off a server that has imported what commands import, and is from there on what
`python -m recursor` would be. What is to be seen of the start itself is tested without it.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from io import TextIOWrapper
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from recursor import cli

_SERVER = get_context("forkserver")
_SERVER.set_forkserver_preload([
    "pytest", "alembic.command", "alembic.context", "recursor.api", "recursor.runs.start",
    "recursor.runs.replay", "recursor.viewer.report",
    *(f"recursor.cli.{place.partition('.')[0]}" for place in cli._PLACES.values()),
])  # fmt: skip
_SIMPLE = re.compile(r"recursor( [^|<>&;$()`*#]*)?")
"""A command that no shell is needed for."""
_NAMES = ("stdin", "stdout", "stderr")


def shell(command: str, *, cwd: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run what somebody would paste into a shell, by a shell if that takes one."""
    if _SIMPLE.fullmatch(command):
        return recursor(shlex.split(command)[1:], cwd=cwd, env=env)
    return subprocess.run(
        ["bash", "-euc", command], cwd=cwd, env=env, text=True, capture_output=True,
        stdin=subprocess.DEVNULL, timeout=300,
    )  # fmt: skip


def recursor(
    arguments: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    input: str = "",
    errors: str = "strict",
) -> subprocess.CompletedProcess[str]:
    """Run a command as `subprocess.run` does, with what it says as text."""
    with TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in _NAMES]
        for file, text in zip(files, (input, "", ""), strict=True):
            file.write_text(text, encoding="utf-8")
        process = _SERVER.Process(target=_be, args=(list(arguments), str(cwd), dict(env), files))
        process.start()
        try:
            process.join()
        finally:  # a test whose time is over leaves nothing behind
            process.kill()
        assert process.exitcode is not None
        said = (file.read_text(encoding="utf-8", errors=errors) for file in files[1:])
        return subprocess.CompletedProcess(arguments, process.exitcode, *said)


def _be(arguments: list[str], cwd: str, env: dict[str, str], files: list[Path]) -> None:
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    for descriptor, file in enumerate(files):
        os.dup2(os.open(file, os.O_RDWR), descriptor)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    for stream, errors in ((sys.stdout, "surrogateescape"), (sys.stderr, "backslashreplace")):
        assert isinstance(stream, TextIOWrapper)
        stream.reconfigure(encoding="utf-8", errors=errors)
    sys.argv = ["recursor", *arguments]
    cli.main()
