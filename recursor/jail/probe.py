"""Proof of isolation: no program is sent into a jail before this says so.

Theory of operation. firejail can fail open: believing that it is already inside a sandbox it warns
and runs the program bare; when a namespace cannot be made, some flags are dropped silently; a
misspelt system call is ignored. So every jail proves itself, each time. Two witnesses must agree:
the launcher inside the jail reports what it sees, and the kernel is asked from outside about the
very process that reported (its pid comes from the socket, not from the report). Once per run a
program of the host's own (`sandbox/probe.py`) also tries what the wall must refuse.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from recursor.errors import SandboxError
from recursor.jail.account import Account
from recursor.types import Limits

KERNEL, WATCHDOG = "kernel", "watchdog"


@dataclass(frozen=True)
class Isolation:
    """What a jail proved."""

    uid: int
    own_uid: bool
    user_namespace: bool
    pid_namespace: bool
    no_capabilities: bool
    no_new_privileges: bool
    seccomp_filters: int
    no_network: bool
    no_host_files: bool
    memory: str
    """What holds the memory of all processes: `cgroup v1`, `cgroup v2` or `watchdog`."""
    processes: str
    """What holds their number: a cgroup, or `rlimit`."""
    disk: str
    """What holds the size of the home: `tmpfs` or `watchdog`."""
    guest: str
    """How the guest's commands lie in the home: as a `read-only mount` or a `folder`."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def prove(
    report: Mapping[str, Any],
    pid: int,
    account: Account,
    limits: Limits,
    groups: Sequence[Path] = (),
    version: str = "",
) -> Isolation:
    """Return what the jail of process `pid` proved; raise SandboxError for the first gap.

    `groups` are the control groups that it must be in, `version` their kind.
    """
    process = Path(f"/proc/{pid}")
    try:
        inside = _fields(str(report["status"]))
        outside = _fields((process / "status").read_text())
        maps = (str(report["uid_map"]), (process / "uid_map").read_text())
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
        _limits((process / "limits").read_text(), limits)
        if groups:
            member = (process / "cgroup").read_text()
            paths = [line.split(":", 2)[2] for line in member.splitlines()]
            for group in groups:
                inside_it = any(str(group).endswith(path) for path in paths if len(path) > 1)
                _prove(inside_it, f"the control group {group}")
        else:
            _prove(report["writable"] == [], f"a read-only {report['writable']}")
        if account.own:
            _mounts((process / "mountinfo").read_text(), account.home)
        return Isolation(
            uid=account.uid,
            own_uid=account.own,
            user_namespace=True,
            pid_namespace=True,
            no_capabilities=True,
            no_new_privileges=True,
            seccomp_filters=int(outside["Seccomp_filters"]),
            no_network=True,
            no_host_files=True,
            memory=version or WATCHDOG,
            processes=version or "rlimit",
            disk="tmpfs" if account.own else WATCHDOG,
            guest="read-only mount" if account.own else "folder",
        )
    except (KeyError, ValueError, IndexError, OSError) as error:
        raise SandboxError(f"a jail did not report its isolation: {error}") from error


def prove_fully(printed: str) -> dict[str, Any]:
    """Return what `sandbox/probe.py` found, tried from inside; raise SandboxError for a gap."""
    try:
        found = json.loads(printed)
        _prove(bool(found["calls"]), "its system call filter on this kind of machine")
        for name, said in found["calls"].items():
            _prove(said == "EPERM", f"that the system call {name} is refused (it said {said})")
        for name, said in found["families"].items():
            _prove(said == "ENOTSUP", f"that sockets of {name} are refused (they said {said})")
        _prove(found["seen"] == [], f"a view without the host's {found['seen'][:3]}")
        _prove(found["shadow"] is False, "that /etc/shadow is out of reach")
        _prove(found["processes"] < 100, "that no process of the host is seen")
        return {"refused": sorted([*found["calls"], *found["families"]])}
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise SandboxError(f"the probe jail did not say what it found: {error}") from error


def _require(status: Mapping[str, str], account: Account) -> None:
    _prove(status["Uid"].split() == [str(account.uid)] * 4, f"the uid {account.uid}")
    for capability in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        _prove(int(status[capability], 16) == 0, f"empty capabilities ({capability})")
    _prove(status["NoNewPrivs"] == "1", "no_new_privs")
    _prove(status["Seccomp"] == "2", "a seccomp filter")


def _limits(text: str, limits: Limits) -> None:
    rows = {line[:26].strip(): line[26:].split() for line in text.splitlines()}
    for name, value in (
        ("Max core file size", 0),
        ("Max processes", limits.processes),
        ("Max file size", limits.disk_bytes),
        ("Max address space", limits.memory_bytes),
    ):
        _prove(rows[name][:2] == [str(value)] * 2, f"its limit {name.lower()} of {value}")


def _mounts(text: str, home: Path) -> None:
    found = {}
    for line in text.splitlines():
        fields, _, kind = line.partition(" - ")
        found[fields.split()[4]] = (fields.split()[5].split(","), kind.split()[0])
    _prove(found[str(home)][1] == "tmpfs", "a home of limited size")
    _prove("ro" in found[f"{home}/.guest"][0], "a read-only mount of the guest's commands")


def _fields(status: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in status.splitlines())
    return {name: value.strip() for name, _, value in pairs}


def _prove(holds: bool, what: str) -> None:
    if not holds:
        raise SandboxError(f"a jail did not prove {what}; nothing was run in it")
