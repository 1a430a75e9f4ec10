"""Every attack of the corpus, in real jails; and the controls, which show that each would work.

An attack is a file beside this one whose name begins with a number; `recursor.runs.attacks` says
what is in it. A control that does not succeed makes its attack worthless, so it fails here too.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from recursor.jail import probe, profile
from recursor.runs import attacks
from recursor.runs.attacks import Attack, Verdict
from recursor.types import Limits

pytestmark = pytest.mark.jail

CORPUS = {attack.name: attack for attack in attacks.corpus(Path(__file__).parent)}
CORES = len(os.sched_getaffinity(0))


def having(control: str) -> list[str]:
    return [name for name, attack in CORPUS.items() if attack.control.startswith(control)]


def attempted(chosen: Iterable[Attack]) -> dict[str, attacks.Attempt]:
    made = asyncio.run(attacks.attempt(chosen, Limits(), CORES))
    return {attempt.attack.name: attempt for attempt in made}


@pytest.fixture(scope="session")
def attempts() -> dict[str, attacks.Attempt]:
    return attempted(CORPUS.values())


@pytest.mark.parametrize("name", CORPUS)
def test_it_is_held(attempts: dict[str, attacks.Attempt], name: str) -> None:
    attempt = attempts[name]
    if attempt.attack.is_open(root=os.geteuid() == 0):
        assert attempt.verdict is not Verdict.BROKEN, attempt.evidence
        return
    assert attempt.verdict is Verdict.HELD, f"{attempt.attack.tries}: {attempt.evidence}"


def without(line: str) -> list[str]:
    """The lines that a control takes away."""
    return [part.strip() for part in line.removeprefix("without").split(";")]


@pytest.fixture(scope="session")
def open_attempts() -> dict[str, attacks.Attempt]:
    """Each attack whose control is a line of the profile, in a jail without it and unproven."""
    groups: defaultdict[str, list[Attack]] = defaultdict(list)
    for name in having("without"):
        groups[CORPUS[name].control].append(CORPUS[name])
    made: dict[str, attacks.Attempt] = {}
    with pytest.MonkeyPatch.context() as patch:
        real = profile.text
        patch.setattr(probe, "prove", unproven)
        for control, group in groups.items():
            lines = without(control)

            def text(*a: object, lines: list[str] = lines, **k: object) -> str:
                kept = real(*a, **k).splitlines()  # type: ignore[arg-type]
                for line in lines:
                    kept.remove(next(found for found in kept if same(found, line)))
                return "\n".join(kept) + "\n"

            patch.setattr(profile, "text", text)
            made |= attempted(group)
    return made


def same(found: str, line: str) -> bool:
    """Compare two lines of a profile; the value of a limit is the run's, `...` stands for any."""
    any_value = line.startswith("rlimit-") or line.endswith(" ...")
    return found == line or (any_value and found.split()[:1] == line.split()[:1])


def unproven(*_: object) -> probe.Isolation:
    facts = dict.fromkeys(probe.Isolation.__dataclass_fields__, False)
    return probe.Isolation(**facts)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", having("without"))
def test_it_succeeds_without_the_measure(
    open_attempts: dict[str, attacks.Attempt], name: str
) -> None:
    attempt = open_attempts[name]
    assert attempt.verdict is Verdict.SUCCEEDED, f"the control failed: {attempt.evidence}"


# What root tries for a control it tries on nobody: its mounts and processes are its own, and some
# sleeping processes, and a shell with a file open, stand for the others.
OTHERS = 'for i in 1 2 3 4 5 6 7 8; do sleep 60 & done; sh -c "$NEAR" "$@"; exit'
NEAR = 'exec 9</etc/passwd; "$0" "$@"; exit'
APART = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]


def outside(attack: Attack, user: str | None) -> str:
    """Run an attack as a plain process; return what it says."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        file = folder / ("attack.py" if attack.program.language == "python" else "attack.sh")
        file.write_text(attack.program.text)
        interpreter = "/usr/bin/python3" if file.suffix == ".py" else "/bin/bash"
        entry = pwd.getpwnam(user) if user else None
        if entry is not None:
            os.chown(folder, entry.pw_uid, entry.pw_gid)
        who = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []} if entry else {}
        apart = [*APART, "sh", "-c", OTHERS, "sh"] if entry is None and os.geteuid() == 0 else []
        ran = subprocess.run(
            [*apart, interpreter, file], cwd=folder, capture_output=True, text=True, timeout=60,
            stdin=subprocess.DEVNULL, env={**os.environ, "HOME": str(folder), "NEAR": NEAR},
            **who,  # type: ignore[call-overload]
        )  # fmt: skip
        return str(ran.stdout + ran.stderr)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def as_root(attack: Attack) -> bool:
    return attack.control.startswith("outside as root")


@pytest.mark.parametrize("name", [n for n in having("outside") if not as_root(CORPUS[n])])
def test_it_succeeds_outside(name: str) -> None:
    user = "recursor-test" if os.geteuid() == 0 else None
    said = outside(CORPUS[name], user)
    assert "SUCCEEDED" in said, f"the control failed: {said}"


@pytest.mark.root
@pytest.mark.parametrize("name", having("outside as root"))
def test_it_succeeds_outside_as_root(name: str) -> None:
    said = outside(CORPUS[name], None)
    assert "SUCCEEDED" in said, f"the control failed: {said}"


def test_a_control_that_is_not_possible_says_why() -> None:
    reasons = [CORPUS[name].control for name in having("none")]
    assert all(len(reason) > len("none, because") for reason in reasons)
    known = len(having("outside")) + len(having("without")) + len(reasons)
    assert known == len(CORPUS)


def test_an_attack_that_comes_to_no_verdict_is_broken() -> None:
    assert attacks.judge("")[0] is Verdict.BROKEN
    assert attacks.judge("HELD\nTraceback")[0] is Verdict.BROKEN
    assert attacks.judge("x\nHELD: EPERM\n") == (Verdict.HELD, "EPERM")
