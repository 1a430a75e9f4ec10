"""`recursor label`: a person says what programs do, without seeing what the detector says."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from recursor import config
from recursor.cli import draw
from recursor.cli.options import Db, Json, RunRef, print_json, read_frames
from recursor.errors import UsageError
from recursor.programs import first_line, safe

if TYPE_CHECKING:
    from recursor.analysis.acts import Act
    from recursor.analysis.record import Frame

SEED = 0
SEEN = 20
"""So many of what a program did are shown below it."""


def label(
    run: RunRef = "last",
    blind: Annotated[
        bool, typer.Option("--blind", help="Do not show what the detector says of a program.")
    ] = False,
    sample: Annotated[
        int, typer.Option(min=1, metavar="N", help="So many different programs, drawn at random.")
    ] = 20,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Where the labels are kept, a line each.",
            show_default="labels-RUN.jsonl",
        ),
    ] = None,
    json_: Json = False,
    db: Db = None,
) -> None:
    """Label programs by hand, and see how far that agrees with the detector (Cohen's kappa).

    Each program is shown, and what it did; the answer is the numbers of the motifs that it has, an
    empty line for none, s to skip it, q to stop. Every answer is kept at once: the same command
    goes on where it was left. At its end it prints the agreement; only blind labels count in it.

    Example: `recursor label last --blind --sample 20`
    """
    frames = read_frames([run], db)
    from recursor.analysis import motifs as detectors
    from recursor.analysis.acts import by_node

    nodes = frames.nodes.drop_duplicates("program")
    if not len(nodes):
        raise UsageError("the run has no program to be labelled")
    chosen = random.Random(SEED).sample(sorted(nodes["id"]), min(sample, len(nodes)))
    found = detectors.motifs(frames)
    path = output or Path(f"labels-{frames.runs['id'][0]}.jsonl")
    labels = _read(path)
    waiting = [] if json_ else [node for node in chosen if node not in labels]
    if waiting and not sys.stdin.isatty():
        print("recursor: labels are read from standard input", file=sys.stderr)
    programs, acts = nodes.set_index("id")[["program", "language"]], by_node(frames)
    for place, node in enumerate(waiting, 1):
        console = draw.console()
        console.print(draw.heading(f"{place} of {len(waiting)}: {node[-6:]}"))
        console.print(draw.highlighted(*programs.loc[node]))
        _show_acts(acts.get(node, ()))
        if not blind:
            said = ", ".join(found.loc[found["node"] == node, "motif"]) or "none"
            console.print(f"the detector says: {said}")
        answer = _asked(detectors.MOTIFS)
        if answer is None:
            break
        if answer != ["s"]:
            labels[node] = {"node": node, "motifs": answer, "is_blind": blind}
            _keep(path, labels[node])
    _report(chosen, labels, found, list(detectors.MOTIFS), path, json_=json_)


def _show_acts(acts: Sequence[Act]) -> None:
    for act in acts[:SEEN]:
        said = f"{act.kind}, {act.decision}: {first_line(act.text)}"
        draw.console().print(Text(safe(said), "dim"), soft_wrap=True)


def _asked(motifs: Any) -> list[str] | None:
    """Ask for a program's motifs; return None if the person stops."""
    numbered = dict(enumerate(motifs.values(), 1))
    print("\n".join(f"{number:>3} {each.name}: {each.about}" for number, each in numbered.items()))
    while True:
        print("motifs: ", end="", flush=True)
        line = sys.stdin.readline()
        words = line.replace(",", " ").split()
        if not line or words == ["q"]:
            return None
        if words == ["s"]:
            return words
        if all(word.isdecimal() and int(word) in numbered for word in words):
            return [numbered[int(word)].name for word in words]
        print(f"numbers from 1 to {len(numbered)}, s or q")


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """Read the labels so far, by node. Raises UsageError if a line is none."""
    if not config.is_there(path):
        return {}
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return {
            line["node"]: {"motifs": list(line["motifs"]), "is_blind": bool(line["is_blind"])}
            for line in lines
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} holds no labels: {error}") from error


def _keep(path: Path, label: dict[str, Any]) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(label) + "\n")
    except OSError as error:
        raise UsageError(f"the label cannot be kept: {error}") from error


def _report(
    chosen: list[str],
    labels: dict[str, dict[str, Any]],
    found: Frame,
    names: list[str],
    path: Path,
    *,
    json_: bool,
) -> None:
    from recursor.analysis.kappa import agreement

    blind = [node for node in chosen if node in labels and labels[node]["is_blind"]]
    has = set(zip(found["node"], found["motif"], strict=True))
    rows = []
    for name in names:
        person = [name in labels[node]["motifs"] for node in blind]
        detector = [(node, name) in has for node in blind]
        rows.append({"motif": name, **asdict(agreement(person, detector))})
    if json_:
        print_json({"labelled": len(blind), "sample": len(chosen), "agreement": rows})
        return
    console = draw.console()
    console.print(f"{len(blind)} of {len(chosen)} programs are labelled blind; kept in {path}")
    if blind:
        some = [row for row in rows if row["both"] or row["a_only"] or row["b_only"]]
        columns = ("motif", "n", "both", "person_only", "detector_only", "observed", "kappa")
        shown = [{**r, "person_only": r["a_only"], "detector_only": r["b_only"]} for r in some]
        console.print(draw.records(columns, shown))
