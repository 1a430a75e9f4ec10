"""A file or folder that is there whole, or not at all: made beside its place, then renamed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from recursor.errors import StoreError
from recursor.records import RunRecord
from recursor.store import Store

Chosen = Sequence[tuple[Store, RunRecord]]
"""Runs, and where each is read."""


@contextmanager
def beside(path: Path, runs: Chosen) -> Iterator[Path]:
    """Yield where to write what is to be at a path; of what fails on the way nothing is left.

    Raises StoreError if something is there already, if it cannot be written, or if one of the runs
    has not ended.
    """
    for _, run in runs:
        if run.end_cause is None:
            raise StoreError(f"the run {run.id} still grows; export it when it has ended")
    try:
        with _unfinished(path) as unfinished:
            yield unfinished
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from error


@contextmanager
def _unfinished(path: Path) -> Iterator[Path]:
    if path.exists():
        raise StoreError(f"{path} exists already; remove it, or choose another name")
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        yield unfinished
        unfinished.rename(path)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        with suppress(OSError):
            unfinished.unlink()
