"""`recursor run`: grow a tree."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from recursor import api, config
from recursor.analysis.summary import COUNTS, summary
from recursor.cli import completion, draw, live
from recursor.cli.options import (
    Db,
    Display,
    DisplayChoice,
    Json,
    Parallel,
    duration,
    print_json,
    size,
    where,
)
from recursor.cli.person import Person
from recursor.export.document import run_object
from recursor.models import registry
from recursor.runs import options
from recursor.store import Store
from recursor.types import (
    Allocation,
    Approval,
    Language,
    Limits,
    MemoryReach,
    RunEnd,
    StopReach,
    Visible,
)

_DEFAULT = Limits()
_FINDS: dict[str, Any] = {"rich_help_panel": "What programs find"}
_RULES: dict[str, Any] = {"rich_help_panel": "Rules beside the budget"}
EXIT_CODES = {
    RunEnd.DIVERGED: 4,
    RunEnd.INTERRUPTED: 130,
    RunEnd.STOPPED: 130,
    RunEnd.SANDBOX: 5,
    RunEnd.MODEL: 1,
    RunEnd.STORE: 1,
    RunEnd.FAULT: 1,
}


class LanguageChoice(StrEnum):
    """The languages of programs."""

    BASH = "bash"
    PYTHON = "python"
    ANY = "any"


def run(
    goal: Annotated[str, typer.Argument(metavar="GOAL", help="What the tree is grown for.")] = "",
    model: Annotated[
        list[str] | None,
        typer.Option(
            "-m",
            "--model",
            metavar="[NAME=]SPEC",
            autocompletion=completion.models,
            help="smollm2, seedling, FILE.gguf, hf:ORG/REPO:QUANT, openai:NAME, stub:NAME or"
            " stub:FILE.toml; again for another one, that programs ask by its NAME. The first is"
            " the default.",
            show_default="smollm2 if it is installed, else seedling",
        ),
    ] = None,
    pack: Annotated[
        str | None,
        typer.Option(
            autocompletion=completion.packs,
            help="The prompt pack: a name or a .toml file.",
            show_default="seedling for the seedling, else examples",
        ),
    ] = None,
    temperature: Annotated[
        float | None, typer.Option(min=0, help="Instead of the pack's.", show_default="the pack's")
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option(help="A program of your own starts the tree; no root query is made."),
    ] = None,
    language: Annotated[
        LanguageChoice, typer.Option(help="The language of programs.")
    ] = LanguageChoice.ANY,
    seed: Annotated[
        int, typer.Option(min=0, help="Every query's own seed is derived from it.")
    ] = 0,
    depth: Annotated[
        int, typer.Option(min=1, help="Programs on a path from you.")
    ] = _DEFAULT.depth,
    breadth: Annotated[
        int, typer.Option(min=1, help="Queries, and child programs, of one program.")
    ] = _DEFAULT.breadth,
    nodes: Annotated[int, typer.Option(min=1, help="Executed programs.")] = _DEFAULT.nodes,
    queries: Annotated[int, typer.Option(min=1, help="Granted queries.")] = _DEFAULT.queries,
    tokens: Annotated[int, typer.Option(min=1, help="Prompt and answer tokens.")] = _DEFAULT.tokens,
    answer_tokens: Annotated[
        int, typer.Option(min=1, help="Tokens of one answer.")
    ] = _DEFAULT.answer_tokens,
    time: Annotated[
        float, typer.Option(parser=duration, metavar="TIME", help="Wall clock of the run.")
    ] = "10m",  # type: ignore[assignment]
    program_time: Annotated[
        float,
        typer.Option(
            parser=duration,
            metavar="TIME",
            help="Running time of one program; it stops while the program waits.",
        ),
    ] = "60s",  # type: ignore[assignment]
    memory_limit: Annotated[
        int,
        typer.Option(
            parser=size, metavar="SIZE", help="Memory of one program's processes together."
        ),
    ] = "512M",  # type: ignore[assignment]
    disk: Annotated[
        int,
        typer.Option(
            parser=size, metavar="SIZE", help="What one program may write into its folder."
        ),
    ] = "32M",  # type: ignore[assignment]
    processes: Annotated[
        int, typer.Option(min=8, help="Processes of one jail.")
    ] = _DEFAULT.processes,
    allocation: Annotated[
        Allocation,
        typer.Option(help="Whoever comes first spends, or each program has a share of its own."),
    ] = Allocation.POOL,
    parallel: Parallel = None,
    warm: Annotated[
        int | None,
        typer.Option(min=0, help="Jails started ahead of programs.", show_default="as --parallel"),
    ] = None,
    memory: Annotated[
        MemoryReach, typer.Option(help="Whose writing in the memory a program reads.", **_FINDS)
    ] = MemoryReach.LINEAGE,
    stop_scope: Annotated[
        StopReach, typer.Option(help="Which living programs a program may stop.", **_FINDS)
    ] = StopReach.DESCENDANTS,
    budget_visible: Annotated[
        Visible, typer.Option(help="What a program sees of the budget.", **_FINDS)
    ] = Visible.COMMAND,
    guest_names: Annotated[
        str, typer.Option(metavar="A=B,...", help="Other names for commands.", **_FINDS)
    ] = "",
    files: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Its files lie beside the first program.", **_FINDS),
    ] = None,
    trace: Annotated[
        bool, typer.Option("--trace", help="Record every command of bash.", **_FINDS)
    ] = False,
    approve: Annotated[
        Approval, typer.Option(help="Read programs before they run.", **_RULES)
    ] = Approval.NONE,
    forbid_copies: Annotated[
        str | None,
        typer.Option(
            metavar="X[:AMONG]",
            help="Refuse programs whose likeness to another one is X (0 to 1) or more; AMONG is"
            " run, ancestors or living.",
            **_RULES,
        ),
    ] = None,
    forbid_program: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Regular expressions, one a line.", **_RULES),
    ] = None,
    filter_: Annotated[
        Path | None,
        typer.Option("--filter", metavar="FILE", help="The same for prompts.", **_RULES),
    ] = None,
    deny_random: Annotated[
        float, typer.Option(metavar="P", help="Refuse a share of queries.", **_RULES)
    ] = 0.0,
    fail_random: Annotated[
        float, typer.Option(metavar="P", help="Let a share of queries fail.", **_RULES)
    ] = 0.0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the first program; run and record nothing.")
    ] = False,
    name: Annotated[
        str | None,
        typer.Option(help="A name for the run; of several runs that have it the latest is meant."),
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A tag (repeatable).")] = None,
    fail_on_limit: Annotated[
        bool, typer.Option("--fail-on-limit", help="Exit 3 if a limit was reached.")
    ] = False,
    display: Display = DisplayChoice.AUTO,
    json_: Json = False,
    db: Db = None,
) -> None:
    """Grow a tree of programs from a goal, each in a jail of its own, and record it.

    Example: `recursor run "get a lot of paperclips by tomorrow" -m stub:paperclip --depth 3`
    """
    ahead: dict[str, Any] = {} if warm is None else {"warm": warm}
    models = options.named_models(model or ())
    if dry_run:
        choice = None if language is LanguageChoice.ANY else Language(language.value)
        proposal = api.propose(
            _text(goal), model=models, pack=pack, temperature=temperature, language=choice,
            seed=seed, answer_tokens=answer_tokens,
        )  # fmt: skip
        raise typer.Exit(_show(proposal, json_=json_))
    with live.display(display.value, json_=json_, hint=_another) as shown:
        grown = api.run(
            _text(goal),
            model=models,
            db=db,
            watch=shown.start,
            ask=Person(shown).approves,
            pack=pack,
            temperature=temperature,
            root=options.program_in(root, language) if root else None,
            language=None if language is LanguageChoice.ANY else Language(language.value),
            seed=seed,
            depth=depth,
            breadth=breadth,
            nodes=nodes,
            queries=queries,
            tokens=tokens,
            answer_tokens=answer_tokens,
            seconds=time,
            program_seconds=program_time,
            memory_bytes=memory_limit,
            disk_bytes=disk,
            processes=processes,
            allocation=allocation,
            parallel=parallel or config.parallel_default(),
            memory=memory,
            stop_scope=stop_scope,
            budget_visible=budget_visible,
            guest_names=options.names(guest_names),
            files=options.fixtures(files) if files else (),
            trace=trace,
            approve=approve,
            **options.likeness(forbid_copies),
            forbid_programs=options.patterns(forbid_program),
            forbid_prompts=options.patterns(filter_),
            deny_random=deny_random,
            fail_random=fail_random,
            **ahead,
            name=name,
            tags=tuple(tag or ()),
        )
    raise typer.Exit(report(grown, json_=json_, fail_on_limit=fail_on_limit))


def report(grown: api.Run, *, json_: bool, fail_on_limit: bool) -> int:
    """Print what came of a run; return the exit code."""
    with Store(grown.url) as store:
        facts = summary(store, grown.record)
        tree = None if json_ else draw.tree(store, grown.record)
    if json_:
        out = {
            "run": run_object(grown.record),
            "counts": {name: facts[name] for name in COUNTS},
        }
        print_json(out)
    else:
        console = draw.console()
        console.print(tree)
        console.print(draw.totals(grown.record, facts), soft_wrap=True)
        told = f"recorded in {store.place}; `recursor show {grown.id}{where(grown.url)}` tells more"
        console.print(told, soft_wrap=True)
    end = RunEnd(grown.record.end_cause or RunEnd.FAULT)
    if end in EXIT_CODES:
        onward = f"the run is kept; `recursor resume {grown.id}{where(grown.url)}` goes on with it"
        detail = grown.record.end_detail or onward
        print(f"recursor: the run ended ({end}): {detail}", file=sys.stderr)
        return EXIT_CODES[end]
    if end is RunEnd.NO_PROGRAM and not json_:
        print("the answer holds no program; another --seed may give one")
    reached = bool(facts["denials"]) or end is RunEnd.BUDGET
    return 3 if fail_on_limit and reached else 0


def _show(proposal: api.Proposal, *, json_: bool) -> int:
    """Print the program that a run would have begun with; return the exit code."""
    program, model = proposal.program, proposal.model
    if json_:
        found = program and {"language": program.language, "text": program.text}
        whose = {"model": model.spec, "model_provenance": model.provenance}
        out = {**whose, "program": found}
        print_json(out)
        return 0
    print(f"model {live.named(model)}; {_another(model.spec)}", file=sys.stderr)
    if program is None:
        print("recursor: the answer holds no program", file=sys.stderr)
    else:
        console = draw.console()
        console.print(draw.highlighted(program.text, program.language))
    return 0


def _another(model: str) -> str:
    """Tell how to use another model than this one."""
    named = model.partition("?")[0]
    others = ", ".join(f"-m {spec}" for spec in (registry.SMOLLM2, "FILE.gguf") if spec != named)
    return f"another model: {others} (recursor models list)"


def _text(argument: str) -> str:
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
