"""`recursor db`: the database itself."""

import typer

from recursor import config
from recursor.cli.options import Db, writing
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
