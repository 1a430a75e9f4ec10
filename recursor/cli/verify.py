"""`recursor verify`: what of a run would not reproduce on this machine."""

from __future__ import annotations

from typing import Any

from recursor.cli import draw
from recursor.cli.options import Db, Json, RunRef, print_json, reading_run
from recursor.export.document import facts_of
from recursor.programs import safe
from recursor.runs import verify as checking
from recursor.runs.verify import Item, Verdict

_DIGEST = 64


def verify(run: RunRef = "last", json_: Json = False, db: Db = None) -> None:
    """Compare what a run depended on with this machine: model, engine, pack, jail, host.

    No model is loaded. Replaying needs none of it: only what is computed anew may come out
    differently.

    Example: `recursor verify last`
    """
    with reading_run(run, db) as (_, record):
        pass
    with draw.progress().status("comparing"):
        items = list(checking.verify(record))
    if json_:
        facts = {**facts_of(record), "items": [*map(vars, items)]}
        print_json(facts)
        return
    rows = [
        (item.name, str(item.verdict), _short(item.recorded), _short(item.present), item.why)
        for item in items
    ]
    console = draw.console()
    console.print(draw.run_line(record))
    console.print(draw.table(("", "is", "recorded", "here", ""), rows))
    console.print(_conclusion(items), soft_wrap=True, markup=False)


def _short(value: Any) -> object:
    if isinstance(value, dict):
        return f"{len(value)} facts"
    return value[:12] if isinstance(value, str) and len(value) == _DIGEST else value


def _conclusion(items: list[Item]) -> str:
    named = {
        verdict: ", ".join(safe(item.name) for item in items if item.verdict is verdict)
        for verdict in Verdict
    }
    differs, unknown = named[Verdict.DIFFERENT], named[Verdict.UNKNOWN]
    says = f"would not reproduce: {differs}" if differs else "nothing is known to differ"
    return f"{says}; unknown: {unknown}" if unknown else says
