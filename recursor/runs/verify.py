"""What of a run would not be the same on this machine, and how that is known.

Nothing is run but one jail, to see what isolation it obtains; no model is loaded or fetched.
Whatever cannot be compared is unknown, and says why.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from recursor import loops, prompts
from recursor.errors import ModelError, RecursorError
from recursor.jail import kit, probe, profile
from recursor.models import registry
from recursor.models.llama import verdicts
from recursor.records import RunRecord
from recursor.runs import attacks, record
from recursor.types import Limits
from recursor.version import __version__


class Verdict(StrEnum):
    """Whether something is as it was."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Item:
    """One thing that a run depended on."""

    name: str
    verdict: Verdict
    recorded: Any
    present: Any
    why: str | None = None
    """Why it is unknown, or in what it differs."""


def verify(run: RunRecord) -> Iterator[Item]:
    """Compare what a run depended on with what is here."""
    yield from _model("model", run.model, run.model_digest, run.engine, run.inference)
    for name, model in run.models.items():
        if model["spec"] != run.model:
            facts = (model[fact] for fact in ("spec", "digest", "engine", "inference"))
            yield from _model(f"model {name}", *facts)
    yield _compare("pack", run.pack_digest, lambda: prompts.load(run.pack).digest)
    yield _compare("code", run.code_version, lambda: __version__)
    yield _profile(run)
    yield _compare("guest: hooks", run.guest.get("hooks"), _hooks)
    names = run.guest.get("names", {})
    yield _compare("guest: names", names, lambda: dict(kit.Kit(names).names))
    yield _isolation(run)
    here = record.host()
    for name in {**here, **run.host}:
        yield _compare(f"host: {name}", run.host.get(name), partial(here.get, name))


def _compare(name: str, recorded: Any, present: Callable[[], Any]) -> Item:
    try:
        found = present()
    except (RecursorError, OSError, TypeError, ValueError) as error:
        return Item(name, Verdict.UNKNOWN, recorded, None, str(error))
    for value, why in ((recorded, "it was not recorded"), (found, "it is not here")):
        if value is None:
            return Item(name, Verdict.UNKNOWN, recorded, found, why)
    verdict = Verdict.SAME if recorded == found else Verdict.DIFFERENT
    return Item(name, verdict, recorded, found)


def _model(
    name: str, spec: str, digest: str, engine: str, inference: Mapping[str, Any]
) -> Iterator[Item]:
    weights = _compare(name, digest, lambda: registry.digest_of(spec))
    yield weights
    yield _compare(f"{name}: engine", engine, lambda: registry.engine_of(spec)[0])
    if mode := inference.get("mode"):
        yield _compare(f"{name}: mode", mode, lambda: registry.engine_of(spec)[1])
        yield _compare(
            f"{name}: mode holds",
            _holds(inference.get("check")),
            lambda: _holds_here(spec, digest, mode),
        )


def _holds(check: Mapping[str, Any] | None) -> bool | None:
    return None if check is None else check["same"] == check["of"]


def _holds_here(spec: str, digest: str, mode: str) -> bool:
    found = verdicts.find(digest, registry.engine_of(spec)[0], mode)
    if found is None:
        raise ModelError(f"nobody looked; `recursor models check {spec}` does")
    return bool(found["same"] == found["of"])


def _profile(run: RunRecord) -> Item:
    bounded = run.isolation.get("memory") != probe.WATCHDOG
    item = _compare(
        "jail profile",
        run.profile,
        lambda: profile.text(Limits(**run.budget), bounded=bounded),
    )
    if item.verdict is Verdict.UNKNOWN:
        return item
    then, now = (set(text.splitlines()) for text in (item.recorded, item.present))
    return replace(
        item,
        recorded=_digest(item.recorded),
        present=_digest(item.present),
        why=", ".join(sorted(then ^ now)) or None,
    )


def _isolation(run: RunRecord) -> Item:
    recorded = _lasting(run.isolation) or None
    item = _compare("isolation", recorded, lambda: _lasting(loops.run(attacks.examine(Limits()))))
    if item.verdict is not Verdict.DIFFERENT:
        return item
    names = sorted({**item.recorded, **item.present})
    differ = [name for name in names if item.recorded.get(name) != item.present.get(name)]
    return replace(item, why=", ".join(differ))


def _lasting(isolation: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the uid: no two jails of root's have the same."""
    return {name: value for name, value in isolation.items() if name != "uid"}


def _hooks() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        return record.hooked(kit.put_hooks(Path(folder, kit.HOOKS)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
