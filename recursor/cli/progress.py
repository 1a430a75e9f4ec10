"""How far an experiment is, on stderr: a bar, plain lines, or nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar

from recursor.cli import draw
from recursor.cli.options import DisplayChoice
from recursor.experiments.conduct import Progress
from recursor.experiments.plan import label
from recursor.programs import safe
from recursor.records import TrialRecord


@contextmanager
def shown(choice: DisplayChoice) -> Iterator[Callable[[Progress], None]]:
    """Have what shows the progress: `auto` is a bar on a terminal, else nothing."""
    if choice is DisplayChoice.AUTO:
        choice = DisplayChoice.TREE if sys.stderr.isatty() else DisplayChoice.NONE
    if choice is DisplayChoice.TREE:
        yield from _bar()
    else:
        yield _Lines() if choice is DisplayChoice.PLAIN else _nothing


def _bar() -> Iterator[Callable[[Progress], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TextColumn("{task.fields[told]}"))  # fmt: skip
    with Bar(*columns, console=draw.progress()) as bar:
        task = bar.add_task("", told="")

        def show(progress: Progress) -> None:
            bar.update(
                task,
                description=progress.name,
                total=progress.total,
                completed=progress.done,
                told=_told(progress),
            )

        yield show


class _Lines:
    """A line a run that ends."""

    def __init__(self) -> None:
        self._said: TrialRecord | None = None

    def __call__(self, progress: Progress) -> None:
        ended = progress.latest
        if ended is None or ended is self._said:
            return
        self._said = ended
        what = ended.failure or ended.run
        line = f"{progress.done}/{progress.total} {label(ended.condition)}, {ended.pair}: {what}"
        print(f"{safe(line)}; {_left(progress)}", file=sys.stderr, flush=True)


def _nothing(_: Progress) -> None:
    pass


def _told(progress: Progress) -> str:
    failed = f", {progress.failed} failed" if progress.failed else ""
    return f"{progress.under_way} under way{failed}, {_left(progress)}"


def _left(progress: Progress) -> str:
    if progress.left_s is None:
        return "nobody knows how long"
    until = time.strftime("%H:%M", time.localtime(time.time() + progress.left_s))
    return f"{_span(progress.left_s)} left, until {until}"


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
