"""The command line: parse, call, print. Every error is one line, every exit code means something.

0 done (a reached limit is a result) · 1 error · 2 usage · 3 a limit was reached and
`--fail-on-limit` asked · 5 no provable sandbox · 130 interrupted
"""

import os
import sys
from typing import Any

import typer

from recursor import config
from recursor.cli import (
    chat,
    database,
    doctor,
    draw,
    files,
    fork,
    models,
    prompts,
    read,
    replay,
    resume,
    run,
    runs,
    stop,
    verify,
)
from recursor.errors import ConfigError, RecursorError
from recursor.version import __version__

app = typer.Typer(
    name="recursor",
    help="Grow, record and read contained trees of programs that a language model writes.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command("run")(run.run)
app.command("chat")(chat.chat)
app.command("stop")(stop.stop)
app.command("replay")(replay.replay)
app.command("fork")(fork.fork)
app.command("resume")(resume.resume)
app.command("rerun")(resume.rerun)
app.add_typer(runs.app)
app.command("tree")(read.tree)
app.command("show")(read.show)
app.command("stats")(read.stats)
app.command("verify")(verify.verify)
app.command("export")(files.export)
app.command("import")(files.import_)
app.command("doctor")(doctor.doctor)
app.add_typer(models.app)
app.add_typer(prompts.app)
app.add_typer(database.app)


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
    print(f"recursor: {draw.safe(' '.join(message.split()))}", file=sys.stderr)
    return code
