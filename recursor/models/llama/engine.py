"""llama.cpp behind the model seam: queries in, answers as futures out."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from pathlib import Path

from recursor import prompts
from recursor.errors import ModelError
from recursor.models.llama.scheduler import Counts, Job, Mode, Scheduler
from recursor.models.llama.weights import Weights
from recursor.types import Answer, Prompt, Rendered, Request

CONTEXT_TOKENS = 4096
"""A prompt and its answer together are as long as the model was trained for, up to this."""
SLOTS, KEPT = 8, 4
"""Answers at a time, and prompts whose computed prefix is kept."""


class Llama:
    """A GGUF model."""

    def __init__(
        self, spec: str, path: Path, mode: Mode | None = None, *, slots: int = SLOTS,
        kept: int = KEPT, tokens: int = CONTEXT_TOKENS,
    ) -> None:  # fmt: skip
        """`mode` is exact on CPU and fast on a GPU unless it is given. Raises ModelError."""
        self._weights = Weights(spec, path)
        self.mode = mode or (Mode.FAST if self._weights.gpu else Mode.EXACT)
        try:
            self._scheduler = Scheduler(
                self._weights, self.mode, slots=slots, kept=kept,
                tokens=min(tokens, self._weights.trained_tokens),
            )  # fmt: skip
        except ModelError:
            self._weights.close()
            raise
        self.info = self._weights.info

    def render(self, prompt: Prompt) -> Rendered:
        return prompts.render(prompt, self._weights.template, self._weights.special_tokens)

    def count(self, rendered: Rendered) -> int:
        return len(self._weights.tokenize(rendered))

    async def complete(self, request: Request) -> Answer:
        prompt = self._weights.tokenize(request.rendered)
        context = self._scheduler.tokens
        if len(prompt) >= context:
            raise ModelError(
                f"the prompt has {len(prompt)} tokens, the context {context}", "context_overflow"
            )
        room = min(request.sampling.max_tokens, context - len(prompt))
        job = Job(request, prompt, room, Future())
        self._scheduler.submit(job, request.asker)
        try:
            return await asyncio.wrap_future(job.future)
        finally:
            self._scheduler.cancel(job)

    @property
    def counts(self) -> Counts:
        """What was done so far."""
        return self._scheduler.counts

    def close(self) -> None:
        self._scheduler.close()
        self._weights.close()
