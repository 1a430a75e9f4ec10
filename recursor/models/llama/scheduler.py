"""Many queries at once on one context.

Theory of operation. Queries wait in order of arrival, the askers taking turns, so that one asker's
thousand queries do not starve another's one. A query gets a free *slot*, which is a sequence of the
context. There its prompt is computed (*prefill*), beginning with the longest prefix that it shares
with any prompt before it; then one token after the other is decoded, one row for each slot a step.
A query that *scores* has its answer given: all of it is prefill.

In *exact* mode an answer depends on the prompt, the parameters and the seed alone. Its recipe,
found by measurement on CPU: separate streams, no flash attention; batches of fewer than 64 rows;
one prompt to a batch of its own, at least two rows of it; decoding rows in order of their sequences
and consecutive, with a dummy row in each hole; and never a lone decoding row, unless it is proven
at the start that this model's are computed like any others. In *fast* mode prefill rides in the
decoding batch, and the cache is one pool.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Iterable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from recursor.errors import ModelError
from recursor.models.llama.context import Context, NoRoom, Row
from recursor.models.llama.prefixes import Prefixes, SavedPrefixes, TaggedPrefixes, common
from recursor.models.llama.sampler import Sampler
from recursor.models.llama.text import Writer
from recursor.models.llama.weights import Weights
from recursor.types import Answer, Sampling, Score

EXACT_ROWS = 62
FAST_ROWS = 512
PREFILL_ROWS = 248
"""In exact mode, so many rows of prompts are computed before the next tokens are decoded."""
PROMPT_ROWS = 2
"""In exact mode, so many rows of a prompt are computed at least."""
PROOF_TOKENS = 24
NEW_TOKENS = 32
"""A prompt of which fewer had to be computed is not worth keeping beside the one it began like."""
KEPT_SEQUENCES = 8
KEPT_BYTES = 512 * 2**20


class Mode(StrEnum):
    """What is promised of an answer."""

    EXACT = "exact"
    """It does not depend on what else is being answered."""
    FAST = "fast"
    """Nothing of the kind."""


@dataclass(eq=False)
class Job:
    """A query on its way."""

    prompt: list[int]
    sampling: Sampling
    seed: int
    room: int
    """Tokens that the answer may have."""
    given: list[int] = field(default_factory=list)
    """The answer, if it is to be scored."""
    future: Future[Answer | Score] = field(default_factory=Future)
    asked: float = field(default_factory=time.perf_counter)
    cancelled: bool = False
    slot: int = -1
    done: int = 0
    """Tokens of the prompt that are computed."""
    cached: int = 0
    """Of these, those that were computed before."""
    last: int = 0
    begun: float = 0.0
    first: float = 0.0
    sampler: Sampler | None = None
    writer: Writer | None = None
    logprobs: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tokens = self.prompt + self.given[:-1]
        """What is to be computed before anything is drawn."""

    @property
    def is_decoding(self) -> bool:
        return self.done == len(self.tokens)

    @property
    def length(self) -> int:
        """How many tokens its sequence holds."""
        drawn = len(self.writer.tokens) if self.writer else 0
        return self.done + max(0, drawn - 1)


@dataclass
class Counts:
    """What the scheduler did, for benchmarks."""

    steps: int = 0
    rows: int = 0
    decode_s: float = 0.0
    sample_s: float = 0.0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    answer_tokens: int = 0


class Scheduler:
    """The engine thread and its queue."""

    def __init__(self, weights: Weights, mode: Mode, *, slots: int, tokens: int) -> None:
        """At most `slots` answers at a time, each with its prompt of at most `tokens` tokens."""
        self.counts = Counts()
        self.tokens = tokens
        self._weights = weights
        self._is_exact = mode is Mode.EXACT
        self._prefixes: Prefixes
        self._least_rows = 1
        if self._is_exact:
            self._sequences = max(2, slots)  # a lone row may need a dummy row in another stream
            self._context = Context(
                weights, sequences=self._sequences, cells=tokens * self._sequences,
                rows=EXACT_ROWS, unified=False,
            )  # fmt: skip
            self._prefixes = SavedPrefixes(self._context, KEPT_BYTES)
            self._least_rows = 1 if self._lone_rows_are_exact() else 2
        else:
            self._sequences = slots + KEPT_SEQUENCES
            self._context = Context(
                weights, sequences=self._sequences, cells=tokens * slots,
                rows=FAST_ROWS, unified=True,
            )  # fmt: skip
            self._prefixes = TaggedPrefixes(self._context, range(slots, self._sequences))
        self._free = list(range(slots))
        self._jobs: dict[int, Job] = {}
        self._waiting: OrderedDict[str, deque[Job]] = OrderedDict()
        self._news = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    def submit(self, job: Job, asker: str) -> None:
        """Put a query into the queue."""
        with self._news:
            self._waiting.setdefault(asker, deque()).append(job)
            self._news.notify()

    def cancel(self, job: Job) -> None:
        """Let a query go; its slot is free within one step."""
        with self._news:
            job.cancelled = True
            self._news.notify()

    def close(self) -> None:
        """End the thread; queries that are under way fail."""
        with self._news:
            self._closing = True
            self._news.notify()
        self._thread.join()
        self._context.close()

    # --- the engine thread

    def _run(self) -> None:
        while self._wait():
            try:
                self._step()
            except ModelError as error:
                self._fail_all(error)
            except Exception as error:  # a defect: nobody may wait for an answer for ever
                self._fail_all(ModelError(f"the engine failed: {error!r}"))
        with self._news:
            left = [job for queue in self._waiting.values() for job in queue]
        closed = ModelError("the model was closed")
        self._fail_all(closed)
        for job in left:
            _answer(job, closed)

    def _wait(self) -> bool:
        with self._news:
            while not (self._closing or self._waiting or self._jobs):
                self._news.wait()
            return not self._closing

    def _step(self) -> None:
        for job in [job for job in self._jobs.values() if job.cancelled]:
            self._release(job)
        if self._is_exact:
            self._prefill_alone()
            self._decode_alike()
        else:
            self._compute_together()

    def _next_prompt(self, beside: Iterable[Job] = ()) -> Job | None:
        """Return the query whose prompt is computed next, if there is one.

        One that shares more with those `beside` it, which are computed in this very batch, than
        with any prompt before them waits for them.
        """
        for job in self._jobs.values():
            if not job.is_decoding:
                return job
        while self._free:
            with self._news:
                if not self._waiting:
                    return None
                asker, queue = next(iter(self._waiting.items()))
                job = queue[0]
                kept = self._prefixes.shared(job.tokens)
                if any(common(job.tokens, other.tokens) > kept for other in beside):
                    return None
                queue.popleft()
                del self._waiting[asker]
                if queue:  # the asker's next turn is the last
                    self._waiting[asker] = queue
            if not job.cancelled and self._begin(job):
                return job
        return None

    def _begin(self, job: Job) -> bool:
        """Give a query a slot; return whether it could be begun."""
        job.begun = time.perf_counter()
        if not job.given:
            try:
                job.sampler = Sampler(self._weights, job.sampling, job.seed)
            except ModelError as error:
                _answer(job, error)
                return False
            job.writer = Writer(self._weights, job.sampling.stop)
        job.slot = self._free.pop(0)
        self._jobs[job.slot] = job
        # The logits of the prompt's last token are needed, of a scored one those of all after it.
        most = len(job.prompt) - (PROMPT_ROWS if self._is_exact else 1)
        job.done = job.cached = self._prefixes.begin(job.slot, job.tokens, most)
        self.counts.prompt_tokens += len(job.prompt)
        self.counts.cached_tokens += job.cached
        return True

    def _chunk(self, job: Job, most: int) -> list[Row]:
        """Take the next rows of a prompt; at least two, as far as it has them."""
        left = len(job.tokens) - job.done
        size = min(left, most)
        if left - size == 1 and size > PROMPT_ROWS:
            size -= 1  # leave two for the end, not one
        positions = range(job.done, job.done + size)
        job.done += size
        return [
            Row(job.tokens[position], position, job.slot, position >= len(job.prompt) - 1)
            for position in positions
        ]

    def _prefill_alone(self) -> None:
        """Compute prompts, each chunk in a batch of its own."""
        room = PREFILL_ROWS
        while room > 0 and (job := self._next_prompt()):
            rows = self._chunk(job, self._context.rows)
            if len(rows) < PROMPT_ROWS:  # a prompt of one token
                self._decode([*rows, Row(0, job.done, job.slot)])
                self._context.cut(job.slot, job.done)
            else:
                self._decode(rows)
            self._take(job, rows, 0)
            room -= len(rows)

    def _decode_alike(self) -> None:
        """Decode one token of each slot, in consecutive sequences."""
        decoding = {slot: job for slot, job in self._jobs.items() if job.is_decoding}
        if not decoding:
            return
        first, last = min(decoding), max(decoding)
        if last - first + 1 < self._least_rows:
            first, last = (first, last + 1) if last + 1 < self._sequences else (first - 1, last)
        slots = range(first, last + 1)
        filled = {slot: self._jobs[slot].length if slot in self._jobs else 0 for slot in slots}
        self._decode(
            [
                self._row(decoding[slot]) if slot in decoding else Row(0, filled[slot], slot, True)
                for slot in slots
            ]
        )
        for slot in slots:
            if slot not in decoding:
                self._context.cut(slot, filled[slot])
        for slot in sorted(decoding):
            self._draw(decoding[slot], slot - first)

    def _compute_together(self) -> None:
        """Compute prompts and decode one token of each slot in one batch."""
        decoding = [job for job in self._jobs.values() if job.is_decoding]
        rows = [self._row(job) for job in decoding]
        chunks: list[tuple[Job, list[Row], int]] = []
        while room := self._context.rows - len(rows):
            job = self._next_prompt(job for job, _, _ in chunks)
            if job is None:
                break
            chunk = self._chunk(job, room)
            chunks.append((job, chunk, len(rows)))
            rows += chunk
        if not rows:
            return
        self._decode(rows)
        for number, running in enumerate(decoding):
            self._draw(running, number)
        for job, chunk, first in chunks:
            self._take(job, chunk, first)

    def _row(self, job: Job) -> Row:
        return Row(job.last, job.length, job.slot, True)

    def _decode(self, rows: list[Row]) -> None:
        began = time.perf_counter()
        while True:
            try:
                self._context.decode(rows)
                break
            except NoRoom:
                if not self._prefixes.evict():
                    raise ModelError("the model's cache is full") from None
        self.counts.decode_s += time.perf_counter() - began
        self.counts.steps += 1
        self.counts.rows += len(rows)

    def _take(self, job: Job, rows: list[Row], first: int) -> None:
        """Take note that rows of a prompt are computed; the first of them is row `first`."""
        for number, row in enumerate(rows):
            if job.given and row.wants_logits:
                token = job.given[len(job.logprobs)]
                job.logprobs.append(_logprob(self._context.logits(first + number), token))
        if not job.is_decoding:
            return
        if len(job.tokens) - job.cached >= NEW_TOKENS:
            self._prefixes.keep(job.slot, job.tokens)
        job.first = time.perf_counter()
        if job.given:
            self._release(job)
            _answer(job, Score(tuple(job.logprobs), job.cached))
        else:
            self._draw(job, first + len(rows) - 1)

    def _draw(self, job: Job, row: int) -> None:
        """Draw a query's next token; answer it if that was the last."""
        assert job.sampler is not None and job.writer is not None
        began = time.perf_counter()
        job.last = job.sampler.draw(self._context, row, job.writer.tokens)
        goes_on = job.writer.add(job.last)
        self.counts.sample_s += time.perf_counter() - began
        self.counts.answer_tokens += 1
        if not goes_on:
            self._finish(job, job.writer, "stop")
        elif len(job.writer.tokens) == job.room:
            full = job.room == job.sampling.max_tokens
            self._finish(job, job.writer, "length" if full else "context")

    def _finish(self, job: Job, writer: Writer, reason: str) -> None:
        self._release(job)
        answer = Answer(
            text=writer.text(),
            token_ids=tuple(writer.tokens),
            finish_reason=reason,
            prompt_tokens=len(job.prompt),
            answer_tokens=len(writer.tokens),
            cached_tokens=job.cached,
            queue_s=job.begun - job.asked,
            prefill_s=job.first - job.begun,
            decode_s=time.perf_counter() - job.first,
        )
        _answer(job, answer)

    def _release(self, job: Job) -> None:
        """Free what a query holds."""
        del self._jobs[job.slot]
        self._context.forget(job.slot)
        self._free.append(job.slot)
        self._free.sort()
        if job.sampler is not None:
            job.sampler.close()

    def _fail_all(self, error: ModelError) -> None:
        """Fail every query that was being computed, and begin with an empty cache."""
        for job in list(self._jobs.values()):
            self._release(job)
            _answer(job, error)
        self._prefixes.forget_all()
        self._context.forget_all()

    def _lone_rows_are_exact(self) -> bool:
        """Return whether a row has the very same logits alone as beside another stream's row."""
        length = min(PROOF_TOKENS, self.tokens - 2)
        words = [token % self._weights.size for token in range(length + 1)]
        self._context.decode([Row(token, at, 0) for at, token in enumerate(words[:-1])])
        alone = Row(words[-1], length, 0, True)
        self._context.decode([alone])
        logits = self._context.logits(0).copy()
        self._context.cut(0, length)
        self._context.decode([alone, Row(0, 0, 1)])
        is_exact = np.array_equal(logits, self._context.logits(0))
        self._context.forget_all()
        return is_exact


def _logprob(logits: np.ndarray, token: int) -> float:
    """Return the logarithm of a token's probability (log-softmax)."""
    shifted = logits.astype(np.float64) - logits.max()
    return float(shifted[token] - np.log(np.exp(shifted).sum()))


def _answer(job: Job, outcome: Answer | Score | ModelError) -> None:
    """Answer whoever asked, unless it has gone."""
    with suppress(InvalidStateError):
        if isinstance(outcome, ModelError):
            job.future.set_exception(outcome)
        else:
            job.future.set_result(outcome)
