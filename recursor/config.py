"""Settings: flag > environment `RECURSOR_*` > `./recursor.toml` > the user's file > default.

The command line hands these defaults to its parser, which already knows that order. A settings
file has one table a command, with the names of its flags:

    [run]
    model = "smollm2"
    program-time = "30s"
"""

from contextlib import suppress
from pathlib import Path
from typing import Any

from platformdirs import user_config_path, user_data_path

from recursor import tomlfile
from recursor.errors import ConfigError, UsageError

FILE = "recursor.toml"


def defaults() -> dict[str, dict[str, Any]]:
    """Return the settings files' values by command and parameter name."""
    merged: dict[str, dict[str, Any]] = {}
    candidates = (user_config_path("recursor") / FILE, Path(FILE))
    for path in (path for path in candidates if path.exists()):
        for command, values in tomlfile.read(path).items():
            if not isinstance(values, dict):
                raise ConfigError(f"{path}: {command} must be a table, such as [run]")
            merged.setdefault(command, {}).update(
                {name.replace("-", "_"): value for name, value in values.items()}
            )
    return merged


def default_database() -> str:
    """Return the default database's URL: in `runs/` here, else in the user's data folder."""
    here = Path("runs")
    folder = here.resolve() if here.is_dir() else user_data_path("recursor")
    return f"sqlite:///{folder / 'recursor.db'}"


def database_url(text: str) -> str:
    """Return the SQLAlchemy URL of `text`, which is one or is the path of a SQLite file."""
    return text if "://" in text else f"sqlite:///{Path(text).expanduser().resolve()}"


def make_folder(url: str) -> None:
    """Make the folder of a database; raise UsageError for one at the root of the file system."""
    folder = Path(url.removeprefix("sqlite:///")).parent
    if url.startswith("sqlite:////") and folder == Path("/"):
        raise UsageError("a database cannot lie in / itself: no jail could hide it")
    with suppress(OSError):  # the store will say it better
        folder.mkdir(parents=True, exist_ok=True)
