"""The network: Llama's architecture, small enough to be trained on a processor.

Modules are named as the tensors of a GGUF are, and rotary embeddings turn neighbouring pairs, as
llama.cpp does for this architecture: weights are exported under their own names, unpermuted. The
token embedding is also the output layer.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

HEAD = 32
"""Numbers in a query, a key and a value of one head."""

CONTEXT = 1024
"""Tokens that a sequence has at most."""

ROPE_BASE = 10_000.0
EPSILON = 1e-5
"""What is added to a mean square before its root is taken."""


@dataclass(frozen=True)
class Shape:
    """The sizes of a network."""

    width: int = 128
    """Numbers that stand for a token between layers: a multiple of 64."""

    layers: int = 6

    vocabulary: int = 2048

    @property
    def heads(self) -> int:
        return self.width // HEAD

    @property
    def kv_heads(self) -> int:
        """Heads of keys and values: each serves two of the queries'."""
        return self.heads // 2

    @property
    def hidden(self) -> int:
        """Numbers inside of a feed-forward layer."""
        return 3 * self.width


class Network(nn.Module):
    """Tokens in, what the next ones are predicted from out."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.vocabulary, shape.width)
        self.blk = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.output_norm = nn.RMSNorm(shape.width, EPSILON)
        cosines, sines = _angles()
        self.register_buffer("cosines", cosines, persistent=False)
        self.register_buffer("sines", sines, persistent=False)
        nn.init.normal_(self.token_embd.weight, std=0.05)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the last layer's states (rows, tokens, width) of tokens (rows, tokens)."""
        length = tokens.shape[1]
        states = self.token_embd(tokens)
        for block in self.blk:
            states = block(states, self.cosines[:length], self.sines[:length])
        return self.output_norm(states)

    def logits(self, states: Tensor) -> Tensor:
        """Return the logits (..., vocabulary) of states (..., width)."""
        return F.linear(states, self.token_embd.weight)


class Block(nn.Module):
    """One layer: grouped-query attention, then SwiGLU."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width, keys = shape.width, shape.kv_heads * HEAD
        self.attn_norm = nn.RMSNorm(width, EPSILON)
        self.attn_q = _linear(width, width)
        self.attn_k = _linear(width, keys)
        self.attn_v = _linear(width, keys)
        self.attn_output = _linear(width, width, scale=0.3)
        self.ffn_norm = nn.RMSNorm(width, EPSILON)
        self.ffn_gate = _linear(width, shape.hidden)
        self.ffn_up = _linear(width, shape.hidden)
        self.ffn_down = _linear(shape.hidden, width, scale=0.3)

    def forward(self, states: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
        """Return new states (rows, tokens, width); `cosines` and `sines` are (tokens, HEAD / 2)."""
        normed = self.attn_norm(states)
        queries = _rotated(_heads(self.attn_q(normed)), cosines, sines)
        keys = _rotated(_heads(self.attn_k(normed)), cosines, sines)
        values = _heads(self.attn_v(normed))
        attended = F.scaled_dot_product_attention(
            queries, keys, values, is_causal=True, enable_gqa=True
        )
        states = states + self.attn_output(attended.transpose(1, 2).flatten(2))
        normed = self.ffn_norm(states)
        return states + self.ffn_down(F.silu(self.ffn_gate(normed)) * self.ffn_up(normed))


def _linear(inputs: int, outputs: int, scale: float = 1.0) -> nn.Linear:
    linear = nn.Linear(inputs, outputs, bias=False)
    nn.init.normal_(linear.weight, std=scale * (0.5 / inputs) ** 0.5)
    return linear


def _heads(flat: Tensor) -> Tensor:
    """Return (rows, heads, tokens, HEAD) of (rows, tokens, heads * HEAD)."""
    return flat.unflatten(2, (-1, HEAD)).transpose(1, 2)


def _angles() -> tuple[Tensor, Tensor]:
    """Return cosines and sines (CONTEXT, HEAD / 2) of every position's rotations."""
    frequencies = ROPE_BASE ** -(torch.arange(0, HEAD, 2) / HEAD)
    angles = torch.outer(torch.arange(CONTEXT).float(), frequencies)
    return angles.cos(), angles.sin()


def _rotated(heads: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    even, odd = heads[..., 0::2], heads[..., 1::2]
    turned = torch.stack((even * cosines - odd * sines, even * sines + odd * cosines), -1)
    return turned.flatten(-2).type_as(heads)
