"""Many queries at once on one context.

Theory of operation. Queries wait in order of arrival, the askers taking turns, so that one asker's
thousand queries do not starve another's one. A query first has its prompt computed (*prefill*) in a
kept sequence, beginning with the longest prefix that any kept prompt shares with it; then the whole
prompt is copied to a free *slot*, where one token after the other is decoded. Every step computes
one row for each slot that is decoding, and a chunk of the prompt that is being prefilled.

In *exact* mode an answer depends on the prompt, the parameters and the seed alone. Its recipe, found
by measurement on CPU: separate streams; batches of fewer than 64 rows and never of one; one prompt
to a batch of its own; decoding rows in order of their sequences, consecutive from 0, with a dummy
row in each hole. In *fast* mode the prefill's chunk rides in the decoding batch, and the cache is
one pool.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum

from recursor.errors import ModelError
from recursor.models.llama.context import Context, NoRoom, Row
from recursor.models.llama.prefixes import Prefix, Prefixes
from recursor.models.llama.sampler import Sampler
from recursor.models.llama.text import Writer
from recursor.models.llama.weights import Weights
from recursor.types import Answer, Request

EXACT_ROWS = 62
FAST_ROWS = 512


class Mode(StrEnum):
    """What is promised of an answer."""

    EXACT = "exact"
    """It does not depend on what else is being answered."""
    FAST = "fast"
    """Nothing of the kind."""


@dataclass(eq=False)
class Job:
    """A query on its way."""

    request: Request
    prompt: list[int]
    room: int
    """Tokens that the answer may have."""
    future: Future[Answer]
    asked: float = field(default_factory=time.perf_counter)
    cancelled: bool = False
    prefix: Prefix | None = None
    done: int = 0
    """Tokens of the prompt that are computed."""
    cached: int = 0
    """Of these, those that were computed before."""
    slot: int = -1
    last: int = 0
    begun: float = 0.0
    first: float = 0.0
    sampler: Sampler | None = None
    writer: Writer | None = None


@dataclass
class Counts:
    """What the scheduler did, for benchmarks and statistics."""

    steps: int = 0
    rows: int = 0
    decode_s: float = 0.0
    sample_s: float = 0.0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    answer_tokens: int = 0


class Scheduler:
    """The engine thread and its queue."""

    def __init__(self, weights: Weights, mode: Mode, *, slots: int, kept: int, tokens: int) -> None:
        """At most `slots` answers at a time, `kept` prompts, sequences of `tokens` tokens."""
        self.counts = Counts()
        self.tokens = tokens
        self._weights = weights
        self._mode = mode
        exact = mode is Mode.EXACT
        # In exact mode a single decoding slot needs a second row: the second slot is its hole.
        self._slots = max(2, slots)
        self._context = Context(
            weights,
            sequences=self._slots + kept,
            tokens=tokens,
            rows=EXACT_ROWS if exact else FAST_ROWS,
            unified=not exact,
        )
        self._prefixes = Prefixes(range(self._slots, self._slots + kept))
        self._free = list(range(slots))
        self._waiting: OrderedDict[str, deque[Job]] = OrderedDict()
        self._prefilling: Job | None = None
        self._decoding: dict[int, Job] = {}
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
        self._fail_all(ModelError("the model was closed"))

    def _wait(self) -> bool:
        with self._news:
            while not (self._closing or self._waiting or self._prefilling or self._decoding):
                self._news.wait()
            return not self._closing

    def _step(self) -> None:
        self._drop_cancelled()
        if self._prefilling is None:
            self._admit()
        if self._mode is Mode.EXACT:
            self._prefill_alone()
            self._decode_exactly()
        else:
            self._decode_together()

    def _drop_cancelled(self) -> None:
        for job in [*self._decoding.values(), self._prefilling]:
            if job is not None and job.cancelled:
                self._finish(job, None)

    def _admit(self) -> None:
        """Take the next query whose turn it is, if a slot is free."""
        while self._free and (job := self._next()) is not None:
            if job.cancelled:
                job.future.cancel()
                continue
            self._begin(job)
            return

    def _next(self) -> Job | None:
        """Return the first query of the asker whose turn it is; its next turn is the last."""
        with self._news:
            if not self._waiting:
                return None
            asker, queue = self._waiting.popitem(last=False)
            job = queue.popleft()
            if queue:
                self._waiting[asker] = queue
            return job

    def _begin(self, job: Job) -> None:
        self._prefilling = job  # from now on its failure is told to whoever asked
        job.begun = time.perf_counter()
        best, shared = self._prefixes.best(job.prompt)
        # The logits of the prompt's last token are needed: it is computed anyway, and in exact mode
        # never alone.
        shared = min(shared, len(job.prompt) - (2 if self._mode is Mode.EXACT else 1))
        shared = max(shared, 0)
        prefix = self._prefixes.evict(keep=best if shared else None)
        if prefix is None:  # the best is the only one: it goes on as the new prompt
            assert best is not None
            prefix, best.tokens = best, []
            self._context.cut(prefix.sequence, shared)
        elif best is not None and shared > 0:
            self._context.copy(best.sequence, prefix.sequence, shared)
        else:
            self._context.forget(prefix.sequence)
        prefix.is_held = True
        job.prefix, job.done, job.cached = prefix, shared, shared
        job.sampler = Sampler(job.request.sampling, job.request.seed, self._weights.size)
        job.writer = Writer(self._weights, job.request.sampling.stop)
        self.counts.prompt_tokens += len(job.prompt)
        self.counts.cached_tokens += shared

    def _chunk(self, job: Job, rows: int) -> list[Row]:
        """Return the next rows of a prompt; at least two, as far as it has them."""
        assert job.prefix is not None
        left = len(job.prompt) - job.done
        size = min(left, rows)
        if left - size == 1:
            size -= 1  # leave two for the end, not one
        last = job.done + size == len(job.prompt)
        return [
            Row(
                job.prompt[position], position, job.prefix.sequence,
                last and position == len(job.prompt) - 1,
            )
            for position in range(job.done, job.done + size)
        ]  # fmt: skip

    def _prefill_alone(self) -> None:
        job = self._prefilling
        if job is None:
            return
        rows = self._chunk(job, self._context.rows)
        job.done += len(rows)
        if len(rows) == 1:  # a prompt of one token
            rows = [Row(0, 0, self._free[0]), *rows]
        self._decode(rows)
        if job.done == len(job.prompt):
            self._place(job, len(rows) - 1)

    def _decode_exactly(self) -> None:
        if not self._decoding:
            return
        rows = []
        holes = []
        for slot in range(max(2, max(self._decoding) + 1)):
            job = self._decoding.get(slot)
            if job is None:
                holes.append(slot)
                rows.append(Row(0, 0, slot, True))
            else:
                rows.append(self._row(job))
        self._decode(rows)
        for slot in holes:
            self._context.forget(slot)
        for slot, job in list(self._decoding.items()):
            self._draw(job, slot)

    def _decode_together(self) -> None:
        decoding = list(self._decoding.values())
        rows = [self._row(job) for job in decoding]
        job = self._prefilling
        chunk = self._chunk(job, self._context.rows - len(rows)) if job else []
        if not rows and not chunk:
            return
        self._decode([*rows, *chunk])
        for number, running in enumerate(decoding):
            self._draw(running, number)
        if job is not None:
            job.done += len(chunk)
            if job.done == len(job.prompt):
                self._place(job, len(rows) + len(chunk) - 1)

    def _row(self, job: Job) -> Row:
        assert job.writer is not None
        return Row(job.last, len(job.prompt) + len(job.writer.tokens) - 1, job.slot, True)

    def _decode(self, rows: list[Row]) -> None:
        began = time.perf_counter()
        while True:
            try:
                self._context.decode(rows)
                break
            except NoRoom:
                prefix = self._prefixes.evict()
                if prefix is None:
                    raise ModelError("the model's cache is full") from None
                self._context.forget(prefix.sequence)
        self.counts.decode_s += time.perf_counter() - began
        self.counts.steps += 1
        self.counts.rows += len(rows)

    def _place(self, job: Job, row: int) -> None:
        """Move a query whose prompt is computed to a slot, and draw its first token."""
        assert job.prefix is not None
        job.prefix.tokens, job.prefix.is_held = job.prompt, False
        self._prefilling = None
        job.slot = self._free.pop(0)
        self._context.copy(job.prefix.sequence, job.slot, len(job.prompt))
        self._decoding[job.slot] = job
        job.first = time.perf_counter()
        self._draw(job, row)

    def _draw(self, job: Job, row: int) -> None:
        """Draw a query's next token; finish it if that was the last."""
        assert job.sampler is not None and job.writer is not None
        began = time.perf_counter()
        job.last = job.sampler.draw(self._context, row)
        self.counts.sample_s += time.perf_counter() - began
        self.counts.answer_tokens += 1
        if not job.writer.add(job.last):
            self._finish(job, "stop")
        elif len(job.writer.tokens) == job.room:
            full = job.room == job.request.sampling.max_tokens
            self._finish(job, "length" if full else "context")

    def _finish(self, job: Job, reason: str | None) -> None:
        """Free what a query held; answer it, unless it was cancelled (no reason)."""
        if job.prefix is not None and job.prefix.is_held:
            job.prefix.is_held = False
            self._context.forget(job.prefix.sequence)
        if self._prefilling is job:
            self._prefilling = None
        if job.slot >= 0:
            del self._decoding[job.slot]
            self._context.forget(job.slot)
            self._free.append(job.slot)
            self._free.sort()
        if job.sampler is not None:
            job.sampler.close()
            job.sampler = None
        if reason is None or job.writer is None:
            job.future.cancel()
            return
        now = time.perf_counter()
        answer = Answer(
            text=job.writer.text(),
            token_ids=tuple(job.writer.tokens),
            finish_reason=reason,
            prompt_tokens=len(job.prompt),
            answer_tokens=len(job.writer.tokens),
            cached_tokens=job.cached,
            queue_s=job.begun - job.asked,
            prefill_s=job.first - job.begun,
            decode_s=now - job.first,
        )
        _settle(lambda: job.future.set_result(answer))

    def _fail_all(self, error: ModelError) -> None:
        """Fail every query that was being computed, and begin with an empty cache."""
        jobs = [*self._decoding.values(), *filter(None, [self._prefilling])]
        if self._closing:
            with self._news:
                jobs += [job for queue in self._waiting.values() for job in queue]
                self._waiting.clear()
        for job in jobs:
            _settle(lambda job=job: job.future.set_exception(error))  # type: ignore[misc]
            self._finish(job, None)
        self._prefixes.forget_all()
        self._context.forget_all()


def _settle(settle: Callable[[], None]) -> None:
    """Settle a future, unless whoever waited has gone."""
    with suppress(Exception):
        settle()
