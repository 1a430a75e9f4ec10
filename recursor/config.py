"""Settings: flag > environment `RECURSOR_*` > `./recursor.toml` > the user's file > default.

The command line hands these defaults to its parser, which already knows that order. A settings
file has one table a command, with the names of its flags:

    [run]
    model = "smollm2"
    program-time = "30s"
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from platformdirs import user_config_path, user_data_path

from recursor.errors import ConfigError, UsageError

FILE = "recursor.toml"


def files() -> Iterator[tuple[Path, dict[str, dict[str, Any]]]]:
    """Yield the settings files that there are, the one that counts most last: their tables."""
    candidates = (user_config_path("recursor") / FILE, Path(FILE))
    for path in filter(is_there, candidates):
        from recursor import tomlfile  # most people have no such file, and need not wait for it

        tables = tomlfile.read(path)
        for command, values in tables.items():
            if not isinstance(values, dict):
                raise ConfigError(f"{path}: {command} must be a table, such as [run]")
        yield path, tables


def is_there(path: Path) -> bool:
    """Return whether a path can be seen; Path.exists raises where a folder may not be entered."""
    return os.path.exists(path)  # noqa: PTH110


def is_file(path: Path) -> bool:
    """Return whether a file can be seen there, or what a link to one leads to."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Return whether a folder can be seen there."""
    return os.path.isdir(path)  # noqa: PTH112


def parallel_default() -> int:
    """Return how many programs run at a time unless somebody says otherwise."""
    return 2 * len(os.sched_getaffinity(0))


def default_database() -> str:
    """Return the default database's URL: in `runs/` here, else in the user's data folder."""
    here = Path("runs")
    folder = here.resolve() if is_folder(here) else user_data_path("recursor")
    return f"sqlite:///{folder / 'recursor.db'}"


def database_url(db: str | None) -> str:
    """Return the SQLAlchemy URL of `db`, which is one or is the path of a SQLite file.

    Without one it is the default database's. Raises UsageError for a path that cannot be.
    """
    if not db:
        return default_database()
    try:
        return db if "://" in db else f"sqlite:///{Path(db).expanduser().resolve()}"
    except (OSError, RuntimeError) as error:  # nobody is called so, links that lead to each other
        raise UsageError(f"there cannot be a database {db}: {error}") from error


def sockets_folder() -> Path:
    """Return where runs listen to whoever wants to stop them, if their database is no file."""
    return user_data_path("recursor") / "living"


def make_folder(url: str) -> None:
    """Make the folder that a run's jails must not see: its database's, or the sockets'.

    Raises UsageError for a database at the root of the file system.
    """
    kind, _, path = url.partition(":///")
    with suppress(OSError):  # the store will say it better
        if kind == "sqlite":
            if Path(path).is_dir():
                raise UsageError(f"{path} is a folder; name a file in it")
            folder = Path(path).parent
            if folder == Path("/"):
                raise UsageError("a database cannot lie in / itself: no jail could hide it")
        elif url.startswith("postgresql"):
            folder = sockets_folder()
        else:
            return  # the store will refuse it
        folder.mkdir(mode=0o777 if kind == "sqlite" else 0o700, parents=True, exist_ok=True)
