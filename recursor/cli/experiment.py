"""`recursor experiment` and `recursor compare`: from a plan to a result."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recursor import api, config
from recursor.analysis.measures import ENOUGH_RUNS
from recursor.cli import completion, draw
from recursor.cli.options import (
    Db,
    DefaultGroup,
    DisplayChoice,
    Json,
    Mixed,
    duration,
    print_json,
    where,
)
from recursor.cli.progress import shown
from recursor.errors import UsageError
from recursor.experiments import expand
from recursor.experiments.plan import Declared, Plan
from recursor.experiments.plan import shown as shown_value
from recursor.programs import safe

if TYPE_CHECKING:
    from recursor.experiments.probe import Probe
    from recursor.experiments.results import Count, Experiment


class _RunByDefault(DefaultGroup):
    default = "run"


app = typer.Typer(
    name="experiment",
    cls=_RunByDefault,
    no_args_is_help=True,
    add_completion=False,
    help="Many runs with a plan: factors x goals x seeds.\n\n"
    "`recursor experiment FILE.toml` carries a plan out.\n\n"
    "Example: `recursor experiment pack-ladder`",
)

File = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        autocompletion=completion.plans,
        help="A plan: a .toml file, or the name of one that ships.",
    ),
]
AtOnce = Annotated[
    int | None, typer.Option(min=1, help="Runs that grow at a time.", show_default="two a core")
]
Display = Annotated[DisplayChoice, typer.Option(help="How the progress is shown on stderr.")]
Reference = Annotated[
    str,
    typer.Argument(
        metavar="EXPERIMENT",
        autocompletion=completion.experiments,
        help="An experiment: its name, its id, or `last`.",
    ),
]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]


@app.command()
def run(
    file: File,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with it if it began.")] = False,
    executor: Annotated[
        str, typer.Option(metavar="local|dask://HOST:PORT", help="Where its runs grow.")
    ] = "local",
    at_once: AtOnce = None,
    display: Display = DisplayChoice.AUTO,
    json_: Json = False,
    db: Db = None,
) -> None:
    """Carry a plan out, and print what its measures say.

    The plan is recorded before the first run. Ctrl-C loses the runs under way; --resume goes on.

    Example: `recursor experiment pack-ladder --at-once 2`
    """
    path = expand.path_of(file)
    try:
        with shown(display) as watch:
            experiment = api.experiment(
                path, db=db, resume=resume, executor=executor, at_once=at_once, watch=watch
            )
    except KeyboardInterrupt:
        onward = f"recursor experiment {shlex.quote(file)} --resume{where(config.database_url(db))}"
        print(f"recursor: interrupted; `{onward}` goes on", file=sys.stderr)
        raise typer.Exit(130) from None
    _show(experiment, json_=json_, mixed=False)


@app.command()
def plan(
    file: File,
    probe_time: Annotated[
        float, typer.Option(parser=duration, metavar="TIME", help="How long the probe may take.")
    ] = "1m",  # type: ignore[assignment]
    no_probe: Annotated[bool, typer.Option("--no-probe", help="Show the grid alone.")] = False,
    at_once: AtOnce = None,
    display: Display = DisplayChoice.AUTO,
    json_: Json = False,
) -> None:
    """Show a plan's grid; and what it will cost, and find, as a short probe foretells.

    The probe's runs are grown on this machine, and not kept.

    Example: `recursor experiment plan pack-ladder --probe-time 2m`
    """
    path = expand.path_of(file)
    planned = expand.load(path)
    facts = _grid(planned)
    if not no_probe:
        with shown(display) as watch:
            facts |= _foretold(api.probe(path, seconds=probe_time, at_once=at_once, watch=watch))
    if json_:
        print_json(facts)
        return
    console = draw.console()
    console.print(draw.heading(f"{planned.name}: {planned.question or 'a plan'}"), soft_wrap=True)
    console.print(draw.table(("", "condition"), list(enumerate(facts["conditions"], 1))))
    console.print(draw.heading("declared comparisons"))
    compared = ("factor", "levels", "measures", "detect")
    console.print(draw.table(compared, [_declared(planned, each) for each in planned.comparisons]))
    console.print(draw.heading("cost"))
    console.print(_said_of(facts), soft_wrap=True)
    if powers := facts.get("power"):
        console.print(draw.heading("power"))
        console.print(_powers(powers))
    for line in _warnings(planned):
        print(f"recursor: {line}", file=sys.stderr)


@app.command()
def show(
    experiment: Reference = "last",
    mixed: Mixed = False,
    csv: Csv = False,
    json_: Json = False,
    db: Db = None,
) -> None:
    """Print each declared measure in each condition: runs, estimate, 95% interval.

    With --csv the runs themselves, a row each.

    Example: `recursor experiment show pack-ladder --csv > runs.csv`
    """
    found = api.recorded_experiment(experiment, db=db)
    if csv:
        print(found.runs_df().to_csv(index=False), end="")
        return
    _show(found, json_=json_, mixed=mixed)


@app.command("list")
def list_(json_: Json = False, db: Db = None) -> None:
    """List the recorded experiments, and the plans that ship.

    Example: `recursor experiment list`
    """
    ready = expand.questions()
    rows = [_summary(each, each.count()) for each in api.recorded_experiments(db)]
    if json_:
        ships = [{"name": name, "question": question} for name, question in ready.items()]
        out = {"experiments": rows, "ready": ships}
        print_json(out)
        return
    console = draw.console()
    if rows:
        console.print(draw.table(tuple(rows[0]), [tuple(row.values()) for row in rows]))
    console.print(draw.heading("plans that ship"))
    console.print(draw.table(("plan", "question"), list(ready.items())))


def compare(
    experiment: Reference = "last",
    mixed: Mixed = False,
    csv: Csv = False,
    json_: Json = False,
    db: Db = None,
) -> None:
    """Compare conditions as it was declared: paired by goal and seed, corrected together.

    difference: of means over complete pairs, b - a, with its 95% interval; p: of a paired
    permutation test; p Holm: corrected for all declared comparisons. Below, the false alarms: how
    often the same test finds a difference within one condition.

    Example: `recursor compare pack-ladder`
    """
    found = api.recorded_experiment(experiment, db=db)
    count = found.count()
    if not count.measured:
        raise UsageError(f"no run of {found.name} is measured yet")
    if csv:
        print(found.compare_df(mixed=mixed).to_csv(index=False), end="")
        return
    declared, alarmed = found.compared(mixed=mixed)
    compared, alarms = ([asdict(each) for each in some] for some in (declared, alarmed))
    if json_:
        out = {"experiment": found.name, "comparisons": compared, "false_alarms": alarms}
        print_json(out)
        return
    console = draw.console()
    columns = ("measure", "a", "b", "provenance", "pairs", "independent", "mean_a", "mean_b",
               "difference", "low", "high", "effect", "p", "p_holm", "method")  # fmt: skip
    console.print(draw.records(columns, compared))
    if alarms:
        console.print(draw.heading("false alarms: one condition against itself"))
        of_alarms = ("measure", "condition", "provenance", "pairs", "times", "share", "low", "high")
        console.print(draw.records(of_alarms, alarms))
    if left := count.open:
        print(f"recursor: {left} runs are open: this is no more than a first look", file=sys.stderr)
    if not all(each.has_enough_runs for each in declared):
        told = f"fewer than {ENOUGH_RUNS} runs an arm: take at least {ENOUGH_RUNS}"
        print(f"recursor: {told}", file=sys.stderr)


def _show(found: Experiment, *, json_: bool, mixed: bool) -> None:
    count = found.count()
    rows = found.table(mixed=mixed) if count.measured else []
    if json_:
        out = {"experiment": _summary(found, count), "table": rows}
        print_json(out)
        return
    console = draw.console()
    console.print(draw.heading(f"{found.name}: {_counted(count)}"), soft_wrap=True)
    columns = ("measure", "condition", "provenance", "n", "undefined", "mean", "low", "high",
               "method")  # fmt: skip
    if rows:
        console.print(draw.records(columns, rows))
    for cause, times in count.causes.items():
        console.print(f"{times} failed: {safe(cause)}", soft_wrap=True, markup=False)


def _summary(found: Experiment, count: Count) -> dict[str, Any]:
    record = found.record
    return {
        "experiment": record.name,
        "id": record.id,
        "planned_at": record.planned_at,
        "provenance": count.provenance,
        "runs": count.planned,
        "measured": count.measured,
        "failed": count.failed,
        "open": count.open,
    }


def _counted(count: Count) -> str:
    failed = f", {count.failed} failed" if count.failed else ""
    left = f", {count.open} open" if count.open else ""
    return f"{count.measured} of {count.planned} runs measured{failed}{left}"


def _grid(planned: Plan) -> dict[str, Any]:
    return {
        "name": planned.name,
        "digest": planned.digest,
        "conditions": [condition.label for condition in planned.conditions],
        "runs_a_condition": planned.pairs,
        "runs": len(planned.trials),
        "measures": list(planned.measures),
    }


def _declared(planned: Plan, each: Declared) -> tuple[object, ...]:
    a, b = map(shown_value, each.levels)
    measures = ", ".join(each.measures or planned.measures)
    return each.factor, f"{a} against {b}", measures, each.detect


def _foretold(found: Probe) -> dict[str, Any]:
    return {
        "probe_planned": found.planned,
        "probe_runs": found.runs,
        "probe_failed": found.failed,
        "provenance": found.provenance,
        "probe_s": round(found.wall_s, 1),
        "hours": round(found.hours, 3),
        "tokens": found.tokens,
        "power": [asdict(each) for each in found.powers()],
    }


def _said_of(facts: dict[str, Any]) -> str:
    grid = (
        f"{len(facts['conditions'])} conditions x {facts['runs_a_condition']} runs"
        f" = {facts['runs']} runs; plan {facts['digest'][:12]}"
    )
    if "hours" not in facts:
        return grid
    tokens = "" if facts["tokens"] is None else f", {facts['tokens']:,.0f} tokens"
    failed = f" ({facts['probe_failed']} failed)" if facts["probe_failed"] else ""
    probed = facts["probe_runs"] + facts["probe_failed"]
    runs = " ".join(filter(None, (str(probed), facts["provenance"], "runs")))
    return (
        f"{grid}\nabout {facts['hours']:.2f} hours{tokens}, as {runs}{failed} in"
        f" {facts['probe_s']:g} s foretell{_cut(facts['probe_planned'], probed)}"
    )


def _cut(planned: int, ended: int) -> str:
    """Say that a probe is of those runs which are quick."""
    return "" if ended == planned else f" (the first of {planned} to end: rather the quick ones)"


def _warnings(planned: Plan) -> list[str]:
    few, warned = planned.independent, []
    if few < ENOUGH_RUNS:
        warned.append(f"{few} runs an arm are few: take at least {ENOUGH_RUNS}")
    if planned.pairs > few:
        warned.append("repeats of a seed are averaged: they can be the same tree; seeds say more")
    return warned


def _powers(rows: Sequence[dict[str, Any]]) -> Any:
    columns = ("measure", "pairs", "level", "mean", "spread", "effect", "power", "smallest", "note")
    return draw.records(columns, rows)
