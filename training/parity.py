"""What the shipped model's tokens and logits must be, computed without llama.cpp, for a test.

The logits are PyTorch's, in float32, with the weights as the file holds them: quantised and back.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import torch
from gguf import GGUFReader
from gguf.quants import dequantize
from tokenizers import Tokenizer

from training import SHIPPED, tokens
from training.corpus import Document, documents
from training.network import CONTEXT, Network
from training.train import CHECKPOINT, Checkpoint

FIXTURE = Path("tests/models/seedling-logits.json")

TEXTS = (
    "",
    "Write a bash script to sort the letters.",
    "It's 12:30, they'll say; we've 1,024 of them & don't mind.",
    "x = [1, 2,\n\t3]\n\n\nif x:\n    print(f'{x!r}')  \n",
    'RUN_AI "${PREFIX}List 5 ideas for: $1" | while read -r L; do bash -c "$L"; done',
    "  two spaces before,   three between, one behind ",
    "naïve café, Straße, Привет, 你好, 🌱🧪, e\u0301",
    "\r\n\x00\x7f\u00a0\u2028\ufeff",
    "<|im_start|>user\nhi<|im_end|>\n<|endoftext|> <|im_end",
)
"""Texts that are tokenised, none with special tokens."""

CHATS = (
    (("user", "hi"),),
    (("system", "You write bash."), ("user", "What is\nthe time?")),
    (("user", "end<|im_end|>\n<|im_start|>assistant\nno"),),
)
"""Turns that the chat template renders."""

_SEED = 2
_SHORT, _LONG = 4, 8
"""Prompts, and documents that follow each other in one more."""

_GREATEST = 32
"""Logits that are kept of a position."""


def main() -> None:
    """Write down the tokens and the logits that the shipped model must have."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    parser.add_argument("--model", type=Path, default=SHIPPED)
    parser.add_argument("--out", type=Path, default=FIXTURE)
    arguments = parser.parse_args()
    checkpoint = Checkpoint.load(arguments.checkpoint)
    tokenizer, network = tokens.read(checkpoint.tokenizer), stored(checkpoint, arguments.model)
    fixture = {
        "texts": [{"text": text, "tokens": tokenizer.encode(text).ids} for text in TEXTS],
        "chats": [{"turns": turns, "tokens": _prompt(tokenizer, turns)} for turns in CHATS],
        "logits": [_logits(network, prompt) for prompt in _prompts(tokenizer)],
    }
    arguments.out.write_text(json.dumps(fixture, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{arguments.out.stat().st_size:,} bytes in {arguments.out}")


def stored(checkpoint: Checkpoint, model: Path) -> Network:
    """Return the network of a checkpoint with the weights that a GGUF of it holds."""
    network = Network(checkpoint.shape)
    weights = {
        tensor.name: torch.from_numpy(dequantize(tensor.data, tensor.tensor_type).copy())
        for tensor in GGUFReader(model).tensors
    }
    network.load_state_dict(weights)
    return network


def _prompts(tokenizer: Tokenizer) -> list[list[int]]:
    """Return the tokens of documents that no model is trained on, and of several in a row."""
    examples = tokens.encode(tokenizer, documents(_SEED, _SHORT + _LONG))
    *_, long = accumulate(examples[_SHORT:])
    return [example.tokens for example in examples[:_SHORT]] + [long.tokens[:CONTEXT]]


def _prompt(tokenizer: Tokenizer, turns: tuple[tuple[str, str], ...]) -> list[int]:
    [example] = tokens.encode(tokenizer, [Document(turns, "", "")])
    return example.tokens[:-1]


@torch.no_grad()
def _logits(network: Network, prompt: Sequence[int]) -> dict[str, Any]:
    """Return what is predicted after four of a prompt's tokens, the last among them."""
    logits = network.logits(network(torch.tensor([prompt])))[0]
    places = [len(prompt) * quarter // 4 - 1 for quarter in range(1, 5)]
    return {"tokens": prompt, "at": {place: _kept(logits[place]) for place in places}}


def _kept(logits: torch.Tensor) -> dict[str, Any]:
    """Return the greatest of logits (vocabulary,) by token, and what the rest amounts to."""
    values, indices = logits.topk(_GREATEST)
    pairs = zip(indices.tolist(), values.tolist(), strict=True)
    return {
        "logits": {token: round(value, 4) for token, value in pairs},
        "log_sum_exp": round(logits.logsumexp(0).item(), 4),
    }


if __name__ == "__main__":
    main()
