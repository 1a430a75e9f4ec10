"""The guest's kit: the files, commands and settings that every jail of a run finds in it.

The hooks for bash are C, compiled once by the machine's compiler and kept in the user's cache.
Without a compiler the kit has none, and what programs evaluate in bash is not seen.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_cache_path

from recursor.errors import UsageError
from recursor.resources import shipped

COMMANDS = ("query-model", "run-program", "program", "budget", "memory")
HOOKS = "hooks.so"
_FILES = {
    "launcher.py": 0o644,
    "guest/recursor_guest.py": 0o644,
    "guest/commands.py": 0o644,
    "guest/sitecustomize.py": 0o644,
    "guest/bash_env": 0o644,
}
_COMPILE_S = 60


@dataclass(frozen=True)
class Kit:
    """What programs find: part of the experiment."""

    names: Mapping[str, str] = field(default_factory=dict)
    """Other names for commands, by their own."""
    hidden: frozenset[str] = frozenset()
    """Commands that are not there."""
    trace: bool = False
    """Whether bash tells of every command that it executes."""

    def __post_init__(self) -> None:
        shown = [self.name(command) for command in COMMANDS]
        for own, name in self.names.items():
            if own not in COMMANDS:
                raise UsageError(f"there is no command {own!r}; there are: {', '.join(COMMANDS)}")
            if not name.replace("-", "").replace("_", "").isalnum() or shown.count(name) > 1:
                raise UsageError(
                    f"a command cannot be called {name!r}: a name of its own, of letters, digits,"
                    " - and _"
                )

    def name(self, command: str) -> str:
        """Return what a command is called."""
        return self.names.get(command, command)

    @property
    def links(self) -> dict[str, str]:
        """The links in a program's folder, by name."""
        return {self.name(c): f".guest/{c}" for c in COMMANDS if c not in self.hidden}

    def pack(self, folder: Path) -> bool:
        """Make the folder of files that every jail's guest consists of.

        Returns whether the hooks for bash are among them.
        """
        sandbox = shipped("sandbox")
        folder.mkdir(mode=0o755)
        for name, mode in _FILES.items():
            _copy(sandbox / name, folder / Path(name).name, mode)
        for command in COMMANDS:
            _copy(sandbox / "guest" / "command", folder / command, 0o755)
        if self.trace:
            with (folder / "bash_env").open("a", encoding="utf-8") as begins:
                begins.write((sandbox / "guest" / "bash_trace").read_text(encoding="utf-8"))
        return put_hooks(folder / HOOKS)


def put_hooks(target: Path) -> bool:
    """Put the hooks for bash there; return whether this machine has them, or can compile them."""
    source = shipped("sandbox") / "guest" / "hooks.c"
    made_for = source.read_bytes() + Path("/bin/bash").read_bytes()
    digest = hashlib.sha256(made_for).hexdigest()[:16]
    cache = user_cache_path("recursor") / f"hooks-{digest}.so"
    if cache.is_file():
        _copy(cache, target, 0o644)
        return True
    compiler = shutil.which("cc")
    if compiler is None:
        return False
    command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(target), str(source)]
    # Loaded once outside any jail: an unknown bash is not led where it should be, and says so.
    load = ["/bin/bash", "--norc", "-c", f"enable -f {shlex.quote(str(target))} guest"]
    for step in (command, load):
        if not _works(step):
            target.unlink(missing_ok=True)
            return False
    target.chmod(0o644)
    if not Path.home().is_dir():
        return True  # a user without a home has no cache either
    with suppress(OSError):
        cache.parent.mkdir(parents=True, exist_ok=True)
        beside = cache.with_name(f"{cache.name}.{os.getpid()}")
        shutil.copyfile(target, beside)
        beside.replace(cache)
    return True


def _works(command: list[str]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=_COMPILE_S, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _copy(source: Path, target: Path, mode: int) -> None:
    shutil.copyfile(source, target)
    target.chmod(mode)
