"""`recursor run`: grow a tree."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from recursor import api
from recursor.analysis.summary import counts, summary
from recursor.cli import draw, live
from recursor.cli.options import Db, Json, duration, size
from recursor.errors import UsageError
from recursor.export.document import SCHEMA_VERSION, run_object
from recursor.programs import language_of
from recursor.store import Store
from recursor.types import Language, Limits, Program, RunEnd

_DEFAULT = Limits()
_EXIT_CODES = {
    RunEnd.INTERRUPTED: 130,
    RunEnd.STOPPED: 130,
    RunEnd.SANDBOX: 5,
    RunEnd.MODEL: 1,
    RunEnd.STORE: 1,
}


class LanguageChoice(StrEnum):
    """The languages of programs."""

    BASH = "bash"
    PYTHON = "python"
    ANY = "any"


class DisplayChoice(StrEnum):
    """How a growing run is shown."""

    AUTO = "auto"
    TREE = "tree"
    PLAIN = "plain"
    NONE = "none"


def run(
    goal: Annotated[str, typer.Argument(metavar="GOAL", help="What the tree is grown for.")] = "",
    model: Annotated[
        str,
        typer.Option("-m", "--model", help="smollm2, stub:NAME, stub:FILE.toml or a .gguf file."),
    ] = api.DEFAULT_MODEL,
    pack: Annotated[
        str, typer.Option(help="The prompt pack: a name or a .toml file.")
    ] = api.DEFAULT_PACK,
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
    parallel: Annotated[
        int | None,
        typer.Option(min=1, help="Programs that run at a time.", show_default="2 x cores"),
    ] = None,
    warm: Annotated[
        int | None,
        typer.Option(min=0, help="Jails started ahead of programs.", show_default="as --parallel"),
    ] = None,
    name: Annotated[str | None, typer.Option(help="A name for the run.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A tag (repeatable).")] = None,
    fail_on_limit: Annotated[
        bool, typer.Option("--fail-on-limit", help="Exit 3 if a limit was reached.")
    ] = False,
    display: Annotated[
        DisplayChoice, typer.Option(help="How the growing run is shown on stderr.")
    ] = DisplayChoice.AUTO,
    json_: Json = False,
    db: Db = None,
) -> None:
    """Grow a tree of programs from a goal, each in a jail of its own, and record it.

    Example: `recursor run "get a lot of paperclips by tomorrow" -m stub:paperclip --depth 3`
    """
    shown = live.display(display.value)
    try:
        grown = api.run(
            _text(goal),
            model=model,
            db=db,
            watch=shown.start,
            pack=pack,
            root=_program(root, language) if root else None,
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
            parallel=parallel or api.parallel_default(),
            **({} if warm is None else {"warm": warm}),
            name=name,
            tags=tuple(tag or ()),
        )
    finally:
        shown.stop()
    raise typer.Exit(_report(grown, json_=json_, fail_on_limit=fail_on_limit))


def _report(grown: api.Run, *, json_: bool, fail_on_limit: bool) -> int:
    """Print what came of a run; return the exit code."""
    with Store(grown.url) as store:
        nodes, queries = store.nodes(grown.id), store.queries(grown.id)
        events = store.events(grown.id)
        path = store.path
    facts = summary(grown.record, nodes, queries, events)
    if json_:
        out = {
            "schema_version": SCHEMA_VERSION,
            "run": run_object(grown.record),
            "counts": counts(nodes, queries),
        }
        print(json.dumps(out, indent=2))
    else:
        console = draw.console()
        console.print(draw.tree(grown.record, nodes, queries, events))
        console.print(draw.totals(grown.record, facts), soft_wrap=True)
        console.print(f"recorded in {path}; `recursor show {grown.id}` tells more", soft_wrap=True)
    end = RunEnd(grown.record.end_cause or RunEnd.FAULT)
    if end in _EXIT_CODES:
        detail = grown.record.end_detail or "the run is kept and readable"
        print(f"recursor: the run ended ({end}): {detail}", file=sys.stderr)
        return _EXIT_CODES[end]
    reached = bool(facts["denials"]) or end is RunEnd.BUDGET
    return 3 if fail_on_limit and reached else 0


def _text(argument: str) -> str:
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _program(path: Path, language: LanguageChoice) -> Program:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read the root program {path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise UsageError(f"the root program {path} is not UTF-8 text") from None
    if not text.strip():
        raise UsageError(f"the root program {path} is empty")
    if language is not LanguageChoice.ANY:
        return Program(Language(language.value), text)
    named = Language.PYTHON if path.suffix == ".py" else Language.BASH
    return Program(language_of(text, named), text)
