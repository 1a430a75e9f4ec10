"""`recursor db`: the database itself."""

import typer

from recursor import config
from recursor.cli.options import Db
from recursor.store import Store

app = typer.Typer(
    name="db", help="The database itself.", no_args_is_help=True, add_completion=False
)


@app.command()
def path(db: Db = None) -> None:
    """Print where runs are recorded.

    Example: `recursor db path`
    """
    print((config.database_url(db) if db else config.default_database()).removeprefix("sqlite:///"))


@app.command()
def upgrade(db: Db = None) -> None:
    """Bring the database to this version's schema (recording a run does so too).

    Example: `recursor db upgrade`
    """
    with Store(config.database_url(db) if db else config.default_database(), write=True) as store:
        print(f"{store.path} has the newest schema")
