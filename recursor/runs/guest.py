"""The run's side of a door: a node's requests become the two verbs, their results replies."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from recursor import programs
from recursor.broker import protocol
from recursor.broker.door import Reply
from recursor.errors import ModelError
from recursor.runs.node import Node
from recursor.types import Denial, NodeEnd, Program

if TYPE_CHECKING:
    from recursor.runs.grow import Growth

DENIALS_FREE, DENIALS_END = 1_000, 10_000
"""From the first on a denial takes longer and longer to be told; after the last the node ends."""
DELAY_S = 10e-6
"""How much longer each takes."""
RECORD_BYTES = 4096
"""Each so many bytes that a denial adds to the record weigh as one more denial."""
KILLED = 137
"""The exit code that a parent sees of a child that was killed (128 + SIGKILL, as in a shell)."""


class Guest:
    """The door's view of one node: requests in, replies out."""

    def __init__(self, growth: Growth, node: Node) -> None:
        self._growth = growth
        self._node = node

    async def query(self, query: protocol.Query) -> dict[str, Any]:
        async with self._node.waiting():
            answer = await self._growth.answer(self._node, query)
        if isinstance(answer, Denial):
            return await self._denied(answer, query.prompt)
        if isinstance(answer, ModelError):
            return {"failed": f"the model gave no answer: {answer}"}
        if not query.code:
            return {"answer": answer.text}
        program = programs.extract(answer.text, self._growth.config.language)
        return {"answer": program and program.text}

    async def run(self, run: protocol.Run, reply: Reply) -> dict[str, Any]:
        def stream(name: str, data: bytes) -> None:
            reply({"stream": name, "data": data.decode("latin-1")})

        text = programs.unfenced(run.program)
        link = programs.link(text, self._node.heard())
        language = run.language or link.language or programs.guess(text)
        async with self._node.waiting():
            outcome = await self._growth.execute(self._node, Program(language, text), link, stream)
        if isinstance(outcome, Denial):
            return await self._denied(outcome, text)
        return {"exit_code": KILLED if outcome.exit_code is None else outcome.exit_code}

    def budget(self) -> dict[str, Any]:
        return {"left": self._growth.left(self._node)}

    async def refused(self, reason: str) -> None:
        await self._growth.event(self._node, "bad_request", {"reason": reason})
        await self._count(reason)

    def fault(self, error: Exception) -> None:
        self._growth.fault(error)

    async def _denied(self, denial: Denial, asked: str) -> dict[str, Any]:
        await self._count(asked)
        return {"denied": asdict(denial), "message": str(denial)}

    async def _count(self, asked: str) -> None:
        """Bound what a program that goes on asking in vain costs: host's time and the record."""
        node = self._node
        node.denials += 1 + len(asked) // RECORD_BYTES
        if node.denials > DENIALS_END and node.cell is not None:
            node.cell.jail.kill(NodeEnd.DENIALS, "denials")
        await asyncio.sleep(max(0, node.denials - DENIALS_FREE) * DELAY_S)
