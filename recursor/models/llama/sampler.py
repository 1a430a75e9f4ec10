"""How one query's tokens are drawn: a chain of llama.cpp's samplers with the query's own seed."""

from __future__ import annotations

import llama_cpp as llama

from recursor.models.llama.context import Context
from recursor.types import Sampling

PENALTY_TOKENS = 64


class Sampler:
    """Draws the tokens of one answer."""

    def __init__(self, sampling: Sampling, seed: int, vocabulary: int) -> None:
        """`vocabulary` is the number of the model's tokens."""
        add = llama.llama_sampler_chain_add
        self._chain = llama.llama_sampler_chain_init(llama.llama_sampler_chain_default_params())
        if sampling.repeat_penalty != 1.0:
            add(
                self._chain,
                llama.llama_sampler_init_penalties(
                    vocabulary, PENALTY_TOKENS, sampling.repeat_penalty, 0.0, 0.0
                ),
            )
        if sampling.temperature == 0:
            add(self._chain, llama.llama_sampler_init_greedy())
            return
        if sampling.top_k > 0:
            add(self._chain, llama.llama_sampler_init_top_k(sampling.top_k))
        if sampling.top_p < 1:
            add(self._chain, llama.llama_sampler_init_top_p(sampling.top_p, 1))
        if sampling.min_p > 0:
            add(self._chain, llama.llama_sampler_init_min_p(sampling.min_p, 1))
        add(self._chain, llama.llama_sampler_init_temp(sampling.temperature))
        add(self._chain, llama.llama_sampler_init_dist(seed))

    def draw(self, context: Context, row: int) -> int:
        """Draw the token that follows a row of the batch that was decoded last."""
        return int(llama.llama_sampler_sample(self._chain, context.pointer, row))

    def close(self) -> None:
        llama.llama_sampler_free(self._chain)
