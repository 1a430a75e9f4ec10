"""As whom jails run: as the operator, or, when the operator is root, as a system user.

Nothing may ever run as uid 0 inside a jail (it could read /etc/shadow and leave setuid-root files
behind), so root needs the user that the set-up makes.
"""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recursor.errors import SandboxError

JAIL_USER = "recursor-jail-0"


@dataclass(frozen=True)
class Account:
    """The user that owns a run's jails."""

    name: str
    uid: int
    gid: int
    home: Path
    drops: bool
    """Whether the launcher must become this user."""

    def own(self, path: Path) -> None:
        """Give a file or directory to this user."""
        if self.drops:
            os.chown(path, self.uid, self.gid)

    def process(self) -> dict[str, Any]:
        """Arguments of `subprocess.Popen` that make a child run as this user."""
        if not self.drops:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def current() -> Account:
    """Return the account for this process; raise SandboxError if root has no jail user."""
    drops = os.geteuid() == 0
    try:
        entry = pwd.getpwnam(JAIL_USER) if drops else pwd.getpwuid(os.geteuid())
    except KeyError:
        if drops:
            raise SandboxError(
                f"root needs the system user {JAIL_USER} to run jails as; run: make jail-user"
            ) from None
        raise SandboxError("the user that runs Recursor has no entry in /etc/passwd") from None
    home = Path(entry.pw_dir)
    if not home.is_relative_to("/home") or not home.is_dir():
        raise SandboxError(f"the home of {entry.pw_name} must lie under /home; it is {home}")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, home, drops)
