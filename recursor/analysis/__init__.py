"""Measures: one a file, pure functions over records."""

from importlib.util import find_spec

from recursor.errors import UsageError

_PACKAGES = (
    "datasketch", "networkx", "numpy", "pandas", "rapidfuzz", "scipy", "tree_sitter",
    "tree_sitter_bash", "tree_sitter_python",
)  # fmt: skip


def check_installed() -> None:
    """Raise UsageError if what runs are measured and compared with is not installed."""
    for package in _PACKAGES:
        if find_spec(package) is None:
            raise UsageError(f"{package} is not installed; run: pip install 'recursor[analysis]'")
