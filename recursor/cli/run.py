"""`recursor run`: grow a tree."""

from __future__ import annotations

import json
import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from recursor import api, config
from recursor.analysis.summary import COUNTS, summary
from recursor.cli import draw, live
from recursor.cli.options import Db, Display, DisplayChoice, Json, Parallel, duration, size
from recursor.cli.person import Person
from recursor.errors import UsageError
from recursor.export.document import SCHEMA_VERSION, run_object
from recursor.jail.kit import COMMANDS
from recursor.programs import language_of
from recursor.store import Store
from recursor.types import (
    Allocation,
    Among,
    Approval,
    Language,
    LeftFile,
    Limits,
    MemoryReach,
    Program,
    RunEnd,
    StopReach,
    Visible,
)

_DEFAULT = Limits()
_FINDS: dict[str, Any] = {"rich_help_panel": "What programs find"}
_RULES: dict[str, Any] = {"rich_help_panel": "Rules beside the budget"}
_NAMED = re.compile(r"([\w.-]+)=(.+)")
FIXTURE_BYTES = 8 * 2**20
EXIT_CODES = {
    RunEnd.DIVERGED: 4,
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


def run(
    goal: Annotated[str, typer.Argument(metavar="GOAL", help="What the tree is grown for.")] = "",
    model: Annotated[
        list[str],
        typer.Option(
            "-m",
            "--model",
            metavar="[NAME=]SPEC",
            help="smollm2, FILE.gguf, hf:ORG/REPO:QUANT, openai:NAME, stub:NAME or stub:FILE.toml;"
            " again for another one, that programs ask by its NAME. The first is the default.",
        ),
    ] = [api.DEFAULT_MODEL],  # noqa: B006
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
    name: Annotated[str | None, typer.Option(help="A name for the run.")] = None,
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
    options: dict[str, Any] = {} if warm is None else {"warm": warm}
    models = _models(model)
    if dry_run:
        choice = None if language is LanguageChoice.ANY else Language(language.value)
        program = api.propose(
            _text(goal), model=models, pack=pack, language=choice, seed=seed,
            answer_tokens=answer_tokens,
        )  # fmt: skip
        raise typer.Exit(_show(program, json_=json_))
    with live.display(display.value) as shown:
        grown = api.run(
            _text(goal),
            model=models,
            db=db,
            watch=shown.start,
            ask=Person(shown).approves,
            pack=pack,
            root=program_in(root, language) if root else None,
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
            parallel=parallel or api.parallel_default(),
            memory=memory,
            stop_scope=stop_scope,
            budget_visible=budget_visible,
            guest_names=_names(guest_names),
            files=_fixtures(files) if files else (),
            trace=trace,
            approve=approve,
            **_likeness(forbid_copies),
            forbid_programs=_patterns(forbid_program),
            forbid_prompts=_patterns(filter_),
            deny_random=deny_random,
            fail_random=fail_random,
            **options,
            name=name,
            tags=tuple(tag or ()),
        )
    raise typer.Exit(report(grown, json_=json_, fail_on_limit=fail_on_limit))


def report(grown: api.Run, *, json_: bool, fail_on_limit: bool) -> int:
    """Print what came of a run; return the exit code."""
    with Store(grown.url) as store:
        facts = summary(store, grown.record)
        tree = None if json_ else draw.tree(store, grown.record)
        path = store.path
    if json_:
        out = {
            "schema_version": SCHEMA_VERSION,
            "run": run_object(grown.record),
            "counts": {name: facts[name] for name in COUNTS},
        }
        print(json.dumps(out, indent=2))
    else:
        console = draw.console()
        console.print(tree)
        console.print(draw.totals(grown.record, facts), soft_wrap=True)
        where = "" if grown.url == config.default_database() else f" --db {path}"
        told = f"recorded in {path}; `recursor show {grown.id}{where}` tells more"
        console.print(told, soft_wrap=True)
    end = RunEnd(grown.record.end_cause or RunEnd.FAULT)
    if end in EXIT_CODES:
        onward = f"the run is kept; `recursor resume {grown.id}` goes on with it"
        detail = grown.record.end_detail or onward
        print(f"recursor: the run ended ({end}): {detail}", file=sys.stderr)
        return EXIT_CODES[end]
    reached = bool(facts["denials"]) or end is RunEnd.BUDGET
    return 3 if fail_on_limit and reached else 0


def _show(program: Program | None, *, json_: bool) -> int:
    """Print the program that a run would have begun with; return the exit code."""
    if json_:
        found = program and {"language": program.language, "text": program.text}
        print(json.dumps({"schema_version": SCHEMA_VERSION, "program": found}, indent=2))
    elif program is None:
        print("recursor: the answer holds no program", file=sys.stderr)
    else:
        console = draw.console()
        console.print(draw.highlighted(program.text, program.language))
    return 0


def _models(specs: list[str]) -> str | dict[str, str]:
    """Read `[NAME=]SPEC`s; several need names."""
    if len(specs) == 1 and not _NAMED.fullmatch(specs[0]):
        return specs[0]
    models = {}
    for word in specs:
        named = _NAMED.fullmatch(word)
        if named is None:
            raise UsageError(f"of several models each needs a name: -m NAME={word}")
        name, spec = named.groups()
        if name in models:
            raise UsageError(f"two models are called {name!r}")
        models[name] = spec
    return models


def _names(pairs: str) -> dict[str, str]:
    names = {}
    for pair in filter(None, pairs.split(",")):
        own, equals, name = pair.partition("=")
        if not (own and equals and name):
            raise UsageError(f"guest names look like query-model=ask, not {pair!r}")
        names[own.strip()] = name.strip()
    return names


def _fixtures(folder: Path) -> tuple[LeftFile, ...]:
    """Read the files that lie beside the first program."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder")
    try:
        paths = sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
        for path in paths:
            if path.is_symlink() or not path.is_file():
                raise UsageError(f"{path} is no regular file")
        found = tuple(LeftFile(str(p.relative_to(folder)), p.read_bytes()) for p in paths)
    except OSError as error:
        raise UsageError(f"cannot read {error.filename}: {error.strerror}") from error
    taken = {*COMMANDS, ".guest", "program.sh", "program.py"}
    for file in found:
        if file.path.partition("/")[0] in taken:
            raise UsageError(f"a file cannot be called {file.path!r}: that name is taken")
    if sum(len(file.data) for file in found) > FIXTURE_BYTES:
        raise UsageError(f"the files in {folder} are larger than {FIXTURE_BYTES} bytes together")
    return found


def _likeness(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    share, _, among = text.partition(":")
    try:
        return {"forbid_copies": float(share), "copies_among": Among(among or Among.RUN)}
    except ValueError:
        raise UsageError(f"copies are forbidden like 0.8 or 0.8:living, not {text!r}") from None


def _patterns(path: Path | None) -> tuple[str, ...]:
    if path is None:
        return ()
    try:
        return tuple(filter(None, path.read_text(encoding="utf-8").splitlines()))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the patterns in {path}: {error}") from error


def _text(argument: str) -> str:
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def program_in(path: Path, language: LanguageChoice) -> Program:
    """Read a program of the person's own; raises UsageError."""
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
