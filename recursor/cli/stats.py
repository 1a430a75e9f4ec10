"""`recursor stats`: what runs did, in numbers."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recursor.analysis.summary import COUNTS, summary
from recursor.cli import draw
from recursor.cli.options import (
    LAST,
    Db,
    Json,
    Mixed,
    RunRefs,
    print_json,
    read_frames,
    reading_run,
)
from recursor.export.document import facts_of
from recursor.records import RunRecord

if TYPE_CHECKING:
    from recursor.analysis.record import Frame, Frames


SHOWN_INSTANTS = 10


class By(StrEnum):
    """What nodes or runs are told apart by."""

    DEPTH = "depth"
    LANGUAGE = "language"
    END_CAUSE = "end_cause"
    CONDITION = "condition"


def stats(
    runs: RunRefs = LAST,
    by: Annotated[
        By | None,
        typer.Option(
            help="Tell nodes apart by depth (branching: spawn attempts a node, with 95% interval),"
            " language or end cause; or runs by their experiment's condition."
        ),
    ] = None,
    measures: Annotated[
        bool,
        typer.Option(
            "--measures",
            help="Measure the tree: branching, survival, shape against chance, flow of"
            " information, population over time.",
        ),
    ] = False,
    mixed: Mixed = False,
    json_: Json = False,
    db: Db = None,
) -> None:
    """Count what runs did: nodes and queries by depth, tokens, denials, end causes, times.

    --by and --measures take all the runs together; they need the extra `analysis`.

    Example: `recursor stats last --by depth`
    """
    if by is not None or measures:
        _measured(runs, by, measures=measures, mixed=mixed, json_=json_, db=db)
        return
    found: list[tuple[RunRecord, dict[str, Any]]] = []
    for reference in runs:
        with reading_run(reference, db) as (store, record):
            found.append((record, summary(store, record)))
    if json_:
        objects = [{**facts_of(record), "stats": facts} for record, facts in found]
        print_json(objects[0] if len(objects) == 1 else {"runs": objects})
    elif len(found) == 1:
        _print_one(*found[0])
    else:
        columns = (
            "run",
            "model",
            "seed",
            "goal",
            "end_cause",
            "depth",
            *COUNTS,
            "refused",
            "wall_s",
        )
        rows = [
            {**facts, "run": record.id, "model": record.model_label, "seed": record.seed,
             "goal": record.goal, "end_cause": record.end_cause}
            for record, facts in found
        ]  # fmt: skip
        draw.console().print(draw.records(columns, rows))


def _print_one(record: RunRecord, facts: dict[str, Any]) -> None:
    console = draw.console()
    console.print(draw.run_line(record))
    console.print(draw.totals(record, facts))
    simple = [(name, value) for name, value in facts.items() if not isinstance(value, dict | list)]
    console.print(draw.table(("measure", "value"), simple))
    profile = [(row["depth"], row["nodes"], row["queries"]) for row in facts["depths"]]
    console.print(draw.table(("depth", "nodes", "queries"), profile))
    for name in ("denials", "end_causes", "links"):
        if facts[name]:
            console.print(draw.table((name, "count"), list(facts[name].items())))


def _measured(
    runs: list[str], by: By | None, *, measures: bool, mixed: bool, json_: bool, db: str | None
) -> None:
    frames = read_frames(runs, db, mixed=mixed)
    tables: dict[str, Frame] = {}
    if by is not None:
        tables |= _by(frames, by)
    if measures:
        tables |= _of_the_tree(frames)
    if json_:
        from recursor.analysis.record import plain

        found = {name.replace(" ", "_"): plain(table) for name, table in tables.items()}
        print_json({**draw.about(frames), **found})
        return
    console = draw.console()
    console.print(draw.head(frames), soft_wrap=True)
    for name, table in tables.items():
        console.print(draw.heading(name))
        console.print(draw.frame(table) if len(table) else "nothing to be told")


def _by(frames: Frames, by: By) -> dict[str, Frame]:
    from recursor.analysis import branching, groups

    if by is By.DEPTH:
        return {"branching": branching.by_depth(frames), "survival": branching.survival(frames)}
    if by is By.CONDITION:
        return {"by condition": groups.runs_by_condition(frames)}
    return {f"by {by}": groups.nodes_by(frames, by)}


def _of_the_tree(frames: Frames) -> dict[str, Frame]:
    from recursor.analysis import branching, flow, populations, shape

    return {
        "branching": branching.by_depth(frames),
        "survival": branching.survival(frames),
        "extinction": branching.extinction(frames),
        "shape against chance": shape.against_chance(frames),
        "information flow": flow.flow(frames).summary(),
        "population over time": populations.over_time(frames, instants=SHOWN_INSTANTS),
    }
