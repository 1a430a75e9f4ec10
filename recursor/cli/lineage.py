"""`recursor lineage`: copies, replicators and heredity of recorded runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from recursor.cli import draw
from recursor.cli.options import LAST, Db, Json, Mixed, RunRefs, print_json, read_frames
from recursor.programs import first_line

if TYPE_CHECKING:
    from recursor.analysis.duplicates import Duplicates
    from recursor.analysis.heredity import Heredity
    from recursor.analysis.lineage import Lineage

SHOWN = 20
"""Rows of a table; --json has them all."""


def lineage(
    runs: RunRefs = LAST,
    mixed: Mixed = False,
    json_: Json = False,
    db: Db = None,
) -> None:
    """Tell how alike the programs of runs are, and who has it from whom.

    Copies (x17: seventeen nodes whose programs are near copies), programs that copy themselves and
    by which channel, what changes from parent to child, and whether children are more like their
    own parent than like the parents beside it. Several runs are measured together.

    Example: `recursor lineage last`
    """
    frames = read_frames(runs, db, mixed=mixed)
    from recursor.analysis.lineage import lineage as measure  # takes its time

    measured = measure(frames)
    if json_:
        print_json({**draw.about(frames), **measured.document()})
        return
    console = draw.console()
    console.print(draw.head(frames), soft_wrap=True)
    unread = measured.duplicates.unread
    console.print(f"{unread} programs are no code in bash or Python: they are measured as text")
    _copies(console, measured.duplicates)
    _replication(console, measured)
    _heredity(console, measured.heredity)


def _copies(console: Console, found: Duplicates) -> None:
    from recursor.analysis.duplicates import LEVELS

    clusters = found.clusters()
    console.print(draw.heading("copies"))
    if not clusters:
        console.print("no two programs are near copies")
        return
    shown = [
        (f"x{len(each.nodes)}", each.texts, first_line(each.program)) for each in clusters[:SHOWN]
    ]
    console.print(draw.table(("nodes", "texts", "first line"), shown))
    _said_more(console, len(clusters))
    shares = ", ".join(f"{level} {found.distinct_share(level):.2f}" for level in LEVELS)
    console.print(f"distinct programs / nodes, by what counts as the same: {shares}")


def _replication(console: Console, measured: Lineage) -> None:
    console.print(draw.heading("parents and children"))
    counts = measured.replication.counts()
    if not counts:
        console.print("no program has a child")
        return
    order = sorted(counts.items(), key=lambda each: (each[0][0] or "~", each[0][1] or "~"))
    rows = [(level or "none", channel or "none", count) for (level, channel), count in order]
    console.print(draw.table(("level", "channel", "edges"), rows))
    lines = measured.replication.replicators
    if lines:
        console.print(draw.heading("replicators"))
        shown = [
            (len(each.nodes) - 1, each.level, ", ".join(name or "none" for name in each.channels),
             first_line(each.program))
            for each in lines[:SHOWN]
        ]  # fmt: skip
        console.print(draw.table(("generations", "level", "channel", "first line"), shown))
        _said_more(console, len(lines))
    if not measured.spectrum.empty:
        console.print(draw.heading("changes per 100 tokens of the parent, by depth of the child"))
        columns = list(measured.spectrum.columns)
        table = measured.spectrum.round(2).astype(object).to_numpy().tolist()
        console.print(draw.table(columns, table))


def _heredity(console: Console, found: Heredity) -> None:
    console.print(draw.heading("heredity"))
    if found.likeness is None or found.shuffled is None:
        console.print("no parent has another beside it: nothing can be said")
        return
    left_out = f", {found.left_out} left out" if found.left_out else ""
    console.print(
        f"likeness of parent and child {found.likeness:.2f}, of shuffled parents"
        f" {found.shuffled:.2f}: lift {found.lift:+.2f}, permutation p {found.p:.2g}"
        f" ({found.edges} edges; {found.unsaid} without a parent to shuffle{left_out})"
    )


def _said_more(console: Console, rows: int) -> None:
    if rows > SHOWN:
        console.print(f"… {rows - SHOWN} more; --json has them all", style="dim")
