"""The command line: parse, call, print. Every error is one line, every exit code means something.

0 done (a reached limit is a result) · 1 error · 2 usage · 3 a limit was reached and
`--fail-on-limit` asked · 4 a replay diverged · 5 no provable sandbox · 130 interrupted
"""

import os
import sys
from collections import UserDict
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from recursor import config
from recursor.errors import ConfigError, RecursorError
from recursor.version import __version__

_COMMANDS = {
    "run": "run.run",
    "chat": "chat.chat",
    "stop": "stop.stop",
    "replay": "replay.replay",
    "fork": "fork.fork",
    "resume": "resume.resume",
    "rerun": "resume.rerun",
    "runs": "runs.app",
    "tree": "read.tree",
    "show": "read.show",
    "stats": "stats.stats",
    "lineage": "lineage.lineage",
    "motifs": "motifs.motifs",
    "attribute": "attribute.attribute",
    "denials": "denials.denials",
    "label": "label.label",
    "diff": "diff.diff",
    "verify": "verify.verify",
    "report": "view.report",
    "view": "view.view",
    "export": "files.export",
    "import": "files.import_",
    "experiment": "experiment.app",
    "compare": "experiment.compare",
    "doctor": "doctor.doctor",
    "models": "models.app",
    "prompts": "prompts.app",
    "planted": "planted.planted",
    "db": "database.app",
}
"""Where each command lies, in the order in which they are listed."""


class _Commands(UserDict[str, Any]):
    """The commands, each imported when it is asked for: one that reads need not wait for a model's.

    So a mistake in one command's module is seen only there.
    """

    def __getitem__(self, name: str) -> Any:
        place = super().__getitem__(name)
        if isinstance(place, str):
            self[name] = place = _load(name, place)
        return place


def _load(name: str, place: str) -> Any:
    module, _, attribute = place.partition(".")
    found = getattr(import_module(f"recursor.cli.{module}"), attribute)
    if not isinstance(found, typer.Typer):
        function, found = found, typer.Typer(rich_markup_mode="markdown", add_completion=False)
        found.command(name)(function)
    return typer.main.get_command(found)


class _Group(TyperGroup):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "commands": _Commands(_COMMANDS)})


app = typer.Typer(
    name="recursor",
    cls=_Group,
    help="Grow, record and read contained trees of programs that a language model writes.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _version(asked: bool) -> None:
    if asked:
        print(f"recursor {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: bool = typer.Option(
        False, "--version", is_eager=True, callback=_version, help="Print the version and exit."
    ),
) -> None:
    pass


def main() -> None:
    """Run the command line and exit."""
    sys.exit(_exit_code())


def _exit_code() -> int:
    try:
        code = app(standalone_mode=False, default_map=_defaults(), auto_envvar_prefix="RECURSOR")
    except RecursorError as error:
        return _fail(str(error), error.exit_code)
    except typer.TyperException as error:
        return _fail(error.format_message(), error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return _fail("interrupted", 130)
    except BrokenPipeError:
        # Whoever read the output has enough; Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code if isinstance(code, int) else 0


def _defaults() -> dict[str, dict[str, Any]]:
    """Return the settings files' values; a command or flag that does not exist is an error."""
    defaults = config.defaults()
    commands = getattr(typer.main.get_command(app), "commands", {})
    for command, values in defaults.items():
        known = {flag.name: flag for flag in getattr(commands.get(command), "params", ())}
        for name, value in values.items():
            if name not in known:
                raise ConfigError(f"{config.FILE}: [{command}] has no setting {name!r}")
            if getattr(known[name], "multiple", False) and not isinstance(value, list):
                values[name] = [value]  # one value of a flag that may be repeated
    return defaults


def _fail(message: str, code: int) -> int:
    if not message:  # the help that was printed says it
        return code
    from recursor.cli.draw import safe

    print(f"recursor: {safe(' '.join(message.split()))}", file=sys.stderr)
    return code
