"""A dialogue: the operator asks one thing after the other, and may execute what is answered.

Each question is put with the whole dialogue so far, in the form that the pack `qa` begins; so the
model only ever continues a text. The dialogue is a run whose nodes are the programs executed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recursor.broker.protocol import Query
from recursor.errors import ModelError
from recursor.jail.launcher import Sink
from recursor.types import Denial, Outcome, RunEnd

if TYPE_CHECKING:
    from recursor.runs.grow import Growth


@dataclass(frozen=True)
class Chat:
    """What the operator's side of a dialogue is made of."""

    first: str
    """The first question."""
    turns: int
    """How many questions there may be."""
    listen: Callable[[], Awaitable[str | None]]
    """Asks for the next question; None ends the dialogue."""
    say: Callable[[str], None]
    """Shows an answer."""
    sink: Sink
    """Shows what a program prints."""
    ended: Callable[[Outcome | Denial], None]
    """Shows how a program ended, or that it may not run."""

    async def course(self, growth: Growth) -> RunEnd:
        """Hold the dialogue."""
        question = text = self.first
        for turn in range(self.turns):
            answer = await growth.answer(growth.operator, Query(text))
            if isinstance(answer, Denial | ModelError):
                self.say(f"(no answer: {answer})")
                text = text.removesuffix(question)
            else:
                self.say(answer.text.strip())
                ended = await growth.execute_answer(answer, self.sink)
                if ended is not None:
                    self.ended(ended)
                text = f"{text}\nA: {answer.text.strip()}\nQ: "
            said = await self.listen() if turn + 1 < self.turns else None
            if said is None:
                break
            question, text = said, text + said
        return RunEnd.COMPLETED
