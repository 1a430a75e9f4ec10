"""`recursor planted`: runs whose truth is known."""

from __future__ import annotations

import json
import random
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from recursor import analysis, config
from recursor.cli.options import Db, writing
from recursor.errors import UsageError


class Kind(StrEnum):
    """What is planted."""

    BRANCHING = "branching"
    CLONES = "clones"
    QUINES = "quines"
    MUTATION = "mutation"
    CONVERGENCE = "convergence"
    MOTIFS = "motifs"
    DENIALS = "denials"
    STOPS = "stops"
    MEMORY = "memory"


class Split(StrEnum):
    """Which half of the families is taken."""

    DEV = "dev"
    TEST = "test"


_IN_JAILS = (Kind.MOTIFS, Kind.DENIALS, Kind.STOPS, Kind.MEMORY)


def planted(
    kind: Annotated[
        Kind,
        typer.Option(
            help="What is planted. Motifs, denials, stops and memory are grown in jails; the others"
            " are written as rows, without anything being executed."
        ),
    ],
    seed: Annotated[int, typer.Option(min=0, help="Decides what is planted.")] = 0,
    split: Annotated[
        Split,
        typer.Option(help="Programs that thresholds were chosen with (dev), or the others (test)."),
    ] = Split.DEV,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Write what is true to a file, not to stdout."
        ),
    ] = None,
    db: Db = None,
) -> None:
    """Record a run of which it is known what is in it; print what is true, a JSON object a line.

    What every detector is measured with: the truth is written by what makes the programs.

    Example: `recursor planted --kind clones --seed 1 -o truth.jsonl`
    """
    analysis.check_installed()
    if output is not None and config.is_there(output):
        raise UsageError(f"{output} is there already")
    if output is not None and not config.is_folder(output.parent):
        raise UsageError(f"there is no folder {output.parent}")
    from recursor.planted import branching, clones, mutation, plant, quines, scripts

    if kind in _IN_JAILS:
        made = scripts.grow(scripts.cases(kind, seed, split), seed, config.database_url(db))
    else:
        law, budget = random.Random(seed).choice(sorted(branching.LAWS)), "usual"
        plants = {
            Kind.BRANCHING: lambda: branching.plant(seed, law, budget),
            Kind.CLONES: lambda: clones.plant(seed, split),
            Kind.QUINES: lambda: quines.plant(seed, split),
            Kind.MUTATION: lambda: mutation.plant(seed, split, mutation.RATES[0]),
            Kind.CONVERGENCE: lambda: mutation.converge(seed, split),
        }
        made = plants[kind]()
        with writing(db) as store:
            plant.keep(store, made.recording)
    lines = "".join(json.dumps({"run": made.recording.run.id, **row}) + "\n" for row in made.truth)
    if output is None:
        print(lines, end="")
    else:
        output.write_text(lines, encoding="utf-8")
        print(f"{made.recording.run.id}: {len(made.truth)} facts in {output}")
