"""The command line: parse, call, print. Every error is one line, every exit code means something.

0 done (a reached limit is a result) · 1 error · 2 usage · 3 a limit was reached and
`--fail-on-limit` asked · 4 a replay diverged · 5 no provable sandbox, or an attack that was not
held · 130 interrupted or stopped (the run is kept, `resume` goes on with it)
"""

import os
import sys
from collections import UserDict
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from recursor import config
from recursor.errors import ConfigError, RecursorError
from recursor.version import __version__

_PANELS = {
    "Grow": {
        "run": ("run.run", "Grow a tree of programs from a goal, and record it."),
        "demo": ("demo.demo", "Scenarios to grow, or to replay without a model."),
        "chat": ("chat.chat", "Talk with the model; its programs run if you say yes."),
        "stop": ("stop.stop", "Stop a living run, or a part of it."),
        "experiment": ("experiment.app", "Many runs with a plan: factors x goals x seeds."),
    },
    "Look": {
        "runs": ("runs.app", "List the recorded runs; be rid of some."),
        "tree": ("read.tree", "Draw a run's tree."),
        "show": ("read.show", "Show a run, or one of its programs, whole."),
        "stats": ("stats.stats", "Count what runs did; measure their trees."),
        "diff": ("diff.diff", "Compare two runs: where they part, what both have."),
        "report": ("view.report", "Write runs as one page to look at, to mail, to attach."),
        "view": ("view.view", "Show the record in a browser, live."),
    },
    "Again": {
        "replay": ("replay.replay", "Execute a recorded run again, without a model, and compare."),
        "fork": ("fork.fork", "What would have become of a run, if ..."),
        "resume": ("resume.resume", "Go on with a run that was broken off."),
        "rerun": ("resume.rerun", "Grow a tree afresh as a recorded one was."),
        "verify": ("verify.verify", "What of a run would not reproduce on this machine."),
    },
    "Measure": {
        "motifs": ("motifs.motifs", "What programs do, with the lines that say so."),
        "lineage": ("lineage.lineage", "Copies among programs, and who has them from whom."),
        "denials": ("denials.denials", "What programs do next when they are denied something."),
        "attribute": ("attribute.attribute", "Whose words made each program, in bits."),
        "compare": ("experiment.compare", "Compare an experiment's conditions, as declared."),
        "label": ("label.label", "Label programs yourself, and see how far you agree."),
        "planted": ("planted.planted", "Record a run whose truth is known."),
    },
    "Pass on": {
        "export": ("files.export", "Write runs in a format of ours or of others."),
        "import": ("files.import_", "Add a recording to the record, all of it checked."),
        "db": ("database.app", "The database itself."),
    },
    "This machine": {
        "doctor": ("doctor.doctor", "What is here, what is missing and what mends it."),
        "models": ("models.app", "What can be asked."),
        "prompts": ("prompts.app", "What the model is told."),
    },
}
"""Where each command lies and what it is for, in the order in which they are listed."""
_PLACES = {
    name: place for commands in _PANELS.values() for name, (place, _) in commands.items()
}  # fmt: skip


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
    command = typer.main.get_command(found)
    _name_variables(command, f"RECURSOR_{name}")
    return command


def _name_variables(command: Any, prefix: str) -> None:
    """Name the environment's variable of each flag whose parameter ends with `_`, but not itself.

    Such a parameter (`json_` is --json) would be a word of Python's else.
    """
    for flag in command.params:
        if flag.name.endswith("_"):
            flag.envvar = f"{prefix}_{flag.name[:-1]}".upper()
    for name, below in getattr(command, "commands", {}).items():
        _name_variables(below, f"{prefix}_{name}")


class _Group(TyperGroup):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "commands": _Commands(_PLACES)})
        for option in self.params:  # RECURSOR_VERSION is more likely to be somebody else's
            vars(option).update(allow_from_autoenv=False, show_envvar=False)
        # To list them, in a help or a completion, none has to be imported.
        self._listed = {
            name: TyperCommand(name, help=purpose, rich_help_panel=panel)
            for panel, commands in _PANELS.items()
            for name, (_, purpose) in commands.items()
        }

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self._listed)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return self._listed.get(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:
        name, _, rest = super().resolve_command(ctx, args)
        return name, name and self.commands[name], rest


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
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # it was closed before Python began
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), "r+"))
    sys.exit(_exit_code())


def _exit_code() -> int:
    code: object = 0
    try:
        code = app(
            prog_name="recursor",
            standalone_mode=False,
            default_map=_defaults(),
            auto_envvar_prefix="RECURSOR",
        )
        print(end="", flush=True)
    except RecursorError as error:
        return _fail(str(error), error.exit_code)
    except typer.TyperException as error:
        return _fail(error.format_message(), error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return _fail("interrupted", 130)
    except (BrokenPipeError, SystemExit) as error:
        # Whoever read the output has enough. typer and rich make a SystemExit of it, and Python
        # would complain once more at exit.
        if BrokenPipeError not in (type(error), type(error.__context__)):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code if isinstance(code, int) else 0


def _defaults() -> dict[str, dict[str, Any]]:
    """Return the settings files' values; a command or flag that does not exist is an error."""
    defaults: dict[str, dict[str, Any]] = {}
    commands = getattr(typer.main.get_command(app), "commands", {})
    for path, tables in config.files():
        for command, values in tables.items():
            flags = getattr(commands.get(command), "params", ())
            known = {flag.name.rstrip("_"): flag for flag in flags}  # `filter_` is --filter
            for name, value in values.items():
                flag = known.get(name.replace("-", "_"))
                if flag is None:
                    raise ConfigError(f"{path}: [{command}] has no setting {name!r}")
                if getattr(flag, "multiple", False) and not isinstance(value, list):
                    value = [value]  # one value of a flag that may be repeated
                defaults.setdefault(command, {})[flag.name] = value
    return defaults


def _fail(message: str, code: int) -> int:
    if not message:  # the help that was printed says it
        return code
    from recursor.programs import safe

    print(f"recursor: {safe(' '.join(message.split()))}", file=sys.stderr)
    return code
