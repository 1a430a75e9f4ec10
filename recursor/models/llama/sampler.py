"""How one query's tokens are drawn: a chain of llama.cpp's samplers with the query's own seed."""

from __future__ import annotations

import ctypes

import llama_cpp as llama
import numpy as np

from recursor.errors import ModelError
from recursor.models.llama.context import Context
from recursor.models.llama.weights import Weights
from recursor.types import Sampling

PENALTY_TOKENS = 64
"""So many tokens of an answer are remembered for the repeat penalty."""

GREEDY = 1e-6
"""Below this temperature logits overflow: the likeliest token is drawn."""

_Candidate = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


class Sampler:
    """Draws the tokens of one answer."""

    def __init__(self, weights: Weights, sampling: Sampling, seed: int) -> None:
        """Raise ModelError for a grammar that llama.cpp cannot read."""
        self._penalty = sampling.repeat_penalty
        self._grammar = None
        if sampling.grammar is not None:
            text = sampling.grammar.encode()
            self._grammar = llama.llama_sampler_init_grammar(weights.vocab, text, b"root")
            if not self._grammar:
                raise ModelError("llama.cpp cannot read the pack's grammar", "bad_grammar")
        add = llama.llama_sampler_chain_add
        self._chain = llama.llama_sampler_chain_init(llama.llama_sampler_chain_default_params())
        if sampling.temperature < GREEDY:
            add(self._chain, llama.llama_sampler_init_greedy())
            return
        if sampling.top_k > 0:  # first of all: the others are slow on a whole vocabulary
            add(self._chain, llama.llama_sampler_init_top_k(sampling.top_k))
        if sampling.top_p < 1:
            add(self._chain, llama.llama_sampler_init_top_p(sampling.top_p, 1))
        if sampling.min_p > 0:
            add(self._chain, llama.llama_sampler_init_min_p(sampling.min_p, 1))
        add(self._chain, llama.llama_sampler_init_temp(sampling.temperature))
        add(self._chain, llama.llama_sampler_init_dist(seed))

    def draw(self, context: Context, row: int, answer: list[int]) -> int:
        """Draw the token that follows a row of the last batch; `answer` are those before it."""
        if self._penalty != 1.0 and answer:
            logits = context.logits(row)
            recent = list(set(answer[-PENALTY_TOKENS:]))
            found = logits[recent]
            logits[recent] = np.where(found > 0, found / self._penalty, found * self._penalty)
        token = int(llama.llama_sampler_sample(self._chain, context.pointer, row))
        if self._grammar is None:
            return token
        # A grammar is slow on a whole vocabulary, and most tokens that are drawn are right.
        if not self._allows(token):
            token = self._draw_among_allowed(context, row)
            if not self._allows(token):  # accepting it would end the process
                raise ModelError("no token can follow in the pack's grammar", "bad_grammar")
        llama.llama_sampler_accept(self._grammar, token)
        return token

    def close(self) -> None:
        llama.llama_sampler_free(self._chain)
        if self._grammar is not None:
            llama.llama_sampler_free(self._grammar)

    def _allows(self, token: int) -> bool:
        lone = np.array([(token, 1.0, 0.0)], dtype=_Candidate)
        llama.llama_sampler_apply(self._grammar, ctypes.byref(_array(lone)))
        return bool(lone["logit"][0] > -np.inf)

    def _draw_among_allowed(self, context: Context, row: int) -> int:
        logits = context.logits(row)
        candidates = np.zeros(len(logits), dtype=_Candidate)
        candidates["id"] = np.arange(len(logits))
        candidates["logit"] = logits
        array = _array(candidates)
        for sampler in (self._grammar, self._chain):
            llama.llama_sampler_apply(sampler, ctypes.byref(array))
        return int(array.data[array.selected].id)


def _array(candidates: np.ndarray) -> llama.llama_token_data_array:
    pointer = candidates.ctypes.data_as(ctypes.POINTER(llama.llama_token_data))
    return llama.llama_token_data_array(pointer, len(candidates), -1, False)
