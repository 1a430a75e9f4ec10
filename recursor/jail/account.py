"""As whom jails run: as the operator, or, when the operator is root, each as a user of its own.

Nothing may ever run as uid 0 inside a jail: it could read /etc/shadow and leave setuid-root files
behind. And programs of one uid could signal and read one another wherever a namespace leaks. So
root gives every jail a uid that no other jail and no user has; a name for it exists only in the
passwd file that the guardian mounts for that one jail.
"""

from __future__ import annotations

import os
import pwd
import random
from dataclasses import dataclass
from pathlib import Path

from recursor.errors import SandboxError
from recursor.jail.guardian import GUEST, GUEST_HOME

_FIRST, _LAST, _BLOCK = 2**30, 2**31 - 2**17, 2**16
"""Far above the uids of people, services and containers, below what a signed number holds."""


@dataclass(frozen=True)
class Account:
    """The user that a jail runs as."""

    name: str
    uid: int
    gid: int
    home: Path
    own: bool
    """Whether no other jail has it."""

    def give(self, path: Path) -> None:
        """Give a file or directory to this user."""
        if self.own:
            os.chown(path, self.uid, self.gid)


class Accounts:
    """The users of one run's jails."""

    def __init__(self) -> None:
        """Raise SandboxError if a normal user's account cannot hold jails."""
        self.own = os.geteuid() == 0
        if self.own:
            # Another run starts elsewhere: two meet once in 16,000 times, and even then two jails
            # would only share what all jails of a normal user share.
            self._next = random.SystemRandom().randrange(_FIRST, _LAST, _BLOCK)
            return
        try:
            entry = pwd.getpwuid(os.geteuid())
        except KeyError:
            raise SandboxError(
                "your user has no entry in /etc/passwd, where firejail looks; add one, or be root"
            ) from None
        home = Path(entry.pw_dir)
        if not home.is_relative_to("/home") or not home.is_dir():
            raise SandboxError(
                f"firejail knows homes in /home alone, and that of {entry.pw_name} is {home};"
                " run as root, or as a user whose home lies there"
            )
        self._shared = Account(entry.pw_name, entry.pw_uid, entry.pw_gid, home, own=False)

    def next(self) -> Account:
        """Return the user of the next jail."""
        if not self.own:
            return self._shared
        uid, self._next = self._next, self._next + 1
        return Account(GUEST, uid, uid, GUEST_HOME, own=True)
