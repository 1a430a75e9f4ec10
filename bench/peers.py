"""What a jail is compared with: a plain process, bubblewrap, firejail with a run's own flags."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from recursor.jail import guardian, profile
from recursor.jail.account import Accounts
from recursor.types import Limits

TRUE = ["/bin/bash", "-c", "true"]
_VIEW = [
    word
    for path in ("/usr", "/bin", "/lib", "/lib64", "/etc")
    for word in ("--ro-bind-try", path, path)
]
_BWRAP = ["bwrap", "--unshare-all", "--die-with-parent", "--proc", "/proc", "--dev", "/dev"]


class Peers:
    """Runs the same trivial program in each of them."""

    def __init__(self) -> None:
        self.kinds = ["plain", *(["bubblewrap"] if shutil.which("bwrap") else []), "firejail"]
        self._account = Accounts().next()
        self._scratch = Path(tempfile.mkdtemp(dir="/tmp"))
        self._scratch.chmod(0o711)
        self._profile = self._scratch / "jail.profile"
        self._profile.write_text(profile.text(Limits(), bounded=True))
        self._profile.chmod(0o644)
        self._numbers = itertools.count()

    async def run(self, kind: str) -> None:
        """Run it once."""
        command, options = TRUE, {}
        if kind == "bubblewrap":
            command = [*_BWRAP, *_VIEW, *TRUE]
        elif kind == "firejail":
            command, options = self._firejail()
        child = await asyncio.create_subprocess_exec(
            *command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/",
            env={"PATH": "/usr/bin:/bin", "HOME": str(self._account.home)}, **options,
        )  # fmt: skip
        if await child.wait():
            raise SystemExit(f"{command[0]} failed")

    def close(self) -> None:
        guardian.remove(self._scratch)

    def _firejail(self) -> tuple[list[str], dict[str, Any]]:
        private = self._scratch / str(next(self._numbers))
        private.mkdir(mode=0o700)
        self._account.give(private)
        command = profile.command(profile.firejail(), self._profile, private, TRUE)
        if not self._account.own:
            return command, {}
        # Root's jails need the user that only exists in a mount namespace.
        guest = str(private.with_suffix(".guest"))
        ward = guardian.Ward({"home": str(private), "guest": guest, "own": None, "groups": []})
        uid = self._account.uid
        return command, {"preexec_fn": lambda: guardian._become_guest(ward, uid)}
