"""The growing run on stderr: as a living tree, as plain lines, or not at all."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text
from rich.tree import Tree

from recursor.programs import first_line
from recursor.runs.grow import Growth
from recursor.runs.node import Asker, Node

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


@contextmanager
def display(choice: str) -> Iterator[Display]:
    """Have the display `tree`, `plain`, `none`, or `auto`: a tree on a terminal, else none."""
    if choice == "auto":
        choice = "tree" if sys.stderr.isatty() else "none"
    kinds: dict[str, type[Display]] = {"tree": LivingTree, "plain": Plain, "none": Nothing}
    shown = kinds[choice]()
    try:
        yield shown
    finally:
        shown.stop()


class Nothing:
    """Shows nothing."""

    def start(self, growth: Growth) -> None:
        pass

    def pause(self) -> None:
        pass

    def resume(self) -> None:
        pass

    def stop(self) -> None:
        pass


class LivingTree(Nothing):
    """Redraws the tree in place."""

    def __init__(self) -> None:
        self._live: Live | None = None

    def start(self, growth: Growth) -> None:
        console = Console(stderr=True)
        console.print(_headline(growth))
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


class Plain(Nothing):
    """Prints a line when a node starts and when it ends."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._said: set[str] = set()

    def start(self, growth: Growth) -> None:
        self._say(_headline(growth).plain)
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


def _headline(growth: Growth) -> Text:
    run = growth.run
    assert run is not None
    planted = ", scripted" if run.model_provenance == "planted" else ""
    plants = f"; the pack plants: {', '.join(run.plants)}" if run.plants else ""
    return Text(f"model {run.model}{planted}, pack {run.pack}, seed {run.seed}{plants}", "dim")


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
