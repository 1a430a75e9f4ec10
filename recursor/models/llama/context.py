"""One llama.cpp context: rows in, logits out, sequences copied, saved and forgotten.

Two layouts of its cache. *Separate*: every sequence has a stream of its own and as much room as any
other; what else is in a batch changes nothing for it (see `scheduler`). *Unified*: all sequences
share one pool of cells, and a prefix is shared by tagging its cells, at no cost.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import llama_cpp as llama
import numpy as np
import numpy.typing as npt

from recursor.errors import ModelError
from recursor.models.llama.weights import Weights, need_memory

SMALL = 16_000_000
"""Parameters of a model whose operations are too short to be shared: threads that wait for each
other after each would do little else."""

Saved = ctypes.Array[ctypes.c_uint8]
"""A sequence outside of the context."""


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
    """A context of `sequences` sequences and a cache of `cells` tokens."""

    def __init__(
        self, weights: Weights, *, sequences: int, cells: int, rows: int, unified: bool
    ) -> None:
        """`rows` are at most in one batch. Raises ModelError if there is no memory for it."""
        what, instead = f"a cache of {cells} tokens", "?context=1024 or ?slots=2 after the model"
        if not weights.gpu:
            need_memory(cells * weights.token_bytes, what, instead)
        parameters = llama.llama_context_default_params()
        parameters.n_ctx = cells
        parameters.n_batch = parameters.n_ubatch = rows
        parameters.n_seq_max = sequences
        parameters.n_threads = parameters.n_threads_batch = _threads(weights)
        parameters.kv_unified = unified
        parameters.no_perf = True
        if not unified:
            # For a lone row flash attention sums in another order than for several.
            parameters.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
        self._context = llama.llama_init_from_model(weights.model, parameters)
        if not self._context:
            raise ModelError(f"llama.cpp finds no memory for {what}; try {instead}")
        self.rows = rows
        self.unified = unified
        self._vocabulary = weights.size
        self._memory = llama.llama_get_memory(self._context)
        if not self._memory:
            llama.llama_free(self._context)
            raise ModelError("this model keeps no tokens: it makes embeddings, not answers")
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
        """Compute rows.

        Raises NoRoom if the cache is full (nothing is changed then), ModelError if it fails.
        """
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
        llama.llama_synchronize(self._context)

    def logits(self, row: int) -> npt.NDArray[np.float32]:
        """Return the logits of a row of the last batch, to be read or changed before the next."""
        return _view(llama.llama_get_logits_ith(self._context, row), self._vocabulary, np.float32)

    def copy(self, source: int, target: int, length: int) -> None:
        """Make a sequence begin like another one, with its first `length` tokens (unified only)."""
        if not self.unified:  # a part of a stream cannot be copied: that aborts the process
            raise ValueError("sequences of separate streams are saved and restored")
        self.forget(target)
        llama.llama_memory_seq_cp(self._memory, source, target, 0, length)

    def save(self, sequence: int) -> Saved:
        """Return what the cache holds of a sequence."""
        size = llama.llama_state_seq_get_size(self._context, sequence)
        saved: Saved = (ctypes.c_uint8 * size)()
        if llama.llama_state_seq_get_data(self._context, saved, size, sequence) != size:
            raise ModelError("llama.cpp cannot save a sequence")
        return saved

    def restore(self, sequence: int, saved: Saved, length: int) -> None:
        """Make a sequence begin with the first `length` tokens of a saved one."""
        if not llama.llama_state_seq_set_data(self._context, saved, len(saved), sequence):
            raise ModelError("llama.cpp cannot restore a sequence")
        self.cut(sequence, length)

    def cut(self, sequence: int, length: int) -> None:
        """Keep the first `length` tokens of a sequence."""
        if not llama.llama_memory_seq_rm(self._memory, sequence, length, -1):
            raise ModelError("llama.cpp cannot cut a sequence")

    def forget(self, sequence: int) -> None:
        self.cut(sequence, 0)

    def forget_all(self) -> None:
        llama.llama_memory_clear(self._memory, True)


def _view(pointer: Any, length: int, kind: type[np.number[Any]]) -> npt.NDArray[Any]:
    """Return C's numbers as an array, without copying them."""
    c_type = np.ctypeslib.as_ctypes_type(kind)  # type: ignore[arg-type]
    return np.ctypeslib.as_array(ctypes.cast(pointer, ctypes.POINTER(c_type)), (length,))


def _threads(weights: Weights) -> int:
    if llama.llama_model_n_params(weights.model) < SMALL:
        return 1
    return len(os.sched_getaffinity(0))
