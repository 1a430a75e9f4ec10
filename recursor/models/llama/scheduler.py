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
from collections.abc import Sequence
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

EXACT_ROWS, FAST_ROWS = 62, 512
"""Rows of one batch at most."""
PREFILL_ROWS = 248
"""In exact mode, so many rows of prompts are computed before the next tokens are decoded."""
PROMPT_ROWS = 2
"""In exact mode, so many rows of a prompt are computed at least."""
PROOF_TOKENS = 24
"""The proof that lone rows are exact is made behind so many."""
NEW_TOKENS = 32
"""A prompt of which fewer had to be computed is not worth keeping beside the one it began like."""
KEPT_SEQUENCES, KEPT_BYTES = 8, 512 * 2**20
"""Room for kept prompts, in fast and in exact mode."""


class Mode(StrEnum):
    """What is promised of an answer."""

    EXACT = "exact"
    """It does not depend on what else is being answered."""
    FAST = "fast"
    """Nothing of the kind."""


@dataclass(eq=False)
class Call:
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
            try:
                self._least_rows = 1 if self._lone_rows_are_exact() else 2
            except ModelError:
                self._context.close()
                raise
        else:
            self._sequences = slots + KEPT_SEQUENCES
            self._context = Context(
                weights, sequences=self._sequences, cells=tokens * slots,
                rows=FAST_ROWS, unified=True,
            )  # fmt: skip
            self._prefixes = TaggedPrefixes(self._context, range(slots, self._sequences))
        self._free = list(range(slots))
        self._calls: dict[int, Call] = {}
        self._waiting: OrderedDict[str, deque[Call]] = OrderedDict()
        self._news = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    def submit(self, call: Call, asker: str) -> None:
        """Put a query into the queue."""
        with self._news:
            self._waiting.setdefault(asker, deque()).append(call)
            self._news.notify()

    def cancel(self, call: Call) -> None:
        """Let a query go; its slot is free within one step."""
        with self._news:
            call.cancelled = True
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
            left = [call for queue in self._waiting.values() for call in queue]
        closed = ModelError("the model was closed")
        self._fail_all(closed)
        for call in left:
            _answer(call, closed)

    def _wait(self) -> bool:
        with self._news:
            while not (self._closing or self._waiting or self._calls):
                self._news.wait()
            return not self._closing

    def _step(self) -> None:
        for call in [call for call in self._calls.values() if call.cancelled]:
            self._release(call)
        if self._is_exact:
            self._prefill_alone()
            self._decode_alike()
        else:
            self._compute_together()

    def _next_prompt(self, beside: Sequence[Call] = ()) -> Call | None:
        """Return the query whose prompt is computed next, if there is one.

        One that shares more with those `beside` it, which are computed in this very batch, than
        with any prompt before them waits for them.
        """
        for call in self._calls.values():
            if not call.is_decoding:
                return call
        while self._free:
            with self._news:
                if not self._waiting:
                    return None
                asker, queue = next(iter(self._waiting.items()))
                call = queue[0]
                kept = self._prefixes.shared(call.tokens) if beside else 0
                if any(common(call.tokens, other.tokens) > kept for other in beside):
                    return None
                queue.popleft()
                del self._waiting[asker]
                if queue:  # the asker's next turn is the last
                    self._waiting[asker] = queue
            if not call.cancelled and self._begin(call):
                return call
        return None

    def _begin(self, call: Call) -> bool:
        """Give a query a slot; return whether it could be begun."""
        call.begun = time.perf_counter()
        if not call.given:
            try:
                call.sampler = Sampler(self._weights, call.sampling, call.seed)
            except ModelError as error:
                _answer(call, error)
                return False
            call.writer = Writer(self._weights, call.sampling.stop)
        call.slot = self._free.pop(0)
        self._calls[call.slot] = call
        # The logits of the prompt's last token are needed, of a scored one those of all after it.
        most = len(call.prompt) - (PROMPT_ROWS if self._is_exact else 1)
        call.done = call.cached = self._prefixes.begin(call.slot, call.tokens, most)
        self.counts.prompt_tokens += len(call.prompt)
        self.counts.cached_tokens += call.cached
        return True

    def _chunk(self, call: Call, most: int) -> list[Row]:
        """Take the next rows of a prompt; at least two, as far as it has them."""
        left = len(call.tokens) - call.done
        size = min(left, most)
        if left - size == 1 and size > PROMPT_ROWS:
            size -= 1  # leave two for the end, not one
        positions = range(call.done, call.done + size)
        call.done += size
        return [
            Row(call.tokens[position], position, call.slot, position >= len(call.prompt) - 1)
            for position in positions
        ]

    def _prefill_alone(self) -> None:
        """Compute prompts, each chunk in a batch of its own."""
        room = PREFILL_ROWS
        while room > 0 and (call := self._next_prompt()):
            rows = self._chunk(call, self._context.rows)
            if len(rows) < PROMPT_ROWS:  # a prompt of one token
                self._decode([*rows, Row(0, call.done, call.slot)])
                self._context.cut(call.slot, call.done)
            else:
                self._decode(rows)
            self._take(call, rows, 0)
            room -= len(rows)

    def _decode_alike(self) -> None:
        """Decode one token of each slot, in consecutive sequences."""
        decoding = {slot: call for slot, call in self._calls.items() if call.is_decoding}
        if not decoding:
            return
        first, last = min(decoding), max(decoding)
        if last - first + 1 < self._least_rows:
            first, last = (first, last + 1) if last + 1 < self._sequences else (first - 1, last)
        slots = range(first, last + 1)
        filled = {slot: self._calls[slot].length if slot in self._calls else 0 for slot in slots}
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
        decoding = [call for call in self._calls.values() if call.is_decoding]
        rows = [self._row(call) for call in decoding]
        chunks: list[tuple[Call, list[Row], int]] = []
        while room := self._context.rows - len(rows):
            call = self._next_prompt([call for call, _, _ in chunks])
            if call is None:
                break
            chunk = self._chunk(call, room)
            chunks.append((call, chunk, len(rows)))
            rows += chunk
        if not rows:
            return
        self._decode(rows)
        for number, running in enumerate(decoding):
            self._draw(running, number)
        for call, chunk, first in chunks:
            self._take(call, chunk, first)

    def _row(self, call: Call) -> Row:
        return Row(call.last, call.length, call.slot, True)

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

    def _take(self, call: Call, rows: list[Row], first: int) -> None:
        """Take note that rows of a prompt are computed; the first of them is row `first`."""
        for number, row in enumerate(rows):
            if call.given and row.wants_logits:
                token = call.given[len(call.logprobs)]
                call.logprobs.append(_logprob(self._context.logits(first + number), token))
        if not call.is_decoding:
            return
        if len(call.tokens) - call.cached >= NEW_TOKENS:
            self._prefixes.keep(call.slot, call.tokens)
        call.first = time.perf_counter()
        if call.given:
            self._release(call)
            _answer(call, Score(tuple(call.logprobs), call.cached))
        else:
            self._draw(call, first + len(rows) - 1)

    def _draw(self, call: Call, row: int) -> None:
        """Draw a query's next token; answer it if that was the last."""
        assert call.sampler is not None and call.writer is not None
        began = time.perf_counter()
        try:
            call.last = call.sampler.draw(self._context, row, call.writer.tokens)
        except ModelError as error:  # this query's own fault
            self._release(call)
            _answer(call, error)
            return
        goes_on = call.writer.add(call.last)
        self.counts.sample_s += time.perf_counter() - began
        self.counts.answer_tokens += 1
        if not goes_on:
            self._finish(call, call.writer, "stop")
        elif len(call.writer.tokens) == call.room:
            full = call.room == call.sampling.max_tokens
            self._finish(call, call.writer, "length" if full else "context")

    def _finish(self, call: Call, writer: Writer, reason: str) -> None:
        self._release(call)
        answer = Answer(
            text=writer.text(),
            token_ids=tuple(writer.tokens),
            finish_reason=reason,
            prompt_tokens=len(call.prompt),
            answer_tokens=len(writer.tokens),
            cached_tokens=call.cached,
            queue_s=call.begun - call.asked,
            prefill_s=call.first - call.begun,
            decode_s=time.perf_counter() - call.first,
        )
        _answer(call, answer)

    def _release(self, call: Call) -> None:
        """Free what a query holds."""
        del self._calls[call.slot]
        self._context.forget(call.slot)
        self._free.append(call.slot)
        self._free.sort()
        if call.sampler is not None:
            call.sampler.close()

    def _fail_all(self, error: ModelError) -> None:
        """Fail every query that was being computed, and begin with an empty cache."""
        for call in list(self._calls.values()):
            self._release(call)
            _answer(call, error)
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


def _answer(call: Call, outcome: Answer | Score | ModelError) -> None:
    """Answer whoever asked, unless it has gone."""
    with suppress(InvalidStateError):
        if isinstance(outcome, ModelError):
            call.future.set_exception(outcome)
        else:
            call.future.set_result(outcome)
