"""`recursor motifs`: which programs do what is talked about, and where their text says so."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

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
from recursor.errors import UsageError
from recursor.programs import safe

if TYPE_CHECKING:
    from recursor.analysis.record import Frames

BARE = "bare"
"""The pack whose runs say how often a motif comes without being shown."""
SHOWN = 200
"""Nodes of one listing: more than that nobody reads."""


def motifs(
    runs: RunRefs = LAST,
    motif: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this motif; may be repeated.")
    ] = None,
    mixed: Mixed = False,
    json_: Json = False,
    db: Db = None,
) -> None:
    """List what programs do: each motif with its nodes and the lines of the program that say so.

    A motif is attempted or effective, and reported only of what the record saw happen. `planted`
    says whether the pack showed it; `base` is its share in the runs of the pack `bare` with the
    same models, if the record has any.

    Example: `recursor motifs last --motif fan-out`
    """
    frames = read_frames(runs, db, mixed=mixed)
    from recursor.analysis import motifs as detectors
    from recursor.analysis.record import plain

    unknown = sorted(set(motif or ()) - set(detectors.MOTIFS))
    if unknown:
        known = ", ".join(detectors.MOTIFS)
        raise UsageError(f"there is no motif {unknown[0]!r}; there are {known}")
    found = detectors.motifs(frames)
    rates = detectors.rates(frames, found, _bare(frames, runs, db))
    if motif:
        found = found[found["motif"].isin(motif)]
        rates = rates[rates["motif"].isin(motif)]
    as_text = detectors.as_text(frames)
    if json_:
        objects = [{**row, "evidence": _evidence(frames, row)} for row in plain(found)]
        about = {**draw.about(frames), "measured_as_text": as_text}
        print_json({**about, "motifs": plain(rates), "found": objects})
        return
    console = draw.console()
    console.print(draw.head(frames), soft_wrap=True)
    console.print(f"{as_text} programs are no code in bash or Python: no motif is looked for there")
    console.print(draw.frame(rates[(rates["attempted"] + rates["effective"]) > 0]))
    shown = plain(found)
    for row in shown[:SHOWN]:
        said = f"{row['node'][-6:]} {row['motif']}, {row['status']}: {row['witness']}"
        console.print(draw.heading(said), soft_wrap=True)
        for number, line in _evidence(frames, row).items():
            console.print(Text(f"{number:>5}  {safe(line)}", "dim"), soft_wrap=True)
    if len(shown) > SHOWN:
        console.print(f"{len(shown) - SHOWN} more; --motif NAME or --json shows them")


def _bare(frames: Frames, runs: list[str], db: str | None) -> Frames | None:
    """Read the runs of the pack `bare` with the same models, from where the runs are."""
    from recursor.analysis import record

    digests = set(frames.runs["model_digest"])
    with ExitStack() as stack:
        store, _ = stack.enter_context(reading_run(runs[0], db))
        bare = [run for run in store.runs() if run.pack == BARE and run.model_digest in digests]
        return record.read(store, bare) if bare else None


def _evidence(frames: Frames, row: dict[str, Any]) -> dict[int, str]:
    """Return the lines of a node's program that say so."""
    lines = str(frames.nodes.set_index("id").loc[row["node"], "program"]).splitlines()
    return {number: lines[number - 1] for number in row["lines"] if number <= len(lines)}
