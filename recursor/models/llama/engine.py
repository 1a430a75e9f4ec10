"""llama.cpp behind the model seam: queries in, answers as futures out."""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import cast

from pydantic import BaseModel, ConfigDict, Field

from recursor import prompts
from recursor.errors import ModelError
from recursor.models.llama import verdicts
from recursor.models.llama.scheduler import EXACT_ROWS, Call, Counts, Mode, Scheduler
from recursor.models.llama.weights import Weights, has_gpu
from recursor.types import Answer, Prompt, Rendered, Request, Sampling, Score

CONTEXT_TOKENS = 4096
"""A prompt and its answer together are as long as the model was trained for, up to this."""
SLOTS = 8
"""Answers at a time."""


class Options(BaseModel):
    """What a spec may say of the engine after its `?`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Mode | None = None
    """Exact on CPU and fast on a GPU unless it is given."""
    context: int = Field(CONTEXT_TOKENS, ge=256)
    slots: int = Field(SLOTS, ge=1, le=EXACT_ROWS)

    @property
    def obtained(self) -> Mode:
        """The mode on this machine."""
        return self.mode or (Mode.FAST if has_gpu() else Mode.EXACT)


class Llama:
    """A GGUF model."""

    def __init__(self, spec: str, path: Path, options: Options = Options()) -> None:  # noqa: B008
        """Raise ModelError if it cannot be loaded."""
        self._weights = Weights(spec, path)
        mode = options.obtained
        try:
            self._scheduler = Scheduler(
                self._weights, mode, slots=options.slots,
                tokens=min(options.context, self._weights.trained_tokens),
            )  # fmt: skip
        except ModelError:
            self._weights.close()
            raise
        inference = {
            "mode": mode,
            "slots": options.slots,
            "context": self._scheduler.tokens,
            "check": verdicts.find(self._weights.info.digest, self._weights.info.engine, mode),
        }
        self.info = replace(self._weights.info, inference=inference)

    def render(self, prompt: Prompt) -> Rendered:
        return prompts.render(prompt, self._weights.template, self._weights.special_tokens)

    def count(self, rendered: Rendered) -> int:
        """Return how many; of a prompt that no context could hold, how many at least."""
        least = self._least_tokens(rendered)
        return least if least > self._scheduler.tokens else len(self._weights.tokenize(rendered))

    async def complete(self, request: Request) -> Answer:
        prompt = self._tokens(request.rendered)
        room = self._room(len(prompt), 1)
        sampling = request.sampling
        call = Call(prompt, sampling, request.seed, min(sampling.max_tokens, room))
        return cast(Answer, await self._result(call, request.asker))

    async def score(self, rendered: Rendered, answer: Sequence[int], asker: str = "") -> Score:
        """Return how likely an answer (its tokens) is under a prompt. Raises ModelError."""
        prompt = self._tokens(rendered)
        if not answer:
            return Score(())
        if not 0 <= min(answer) <= max(answer) < self._weights.size:
            raise ModelError("the answer has tokens that this model does not know")
        self._room(len(prompt), len(answer))
        call = Call(prompt, Sampling(), 0, 0, given=list(answer))
        return cast(Score, await self._result(call, asker))

    def tokens(self, answer: str) -> list[int]:
        """Return the tokens of an answer that is given as text; none of them is a special one."""
        return self._weights.text_tokens(answer)

    def ends(self, answer: Sequence[int]) -> list[int]:
        """Return where each token ends in the answer's text, in characters.

        A token that ends within a character ends where this begins. Every token must be a known
        one, as `score` has seen to.
        """
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        pieces = (decoder.decode(self._weights.piece(token)) for token in answer)
        return list(accumulate(map(len, pieces)))

    @property
    def counts(self) -> Counts:
        """What was done so far."""
        return self._scheduler.counts

    def close(self) -> None:
        self._scheduler.close()
        self._weights.close()

    def _least_tokens(self, rendered: Rendered) -> int:
        """Return a lower bound that is worth having only of long prompts; else 0."""
        if len(rendered.text) <= self._scheduler.tokens:
            return 0
        return len(rendered.text) // self._weights.longest_piece

    def _tokens(self, rendered: Rendered) -> list[int]:
        """Return a prompt's tokens; raise ModelError if the context cannot hold it."""
        least = self._least_tokens(rendered)
        if least > self._scheduler.tokens:  # finding out how many takes seconds
            raise ModelError(
                f"the prompt has {least} tokens or more, the context {self._scheduler.tokens}",
                "context_overflow",
            )
        return self._weights.tokenize(rendered)

    def _room(self, prompt: int, needed: int) -> int:
        """Return how many tokens of the context a prompt of so many leaves to its answer."""
        context = self._scheduler.tokens
        if prompt == 0:
            raise ModelError("the prompt is empty")
        if prompt + needed > context:
            raise ModelError(
                f"the prompt has {prompt} tokens, the context {context}", "context_overflow"
            )
        return context - prompt

    async def _result(self, call: Call, asker: str) -> Answer | Score:
        self._scheduler.submit(call, asker)
        try:
            return await asyncio.wrap_future(call.future)
        finally:
            self._scheduler.cancel(call)
