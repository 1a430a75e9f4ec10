"""The wall on trial: what one jail proves, and what the attack corpus can do against it.

An attack is a program that tries one thing a contained program must not be able to do, and prints
as its last line whether it was held. Its first comment lines say what it tries, what must happen
instead, and by which control it is known that it would work without the wall. The few that are not
held say so themselves: to whom they are open, and why.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from recursor import loops
from recursor.errors import ConfigError
from recursor.jail.launcher import Jails
from recursor.runs.pool import Pool
from recursor.types import Language, Limits, Program

ATTEMPT_S = 30.0
_LANGUAGES = {".py": Language.PYTHON, ".sh": Language.BASH}


@dataclass(frozen=True)
class Attack:
    """One attack, as its file states it."""

    name: str
    tries: str
    must: str
    control: str
    program: Program
    open: str = ""
    """To whom it is known not to be held, and why."""

    def is_open(self, *, root: bool) -> bool:
        """Return whether it is known not to be held for root, or for a normal user."""
        return self.open.startswith("to everybody" if root else "to ")


class Verdict(StrEnum):
    """What came of an attack."""

    HELD = "held"
    SUCCEEDED = "succeeded"
    BROKEN = "broken"
    """It did not come to a verdict: it proves nothing."""


@dataclass(frozen=True)
class Attempt:
    """An attack and what came of it."""

    attack: Attack
    verdict: Verdict
    evidence: str


def corpus(folder: Path) -> list[Attack]:
    """Read the attacks in a folder, by name. Raises ConfigError for one that does not say what."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.suffix not in _LANGUAGES or not path.name[0].isdigit():
            continue
        text = path.read_text(encoding="utf-8")
        said = dict(re.findall(r"^# (tries|must|control|open): (.+)$", text, re.MULTILINE))
        if set(said) - {"open"} != {"tries", "must", "control"}:
            raise ConfigError(f"{path} does not say what it tries, what must happen, its control")
        program = Program(_LANGUAGES[path.suffix], text)
        found.append(Attack(path.stem, program=program, **said))
    return found


def judge(printed: str) -> tuple[Verdict, str]:
    """Return what an attack's output says."""
    last = (printed.strip().splitlines() or [""])[-1]
    for verdict in (Verdict.HELD, Verdict.SUCCEEDED):
        if last.startswith(verdict.upper()):
            return verdict, last.removeprefix(verdict.upper()).lstrip(": ")
    return Verdict.BROKEN, last


async def examine(limits: Limits) -> dict[str, Any]:
    """Return what one jail proves on this machine; raise SandboxError for the first gap."""
    jails = Jails(limits)
    try:
        pool = Pool(jails, 0)
        async with pool.open():
            return await pool.prove_fully()
    finally:
        await asyncio.to_thread(jails.close)


async def attempt(attacks: Iterable[Attack], limits: Limits, parallel: int) -> list[Attempt]:
    """Run attacks, each in a jail of its own. Raises SandboxError if a jail does not prove itself.

    Nobody serves their doors: what they try is the wall itself.
    """
    places = asyncio.Semaphore(parallel)
    jails = Jails(limits)
    pool = Pool(jails, parallel)

    async def one(attack: Attack) -> Attempt:
        async with places:
            async with pool.cell(parallel) as cell:
                cell.send(attack.program)
                with suppress(TimeoutError):
                    await asyncio.wait_for(cell.jail.wait(), ATTEMPT_S)
            outcome = cell.jail.outcome()
        said = outcome.stdout.data.decode(errors="replace")
        verdict, evidence = judge(said)
        if verdict is Verdict.BROKEN:
            evidence = f"{outcome.end_cause} {outcome.exit_code}: {cell.jail.complaint()[-300:]}"
        return Attempt(attack, verdict, evidence)

    try:
        async with pool.open():
            return await loops.together(map(one, attacks))
    finally:
        await asyncio.to_thread(jails.close)
