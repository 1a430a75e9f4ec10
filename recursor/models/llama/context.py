"""One llama.cpp context: rows in, logits out, sequences copied and forgotten.

Two layouts of its cache. *Separate*: every sequence has a stream of its own and as much room as any
other; whether a row is alone in a batch or not, the same kernels compute it, so an answer does not
depend on what else is in the batch (see `scheduler`). *Unified*: all sequences share one pool of
cells, and a prefix is shared by tagging its cells, at no cost.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from dataclasses import dataclass

import llama_cpp as llama
import numpy as np
import numpy.typing as npt

from recursor.errors import ModelError
from recursor.models.llama.weights import Weights


@dataclass(frozen=True)
class Row:
    """One token of one sequence."""

    token: int
    position: int
    sequence: int
    wants_logits: bool = False


class NoRoom(Exception):
    """The cache is full."""


class Context:
    """A context of `sequences` sequences of at most `tokens` tokens each."""

    def __init__(
        self, weights: Weights, *, sequences: int, tokens: int, rows: int, unified: bool
    ) -> None:
        """`rows` are at most in one batch. Raises ModelError if there is no memory for it."""
        threads = len(os.sched_getaffinity(0))
        parameters = llama.llama_context_default_params()
        parameters.n_ctx = tokens * sequences
        parameters.n_batch = parameters.n_ubatch = rows
        parameters.n_seq_max = sequences
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.kv_unified = unified
        parameters.no_perf = True
        self._context = llama.llama_init_from_model(weights.model, parameters)
        if not self._context:
            raise ModelError(f"no memory for {sequences} sequences of {tokens} tokens")
        self.rows = rows
        self.unified = unified
        self._memory = llama.llama_get_memory(self._context)
        self._batch = llama.llama_batch_init(rows, 0, 1)
        self._tokens = _view(self._batch.token, rows, np.int32)
        self._positions = _view(self._batch.pos, rows, np.int32)
        self._wanted = _view(self._batch.logits, rows, np.int8)
        _view(self._batch.n_seq_id, rows, np.int32)[:] = 1
        self._sequences = [self._batch.seq_id[row] for row in range(rows)]

    def close(self) -> None:
        llama.llama_batch_free(self._batch)
        llama.llama_free(self._context)

    @property
    def pointer(self) -> object:
        """What a sampler samples from."""
        return self._context

    def decode(self, rows: Sequence[Row]) -> None:
        """Compute rows; raise NoRoom if the cache is full (nothing is changed then), or ModelError."""
        for number, row in enumerate(rows):
            self._tokens[number] = row.token
            self._positions[number] = row.position
            self._wanted[number] = row.wants_logits
            self._sequences[number][0] = row.sequence
        self._batch.n_tokens = len(rows)
        code = llama.llama_decode(self._context, self._batch)
        if code == 1:
            raise NoRoom
        if code != 0:
            raise ModelError(f"llama.cpp failed while decoding (code {code})")

    def copy(self, source: int, target: int, length: int) -> None:
        """Make a sequence begin like another one, with its first `length` tokens."""
        self.forget(target)
        if length == 0:
            return
        if self.unified:
            llama.llama_memory_seq_cp(self._memory, source, target, 0, length)
        else:  # a part of a stream cannot be copied: that aborts the process
            llama.llama_memory_seq_cp(self._memory, source, target, -1, -1)
            llama.llama_memory_seq_rm(self._memory, target, length, -1)

    def cut(self, sequence: int, length: int) -> None:
        """Keep the first `length` tokens of a sequence."""
        llama.llama_memory_seq_rm(self._memory, sequence, length, -1)

    def forget(self, sequence: int) -> None:
        llama.llama_memory_seq_rm(self._memory, sequence, -1, -1)

    def forget_all(self) -> None:
        llama.llama_memory_clear(self._memory, True)


def _view(pointer: object, rows: int, kind: type[np.generic]) -> npt.NDArray[np.generic]:
    c_type = np.ctypeslib.as_ctypes_type(kind)
    return np.ctypeslib.as_array(ctypes.cast(pointer, ctypes.POINTER(c_type)), (rows,))  # type: ignore[arg-type]
