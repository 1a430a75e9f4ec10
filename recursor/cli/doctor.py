"""`recursor doctor`: what this machine has, what holds a program here, what is missing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from recursor import config
from recursor.cli import draw, requirements
from recursor.cli.options import Json, print_json
from recursor.errors import SandboxError
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
        "requirements": [asdict(each) for each in requirements.check()],
        "user": "root, whose jails are each a user of their own"
        if root
        else "a normal user, who is also the user of the jails",
        "default_model": registry.default(),
        "settings": [*(str(path) for path, _ in config.files()),
                     *sorted(name for name in os.environ if name.startswith("RECURSOR_"))],
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


def _draw_needed(console: Console, needed: Sequence[Mapping[str, Any]]) -> None:
    """Draw what is here; a command that brings what is not has lines of its own, to be copied."""
    rows = [(each["name"], each["found"] or each["lacking"], each["purpose"]) for each in needed]
    console.print(draw.table(("needed", "here", "for"), rows))
    for each in needed:
        if each["found"] is None:
            command = Text(f"    {each['mend']}", "bold")
            console.print(Text(f"\n{each['name']}:"), command, soft_wrap=True, sep="\n")


def _draw(report: dict[str, Any], tried: list[Attempt], open_: list[Attempt]) -> None:
    console = draw.console()
    _draw_needed(console, report["requirements"])
    console.print(f"\nyou are {report['user']}; a run asks {report['default_model']}")
    if report["settings"]:
        console.print(
            f"what no flag says is set in {', '.join(report['settings'])}", soft_wrap=True
        )
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
