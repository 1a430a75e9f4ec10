"""Where what ships lies, in a checkout or an installed wheel, and how an extra is added to it."""

import json
import shlex
import sys
from contextlib import suppress
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
    # pip wrote down where it took it from; other installers may write anything.
    with suppress(PackageNotFoundError, ValueError, AttributeError):
        told = json.loads(distribution("recursor").read_text("direct_url.json") or "{}")
        url = urlsplit(told.get("url", ""))
        if url.scheme == "file" and Path(unquote(url.path)).exists():
            flags = "--editable " if told.get("dir_info", {}).get("editable") else ""
            source = unquote(url.path)
    what = shlex.quote(f"{source}[{extra}]")
    return f"{shlex.quote(sys.executable)} -m pip install {flags}{what}"
