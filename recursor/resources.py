"""Where what ships lies, in a checkout or an installed wheel, and how an extra is added to it."""

import json
import shlex
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

_PACKAGE = Path(__file__).resolve().parent


def shipped(folder: str) -> Path:
    """Return the folder `sandbox`, `prompts`, `runs` or `tests`: in a wheel it is in `shipped/`."""
    installed = _PACKAGE / "shipped" / folder
    return installed if installed.is_dir() else _PACKAGE.parent / folder


def installing(extra: str) -> str:
    """Return the command that adds an extra, from where this installation itself came."""
    from importlib.metadata import PackageNotFoundError, distribution

    source, flags = "recursor", ""
    try:
        told = json.loads(distribution("recursor").read_text("direct_url.json") or "{}")
    except PackageNotFoundError:
        told = {}
    path = unquote(urlsplit(told.get("url", "")).path)
    if path and Path(path).exists():
        source = path
        flags = "--editable " if told.get("dir_info", {}).get("editable") else ""
    what = shlex.quote(f"{source}[{extra}]")
    return f"{shlex.quote(sys.executable)} -m pip install {flags}{what}"
