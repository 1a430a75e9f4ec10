"""Proof of isolation: no program is sent into a jail before this says so.

Theory of operation. firejail can fail open: believing that it is already inside a sandbox it warns
and runs the program bare; when a namespace cannot be made, some flags are dropped silently. So
every jail proves itself, each time. Two witnesses must agree: the launcher inside the jail reports
what it sees, and the kernel is asked from outside about the very process that reported (its pid
comes from the socket, not from the report).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from recursor.errors import SandboxError
from recursor.jail.account import Account


@dataclass(frozen=True)
class Isolation:
    """What a jail proved."""

    uid: int
    user_namespace: bool
    pid_namespace: bool
    no_capabilities: bool
    no_new_privileges: bool
    seccomp_filters: int
    no_network: bool
    no_host_files: bool

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def prove(report: Mapping[str, Any], pid: int, account: Account) -> Isolation:
    """Return what the jail of process `pid` proved; raise SandboxError for the first gap."""
    try:
        inside = _fields(str(report["status"]))
        outside = _fields(Path(f"/proc/{pid}/status").read_text())
        maps = (str(report["uid_map"]), Path(f"/proc/{pid}/uid_map").read_text())
        for view in (inside, outside):
            _require(view, account)
        namespaces = outside["NSpid"].split()
        alone = len(namespaces) > 1 and inside["NSpid"].split() == namespaces[1:]
        expected = [[str(account.uid), str(account.uid), "1"]]
        mapped = all([line.split() for line in text.splitlines()] == expected for text in maps)
        _prove(alone, "a pid namespace of its own")
        _prove(mapped, "a user namespace without root (noroot)")
        _prove(report["interfaces"] == ["lo"], "an empty network namespace")
        _prove(report["internet_sockets"] is False, "the ban on internet sockets (protocol unix)")
        _prove(report["visible"] == [], f"a view without the host's {report['visible']}")
        return Isolation(
            uid=account.uid,
            user_namespace=True,
            pid_namespace=True,
            no_capabilities=True,
            no_new_privileges=True,
            seccomp_filters=int(outside["Seccomp_filters"]),
            no_network=True,
            no_host_files=True,
        )
    except (KeyError, ValueError, OSError) as error:
        raise SandboxError(f"a jail did not report its isolation: {error}") from error


def _require(status: Mapping[str, str], account: Account) -> None:
    _prove(status["Uid"].split() == [str(account.uid)] * 4, f"the uid {account.uid}")
    for capability in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        _prove(int(status[capability], 16) == 0, f"empty capabilities ({capability})")
    _prove(status["NoNewPrivs"] == "1", "no_new_privs")
    _prove(status["Seccomp"] == "2", "a seccomp filter")


def _fields(status: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in status.splitlines())
    return {name: value.strip() for name, _, value in pairs}


def _prove(holds: bool, what: str) -> None:
    if not holds:
        raise SandboxError(f"a jail did not prove {what}; nothing was run in it")
