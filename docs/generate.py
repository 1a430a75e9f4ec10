"""Write the reference pages from the program itself: `python docs/generate.py [--check]`.

What a page says stands in the source: in docstrings below fields, in option helps, in the guest's
own usage texts. With --check nothing is written: exit 1 and one line that names what is stale.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import os
import re
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import typer

import recursor
from recursor import errors
from recursor.analysis.measures import MEASURES
from recursor.analysis.motifs import MOTIFS
from recursor.cli import app
from recursor.cli.run import EXIT_CODES
from recursor.resources import shipped
from recursor.store import Store, tables

TOP = Path(recursor.__file__).parents[1]
PAGES = Path(__file__).parent / "pages" / "reference"
WIDTH = 88
NOTE = "<!-- Written by docs/generate.py; change the source and say `make docs-reference`. -->"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if stale")
    parser.add_argument("--pages", type=Path, default=PAGES, metavar="DIR", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    written = {asked.pages / f"{name}.md": make() for name, make in GENERATED.items()}
    if not asked.check:
        asked.pages.mkdir(parents=True, exist_ok=True)
        for path, text in written.items():
            path.write_text(text, encoding="utf-8")
        return 0
    stale = [path.name for path, text in written.items() if _read(path) != text]
    if stale:
        told = f"{', '.join(stale)} differ from the program; say `make docs-reference`"
        print(f"docs/generate.py: {told}", file=sys.stderr)
    return 1 if stale else 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


# --- Markdown


def _page(title: str, about: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", NOTE, about, *parts]).rstrip() + "\n"


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [columns, tuple("---" for _ in columns), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _code(text: str) -> str:
    """Show a text as code, in a cell too, whatever is in it."""
    return f"`{text}`" if text else ""


def _prose(text: str) -> str:
    """Return a docstring as Markdown: what is no code in it is no markup either."""
    lines = []
    for line in text.splitlines():
        pieces = re.split(r"(`[^`]*`)", line) if not line.startswith("    ") else [line]
        lines.append("".join(p if p.startswith("`") else _plain(p) for p in pieces))
    return "\n".join(lines)


def _plain(text: str) -> str:
    return text if text.startswith("    ") else re.sub(r"([<*])", r"\\\1", text)


def _fenced(text: str, language: str = "text") -> str:
    return f"```{language}\n{text.rstrip()}\n```"


# --- what a source file says


def _tree(module: str) -> ast.Module:
    return ast.parse((TOP / module).read_text(encoding="utf-8"))


def _class(module: str, name: str) -> ast.ClassDef:
    found = [n for n in _tree(module).body if isinstance(n, ast.ClassDef) and n.name == name]
    return found[0]


def _said(node: ast.ClassDef | ast.FunctionDef | ast.Module) -> str:
    return ast.get_docstring(node) or ""


def _below(body: list[ast.stmt], index: int) -> str:
    """Return the docstring below a statement."""
    after = body[index + 1] if index + 1 < len(body) else None
    if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
        return " ".join(str(after.value.value).split())
    return ""


def _fields(module: str, name: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield name, type, default and docstring of the fields of a class."""
    body = _class(module, name).body
    for index, line in enumerate(body):
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            default = ast.unparse(line.value) if line.value else ""
            yield line.target.id, ast.unparse(line.annotation), default, _below(body, index)


def _values(module: str, name: str) -> list[tuple[str, str]]:
    """Return the words of an enumeration, and what each means."""
    body = _class(module, name).body
    return [
        (str(line.value.value), _below(body, index))
        for index, line in enumerate(body)
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
    ]


def _signature(function: ast.FunctionDef) -> str:
    """Return a function's name, parameters and result; long ones a parameter a line."""
    result = f" -> {ast.unparse(function.returns)}" if function.returns else ""
    parameters = list(_parameters(function.args))
    whole = f"{function.name}({', '.join(parameters)}){result}"
    if len(whole) <= WIDTH:
        return whole
    return f"{function.name}(\n    " + ",\n    ".join(parameters) + f",\n){result}"


def _parameters(given: ast.arguments) -> Iterator[str]:
    """Yield parameters as they stand in a signature."""
    defaults = [None] * (len(given.args) - len(given.defaults)) + list(given.defaults)
    for arg, default in zip(given.args, defaults, strict=True):
        yield _taken(arg, default)
    if given.vararg:
        yield f"*{ast.unparse(given.vararg)}"
    elif given.kwonlyargs:
        yield "*"
    for arg, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield _taken(arg, default)
    if given.kwarg:
        yield f"**{ast.unparse(given.kwarg)}"


def _taken(arg: ast.arg, default: ast.expr | None) -> str:
    return ast.unparse(arg) + (f" = {ast.unparse(default)}" if default else "")


# --- the command line


def _cli() -> str:
    top = typer.main.get_command(app)
    parts = [_summary(top), *_commands(top, "recursor", 2)]
    about = (
        "Every command with `--help` says what stands here. A `RUN` is an id, a beginning of one, a"
        " name, `last` or `last~1`; for commands that read, a recording's file too. stdout has the"
        " result, stderr the progress."
    )
    return _page("Command line", about, *parts)


def _summary(top: Any) -> str:
    rows = []
    for name, command in top.commands.items():
        first = (command.help or "").split("\n\n")[0]
        rows.append((f"[`{name}`](#recursor-{name})", _prose(" ".join(first.split()))))
    return _table(("command", "does"), rows)


def _commands(group: Any, path: str, level: int) -> Iterator[str]:
    for name, command in group.commands.items():
        called = f"{path} {name}"
        yield f"{'#' * level} {called}"
        yield _helped(command.help or "")
        parameters = [p for p in command.params if p.name != "help" and not _hidden(p)]
        if not hasattr(command, "commands"):
            yield _fenced(_usage(called, parameters))
        if rows := [_parameter(p) for p in parameters]:
            yield _table(("option", "default", "meaning"), rows)
        if hasattr(command, "commands"):
            yield from _commands(command, called, level + 1)


def _hidden(parameter: Any) -> bool:
    return bool(getattr(parameter, "hidden", False))


def _helped(text: str) -> str:
    """Return a help text; its examples are a block of their own."""
    parts = []
    for paragraph in text.split("\n\n"):
        if re.match("Examples?: `", paragraph.strip()):
            shown = re.findall(r"`([^`]*)`", paragraph)
            lines = "\n".join(" ".join(example.split()) for example in shown)
            parts.append("Example:\n\n" + _fenced(lines, "sh"))
        else:
            parts.append(_prose(paragraph))
    return "\n\n".join(parts)


def _usage(called: str, parameters: list[Any]) -> str:
    arguments = [_argument(p) for p in parameters if p.param_type_name == "argument"]
    return " ".join([called, "[OPTIONS]", *arguments])


def _argument(parameter: Any) -> str:
    name = parameter.metavar or parameter.name.upper()
    return str(name) if parameter.required else f"[{name}]"


def _parameter(parameter: Any) -> tuple[str, str, str]:
    if parameter.param_type_name == "argument":
        name = _argument(parameter)
    else:
        name = ", ".join(parameter.opts) + _value(parameter)
    told = _prose(parameter.help or "")
    if parameter.envvar:
        told += f" Environment: `{parameter.envvar}`."
    if choices := _choices(parameter):
        told += f" One of {choices}."
    if getattr(parameter, "multiple", False) and "repeatable" not in told and "again" not in told:
        told += " Repeatable."
    return _code(name), _default(parameter), told


def _kind(parameter: Any) -> Any:
    """Return the type of one value of a parameter."""
    kind = parameter.type_descriptor.annotation
    return next(iter(getattr(kind, "__args__", ())), kind)


def _choices(parameter: Any) -> str:
    kind = _kind(parameter)
    if not (isinstance(kind, type) and issubclass(kind, Enum)):
        return ""
    return ", ".join(f"`{each.value}`" for each in kind)


def _value(parameter: Any) -> str:
    if parameter.is_flag:
        return ""
    if parameter.metavar:
        return f" {parameter.metavar}"
    words = {int: "NUMBER", float: "NUMBER", Path: "PATH", str: "TEXT"}
    return f" {words.get(_kind(parameter), 'WORD')}"


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    shown = getattr(parameter, "show_default", None)
    if isinstance(shown, str):
        return shown
    value = parameter.default
    if getattr(parameter, "is_flag", False) or value in (None, "", [], ()) or callable(value):
        return ""
    value = getattr(value, "value", value)
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


# --- the record


_RECORDS = {
    "run": "RunRecord", "fixture": "FixtureRecord", "node": "NodeRecord", "file": "FileRecord",
    "query": "QueryRecord", "event": "EventRecord", "replay_check": "CheckRecord",
    "attribution": "AttributionRecord", "experiment": "ExperimentRecord", "trial": "TrialRecord",
}  # fmt: skip
_WORDS = (
    "RunEnd", "NodeEnd", "Decision", "Limit", "Language", "Provenance", "Allocation", "Visible",
    "MemoryReach", "StopReach", "Approval", "Among",
)  # fmt: skip
_BLOB = "What a column holds that names a blob is the SHA-256 of its content."


def _schema() -> str:
    about = _prose(_said(_tree("recursor/store/tables.py")).partition("\n\n")[2])
    parts = []
    for name, table in tables.metadata.tables.items():
        parts.append(f"## {name}")
        told = dict(_docs_of(name))
        if name not in _RECORDS:
            parts.append(_prose(_table_said(name)))
        else:
            parts.append(_prose(_said(_class("recursor/records.py", _RECORDS[name]))))
        rows = [_column(column, told) for column in table.columns]
        parts.append(_table(("column", "type", "", "meaning"), rows))
        if unique := sorted(_unique(table)):
            parts.append("Unique together: " + "; ".join(unique) + ".")
    parts += ["## Views", *_views(), "## Words", "What the columns above say in one word."]
    for name in _WORDS:
        said = _said(_class("recursor/types.py", name))
        parts += [f"### {name}", _prose(said)]
        rows = [(_code(word), _prose(means)) for word, means in _values("recursor/types.py", name)]
        parts.append(_table(("word", "meaning"), rows))
    return _page("Schema", about, *parts)


def _docs_of(table: str) -> Iterator[tuple[str, str]]:
    if table in _RECORDS:
        for name, _, _, means in _fields("recursor/records.py", _RECORDS[table]):
            yield name, means


def _table_said(name: str) -> str:
    """Return the docstring below a table."""
    body = _tree("recursor/store/tables.py").body
    for index, line in enumerate(body):
        if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == name:
            return _below(body, index)
    return ""


def _column(column: Any, told: Mapping[str, str]) -> tuple[str, str, str, str]:
    kind = "blob" if "blob" in column.info else str(column.type).lower().partition("(")[0]
    keys = [f"{next(iter(column.foreign_keys)).target_fullname}"] if column.foreign_keys else []
    facts = ["key"] if column.primary_key else [] if column.nullable else ["not null"]
    means = told.get(column.name, "") or ("The row's number." if column.name == "id" else "")
    points = [f"-> {key}" for key in keys if key != "blob.sha256"]
    return _code(column.name), kind, ", ".join(facts + points), _prose(means)


def _unique(table: Any) -> Iterator[str]:
    for constraint in table.constraints:
        if type(constraint).__name__ == "UniqueConstraint":
            yield ", ".join(f"`{column.name}`" for column in constraint.columns)


def _views() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        Store(f"sqlite:///{path}", write=True).close()
        connection = sqlite3.connect(path)
        there = {name for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'view'")}  # fmt: skip
        assert there == set(tables.VIEWS), there
        for name, about in tables.VIEWS.items():
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
            yield f"### {name}"
            yield _prose(about)
            yield "Columns: " + ", ".join(f"`{column}`" for column in columns) + "."
        connection.close()


def _events() -> str:
    said = _said(_class("recursor/records.py", "EventRecord"))
    about = (
        f"{said.partition(': ')[2].capitalize()} Denied and failed queries are no events: they are"
        " rows of `query`. Events are read with `recursor show RUN/NODE`, from the table `event`,"
        " or as `recursor.events_df(RUN)`."
    )
    parts = []
    for title, name in (("Kinds", "EventKind"), ("Observers", "Observer")):
        rows = [(_code(w), _prose(means)) for w, means in _values("recursor/types.py", name)]
        parts += [f"## {title}", _prose(_said(_class("recursor/types.py", name)))]
        parts.append(_table(("word", "meaning"), rows))
    return _page("Events", about, *parts)


# --- measures


_MODULES = (
    "branching", "shape", "flow", "populations", "duplicates", "replication", "heredity",
    "motifs", "denials", "stops", "attribution", "groups", "compare", "intervals", "permutation",
    "power", "kappa", "fidelity", "diff",
)  # fmt: skip


def _measures() -> str:
    about = (
        "Measures of one run, which an experiment declares by name; and the modules of"
        " `recursor.analysis`, whose functions take frames (`recursor.frames`)."
    )
    rows = [(_code(m.name), m.unit, _prose(m.about)) for m in MEASURES.values()]
    parts = ["## Measures of a run", _prose(_measured()), _table(("measure", "unit", "is"), rows)]
    motifs = [(_code(motif.name), motif.about) for motif in MOTIFS.values()]
    parts += ["## Motifs", _table(("motif", "is"), motifs)]
    for name in _MODULES:
        tree = _tree(f"recursor/analysis/{name}.py")
        parts += [f"## analysis.{name}", _prose(_said(tree))]
        for function in tree.body:
            if isinstance(function, ast.FunctionDef) and not function.name.startswith("_"):
                parts.append(_fenced(_signature(function), "python"))
                parts.append(_prose(_said(function)))
    return _page("Measures", about, *parts)


def _measured() -> str:
    return _said(_tree("recursor/analysis/measures.py")).partition("\n\n")[2]


# --- inside a jail


def _guest() -> str:
    folder = shipped("sandbox") / "guest"
    sys.path.insert(0, str(folder))
    import commands  # type: ignore[import-not-found]

    about = (
        "What a program finds in its working directory and on `PATH`. `--guest-names` gives the"
        " commands other names."
    )
    parts = ["## Exit codes", _table(("code", "meaning"), [
        (str(commands.ANSWERED), "done; `query-model`: answered"),
        (str(commands.NO_SUCH_KEY), "`memory get`: there is no such key"),
        (str(commands.USAGE), "usage"),
        (str(commands.DENIED), "`query-model`: denied"),
        (str(commands.FAILED), "the model failed, or there is none of that name"),
        (str(commands.CLOSED), "the door is gone"),
        (str(commands.REFUSED), "`run-program`, `program`, `memory`, `budget`: denied"),
        ("137", "`run-program`, `program wait`: the program was killed; else its own code"),
    ])]  # fmt: skip
    for name in commands.COMMANDS:
        texts = [_usage_of(commands, name)]
        actions = {"program": ("list", "wait", "stop"), "memory": ("get", "put", "append", "list")}
        texts += [_usage_of(commands, name, action) for action in actions.get(name, ())]
        parts += [f"## {name}", _fenced("\n".join(texts))]
    tree = ast.parse((folder / "recursor_guest.py").read_text(encoding="utf-8"))
    parts += ["## From Python", "`import recursor_guest`:\n\n" + _prose(_said(tree))]
    return _page("Guest commands", about, *parts)


def _usage_of(commands: Any, name: str, *arguments: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        commands.COMMANDS[name](name, [*arguments, "--help"])
    return out.getvalue()


# --- exit codes and settings


def _exits() -> str:
    said = _said(_tree("recursor/cli/__init__.py")).partition("\n\n")[2]
    rows = [tuple(each.split(" ", 1)) for each in " ".join(said.split()).split(" · ")]
    parts = [_table(("code", "meaning"), [(_code(code), means) for code, means in rows])]
    parts += ["## Errors", _prose(_said(_tree("recursor/errors.py")).partition("\n\n")[0])]
    parts.append(_fenced(_said(_tree("recursor/errors.py")).split("\n\n")[1]))
    rows = [
        (_code(name), str(kind.exit_code))
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.RecursorError)
    ]
    parts.append(_table(("error", "exit code"), rows))
    parts += ["## Ends of a run", "Any other end of a run is 0."]
    rows = [(_code(end.value), str(code)) for end, code in sorted(EXIT_CODES.items())]
    parts.append(_table(("end", "exit code"), rows))
    return _page("Exit codes", "What a command exits with.", *parts)


def _settings() -> str:
    said = _said(_tree("recursor/config.py"))
    parts = [_prose(said)]
    rows = []
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        keys = [p.name.rstrip("_").replace("_", "-") for p in command.params if p.name != "help"]
        if keys and not hasattr(command, "commands"):
            rows.append((_code(f"[{name}]"), ", ".join(_code(key) for key in keys)))
    parts += ["## Tables and keys", _table(("table", "keys"), rows), "## Environment"]
    parts.append(
        "`RECURSOR_DB` is the database of every command. Any other option is"
        " `RECURSOR_COMMAND_OPTION`, in capitals with underscores: `RECURSOR_RUN_PROGRAM_TIME=30s`."
        " `NO_COLOR` is honoured."
    )
    return _page("Settings", "Where a value comes from, if no flag gives it.", *parts)


# --- from Python


def _api() -> str:
    tree = _tree("recursor/api.py")
    exported = set(recursor.__all__)
    parts, classes = ["## Functions"], ["## Values"]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in exported:
            parts += [f"### {node.name}", _fenced(_signature(node), "python"), _prose(_said(node))]
        elif isinstance(node, ast.ClassDef) and node.name in exported:
            classes += [f"### {node.name}", _prose(_said(node))]
            rows = [(_code(n), _code(kind), _prose(means)) for n, kind, _, means in
                    _fields("recursor/api.py", node.name)]  # fmt: skip
            rows += [(_code(f.name), "method" if not _is_property(f) else "property",
                      _prose(_said(f).partition("\n")[0])) for f in node.body
                     if isinstance(f, ast.FunctionDef) and not f.name.startswith("_")]  # fmt: skip
            classes.append(_table(("", "type", "meaning"), rows))
    options = ["## Options", "What `recursor.run(**options)` takes besides."]
    for name in ("RunConfig", "Limits", "Policies"):
        options += [f"### {name}", _prose(_said(_class("recursor/types.py", name)))]
        rows = [(_code(n), _code(kind), _code(default), _prose(means)) for n, kind, default, means
                in _fields("recursor/types.py", name)]  # fmt: skip
        options.append(_table(("field", "type", "default", "meaning"), rows))
    about = (
        "What `import recursor` gives. Errors are `recursor.RecursorError` or one of its kinds;"
        " each is one line that a person can act on."
    )
    return _page("Python", about, *parts, *classes, *options)


def _is_property(function: ast.FunctionDef) -> bool:
    return any(ast.unparse(each) == "property" for each in function.decorator_list)


# --- files that people write


_DOCUMENTS = (
    ("Prompt pack", "A file for `--pack FILE.toml`; `recursor prompts show bare` prints one.", (
        ("", "recursor/prompts.py", "_PackFile"),
        ("[bash], [python]", "recursor/prompts.py", "Form"),
        ("messages", "recursor/prompts.py", "Turn"),
        ("[sampling]", "recursor/prompts.py", "_SamplingTable"))),
    ("Stub", "A file for `-m stub:FILE.toml`.", (
        ("", "recursor/models/stub.py", "_StubFile"),
        ("[[rule]]", "recursor/models/stub.py", "Rule"))),
    ("Experiment", "A file for `recursor experiment FILE.toml`.", (
        ("", "recursor/experiments/expand.py", "_File"),
        ("[goals]", "recursor/experiments/goals.py", "Chosen"),
        ("[[comparison]]", "recursor/experiments/plan.py", "Declared"))),
    ("Goals", "A file of goals, for `goals.file` of an experiment: a `[[goal]]` each.", (
        ("[[goal]]", "recursor/experiments/goals.py", "_Row"),)),
)  # fmt: skip


def _files() -> str:
    about = "TOML. An unknown key, or a value of another type, is an error that names the key."
    parts = []
    for title, told, documents in _DOCUMENTS:
        parts += [f"## {title}", told]
        for place, module, name in documents:
            if place:
                parts.append(f"`{place}`" if "," not in place else "`[bash]` and `[python]`")
            rows = [(_code(n), _code(_shown(kind)), _code(_plain_default(default)), _prose(means))
                    for n, kind, default, means in _fields(module, name)]  # fmt: skip
            parts.append(_table(("key", "type", "default", "meaning"), rows))
            if title == "Experiment" and not place:
                parts.append(
                    "`[run]` and `[factors]` hold options of `recursor run` by their flags' names:"
                    f" {_options()}."
                )
    return _page("Files: packs, stubs, plans, goals", about, *parts)


def _options() -> str:
    names = [name.rstrip("_").replace("_", "-") for name, *_ in
             _fields("recursor/runs/options.py", "Options") if name != "model_config"]  # fmt: skip
    return ", ".join(_code(name) for name in names)


_KINDS = {
    "_SamplingTable": "table", "Form": "table", "list[Turn]": "list of tables",
    "list[Declared]": "list of tables", "goals.Chosen": "table", "list[Rule]": "list of tables",
    "re.Pattern[str]": "str", "dict[str, Any]": "table", "Any": "int or list[int]", "_Text": "str",
    "list[_Text]": "list[str]", "list[Any]": "list of two",
}  # fmt: skip


class _Bare(ast.NodeTransformer):
    """Takes off what a type is annotated with."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        if ast.unparse(node.value) == "Annotated" and isinstance(node.slice, ast.Tuple):
            return node.slice.elts[0]
        return node


def _shown(kind: str) -> str:
    """Return a type as whoever writes a file needs it."""
    kind = kind.removesuffix(" | None")
    if found := re.fullmatch(r"Literal\[(.*)\]", kind):
        return " or ".join(found[1].replace("'", '"').split(", "))
    kind = ast.unparse(_Bare().visit(ast.parse(kind, mode="eval")))
    return _KINDS.get(kind, kind)


def _plain_default(default: str) -> str:
    if found := re.match(r"Field\(([^,=)]+)[,)]", default):
        default = found[1]
    elif default.startswith(("Field(", "_SamplingTable(")):
        default = ""
    words = {"None": "", "True": "true", "False": "false", "''": "", "[]": "", "{}": ""}
    return words.get(default, default.replace("'", '"'))


GENERATED: Mapping[str, Callable[[], str]] = {
    "cli": _cli,
    "schema": _schema,
    "events": _events,
    "measures": _measures,
    "guest": _guest,
    "exit-codes": _exits,
    "settings": _settings,
    "api": _api,
    "files": _files,
}

if __name__ == "__main__":
    os.environ.update(COLUMNS="92", LC_ALL="C", NO_COLOR="1")
    sys.exit(main())
