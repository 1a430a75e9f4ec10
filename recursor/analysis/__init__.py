"""Measures: one a file, pure functions over records."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from recursor.errors import UsageError
from recursor.resources import installing

_PACKAGES = (
    "datasketch", "networkx", "numpy", "pandas", "rapidfuzz", "scipy", "tree_sitter",
    "tree_sitter_bash", "tree_sitter_python",
)  # fmt: skip


def check_installed() -> None:
    """Raise UsageError if what runs are measured and compared with is not installed."""
    for package in _PACKAGES:
        if find_spec(package) is None:
            raise UsageError(f"{package} is not installed; run: {installing('analysis')}")


def __getattr__(name: str) -> ModuleType:
    """Import a measure when it is named, as `recursor.analysis.branching`."""
    if find_spec(f"{__name__}.{name}") is None:
        raise AttributeError(f"there is no measure {name!r}")
    check_installed()
    return import_module(f"{__name__}.{name}")
