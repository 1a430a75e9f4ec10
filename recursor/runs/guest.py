"""The run's side of a door: a node's requests become the two verbs, their results replies."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from recursor import programs
from recursor.broker import protocol
from recursor.broker.door import Reply
from recursor.errors import ModelError
from recursor.runs.node import Asker
from recursor.types import Denial, Program

if TYPE_CHECKING:
    from recursor.runs.grow import Growth

KILLED = 137
"""The exit code that a parent sees of a child that was killed (128 + SIGKILL, as in a shell)."""


class Guest:
    """The door's view of one node: requests in, replies out."""

    def __init__(self, growth: Growth, node: Asker) -> None:
        self._growth = growth
        self._node = node

    async def query(self, query: protocol.Query) -> dict[str, Any]:
        async with self._node.waiting():
            answer = await self._growth.answer(self._node, query)
        if isinstance(answer, Denial):
            return _denied(answer)
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
            return _denied(outcome)
        return {"exit_code": KILLED if outcome.exit_code is None else outcome.exit_code}

    def budget(self) -> dict[str, Any]:
        return {"left": self._growth.left(self._node)}

    async def refused(self, reason: str) -> None:
        await self._growth.event(self._node, "bad_request", {"reason": reason})

    def fault(self, error: Exception) -> None:
        self._growth.fault(error)


def _denied(denial: Denial) -> dict[str, Any]:
    return {"denied": asdict(denial), "message": str(denial)}
