"""Where `sandbox/`, `prompts/` and the recordings lie: in a checkout or in an installed wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(folder: str) -> Path:
    """Return the folder `sandbox`, `prompts` or `tests`; the wheel has them under `shipped/`."""
    installed = _PACKAGE / "shipped" / folder
    return installed if installed.is_dir() else _PACKAGE.parent / folder
