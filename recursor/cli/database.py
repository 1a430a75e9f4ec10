"""`recursor db`: the database itself."""

from pathlib import Path
from typing import Annotated

import typer

from recursor import config
from recursor.cli.options import Db, reading, writing
from recursor.export.output import beside
from recursor.programs import safe
from recursor.store import place

app = typer.Typer(
    name="db",
    help="The database itself.\n\nExample: `recursor db path`",
    no_args_is_help=True,
    add_completion=False,
)


@app.command()
def path(db: Db = None) -> None:
    """Print where runs are recorded.

    Example: `recursor db path`
    """
    print(place(config.database_url(db)))


@app.command()
def upgrade(db: Db = None) -> None:
    """Bring the database to this version's schema (recording a run does so too).

    Example: `recursor db upgrade`
    """
    with writing(db) as store:
        print(f"{store.place} has the newest schema")


@app.command()
def check(db: Db = None) -> None:
    """Check all that is recorded: the file, every row, and content against its SHA-256.

    What is wrong with the file, and what is found first in a run, is told in a line each; the exit
    code is 1 then.

    Example: `recursor db check`
    """
    with reading(db) as store:
        flaws = list(store.flaws())
        for flaw in flaws:
            print(safe(flaw))
        if flaws:
            raise typer.Exit(1)
        print(f"{store.place} is as it was recorded; runs: {len(store.runs())}")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A SQLite file, to be made.")],
    db: Db = None,
) -> None:
    """Copy the whole database, as it is at one moment; runs may grow in it meanwhile.

    Example: `recursor db backup backup.db`
    """
    with reading(db) as store, beside(file, []) as unfinished:
        store.copy(unfinished)
    print(f"{file} holds all of {store.place}")
