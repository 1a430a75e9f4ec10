"""A scope that began is closed, whatever becomes of the request that it began with."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from typing import Any, cast

import pytest

from recursor.broker.protocol import Enter
from recursor.programs import Delivered
from recursor.runs.grow import Growth
from recursor.runs.guest import Guest
from recursor.runs.node import Asker, Node
from recursor.runs.turn import Turn
from recursor.types import Capture, Language, NodeEnd, Outcome
from tests.store.test_store import a_node

PROGRAM = "echo what the model wrote; echo and a program evaluates\n"
STOPPED = Outcome.unheard(NodeEnd.STOPPED, "operator")
JAIL = replace(STOPPED, stdout=Capture(b"what the whole jail said", 24))


class Scopes:
    """Stands in for a run: lets every scope begin, and keeps how each ended."""

    def __init__(self) -> None:
        self.ended: dict[str, Outcome] = {}
        self.entered = asyncio.Event()

    async def enter(self, parent: Node, *_: object) -> Node:
        self.entered.set()
        record = a_node(id_="a scope", kind="scope")
        return Node("a scope", 2, parent, record=record, turn=parent.turn, within=parent)

    def leave(self, scope: Node, outcome: Outcome) -> None:
        self.ended[scope.key] = outcome


@pytest.mark.parametrize("ends_first", [True, False])
def test_a_scope_whose_request_is_broken_off_is_closed(ends_first: bool) -> None:
    async def broken_off() -> dict[str, Outcome]:
        places, scopes = asyncio.Semaphore(1), Scopes()
        turn = Turn(places, 60)
        await turn.take()
        node = Node("a node", 1, Asker("operator"), record=a_node(), turn=turn)
        node.hear(Delivered("a query", PROGRAM))
        guest = Guest(cast(Growth, scopes), node, os.getpid())
        asked: Any = guest.serve(Enter(PROGRAM, Language.BASH, "eval"), os.getpid(), _told, _gone)
        request = asyncio.create_task(asked)
        await places.acquire()  # another program takes the place, so the request waits for one
        await scopes.entered.wait()
        if ends_first:
            guest.end(JAIL)
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)
        guest.end(JAIL)
        return scopes.ended

    assert asyncio.run(broken_off()) == {"a scope": STOPPED}


def _told(part: dict[str, Any]) -> bool:
    return True


async def _gone() -> None:
    await asyncio.Event().wait()
