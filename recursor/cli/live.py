"""The growing run on stderr: as a living tree, as plain lines, or not at all.

The first line says who answers, and what is known of where that behaviour comes from.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text
from rich.tree import Tree

from recursor.models.base import Models
from recursor.programs import first_line, safe
from recursor.records import RunRecord
from recursor.runs.grow import Growth
from recursor.runs.node import Asker, Node
from recursor.types import ModelInfo, Provenance

REFRESH_S = 0.25
LINES = 40
"""How much of a large tree is drawn while it grows: its latest part."""


class Display(Protocol):
    """Shows a run from its start until it is stopped."""

    def start(self, growth: Growth) -> None: ...

    def pause(self) -> None:
        """Leave the terminal to the person."""
        ...

    def resume(self) -> None: ...

    def stop(self) -> None: ...


Hint = Callable[[str], str]
"""Tells, of a run's model, how another one is asked."""


def no_hint(_: str) -> str:
    """Tell nothing: the model is what it was."""
    return ""


@contextmanager
def display(choice: str, *, json_: bool, hint: Hint = no_hint) -> Iterator[Display]:
    """Have the display `tree`, `plain`, `none`, or `auto`.

    That is a tree on a terminal; elsewhere the first line, or nothing beside JSON. `hint` ends the
    first line.
    """
    if choice == "auto":
        choice = "tree" if sys.stderr.isatty() else "none" if json_ else "line"
    kinds: dict[str, type[Nothing]] = {
        "tree": LivingTree, "plain": Plain, "line": FirstLine, "none": Nothing,
    }  # fmt: skip
    shown = kinds[choice](hint)
    try:
        yield shown
    finally:
        shown.stop()


class Nothing:
    """Shows nothing."""

    def __init__(self, hint: Hint = no_hint) -> None:
        self.hint = hint

    def start(self, growth: Growth) -> None:
        pass

    def pause(self) -> None:
        pass

    def resume(self) -> None:
        pass

    def stop(self) -> None:
        pass


class FirstLine(Nothing):
    """Prints the first line alone."""

    def start(self, growth: Growth) -> None:
        print(headline(growth, self.hint), file=sys.stderr, flush=True)


class LivingTree(Nothing):
    """Redraws the tree in place."""

    def __init__(self, hint: Hint = no_hint) -> None:
        super().__init__(hint)
        self._live: Live | None = None

    def start(self, growth: Growth) -> None:
        console = Console(stderr=True)
        console.print(Text(headline(growth, self.hint), "dim"))
        self._live = Live(
            console=console,
            get_renderable=lambda: Group(_tree(growth), _status(growth)),
            refresh_per_second=1 / REFRESH_S,
            transient=True,
        )
        self._live.start()

    def pause(self) -> None:
        if self._live is not None:
            self._live.stop()

    def resume(self) -> None:
        if self._live is not None:
            self._live.start()

    def stop(self) -> None:
        self.pause()


class Plain(FirstLine):
    """Prints a line when a node starts and when it ends."""

    def __init__(self, hint: Hint = no_hint) -> None:
        super().__init__(hint)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._said: set[str] = set()

    def start(self, growth: Growth) -> None:
        super().start(growth)
        self._thread = threading.Thread(target=self._follow, args=[growth], daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _follow(self, growth: Growth) -> None:
        while not self._stop.wait(REFRESH_S):
            self._report(growth)
        self._report(growth)

    def _report(self, growth: Growth) -> None:
        for node in growth.nodes[:]:
            row = node.record
            place = f"{row.id[-6:]} depth {row.depth}"
            self._once(f"{place} starts: {first_line(row.program)}")
            if row.end_cause:
                exit_code = "" if row.exit_code is None else f" {row.exit_code}"
                self._once(f"{place} ends: {row.end_cause}{exit_code}")

    def _once(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            self._say(line)

    def _say(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)


def headline(growth: Growth, hint: Hint) -> str:
    """Return the first line."""
    run = growth.run
    assert run is not None
    is_script = run.engine == "stub"  # it does not read the pack
    parts = [
        f"model {_asked(growth.models, run)}, pack {run.pack}, seed {run.seed}",
        *([f"the pack plants: {', '.join(run.plants)}"] if run.plants and not is_script else []),
        hint(run.model),
    ]
    return safe("; ".join(filter(None, parts)))


def _asked(models: Models, run: RunRecord) -> str:
    if run.mode == "replay":  # nobody is asked, and the record knows a provenance of all together
        return run.model_label
    infos = (models.default.info, *models.infos.values())
    asked = list(dict.fromkeys(map(named, infos)))
    if run.model_provenance not in {info.provenance for info in infos}:
        asked.append(f"{run.model_provenance} where it forked off")
    return ", ".join(asked)


def named(info: ModelInfo) -> str:
    """Name a model, with a word about a behaviour that was put there."""
    if info.provenance != Provenance.PLANTED:
        return info.spec
    if info.family == "shadow":
        return f"{info.spec} (planted: as some of the answers it draws)"
    where = "script" if info.family == "stub" else "corpus"
    return f"{info.spec} (planted: its behaviour was put there by its {where})"


def _tree(growth: Growth) -> Tree:
    drawn: dict[Asker | None, Tree] = {}
    top = Tree(Text(first_line(growth.config.goal), style="bold"), guide_style="dim")
    nodes = growth.nodes[:]
    for node in nodes[-LINES:]:
        drawn[node] = drawn.get(node.parent, top).add(_line(node))
    return top


def _line(node: Node) -> Text:
    row = node.record
    if row.end_cause is None:
        state, style = ("running", "blue") if node.turn.is_running else ("waiting", "dim")
    elif row.end_cause == "exited":
        state, style = f"exit {row.exit_code}", "green" if row.exit_code == 0 else "yellow"
    else:
        state, style = row.end_cause, "red"
    return (
        Text(f"{row.language} ", "cyan")
        .append(first_line(row.program), "")
        .append(f"  {state}", style)
    )


def _status(growth: Growth) -> Text:
    ledger, limits = growth.ledger, growth.config.limits
    busy_s = growth.model_busy.seconds
    rate = growth.answer_tokens / busy_s if busy_s else 0.0
    denied = sum(growth.denials.values())
    return Text(
        f"nodes {ledger.nodes}/{limits.nodes} · queries {ledger.queries}/{limits.queries}"
        f" · tokens {ledger.tokens}/{limits.tokens} · denied {denied}"
        f" · {rate:.0f} tokens/s · {growth.elapsed_s:.0f}/{limits.seconds:g} s",
        style="bold",
    )
