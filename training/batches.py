"""Batches: rows of about the same length, as many as a budget of tokens allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import torch
from tokenizers import Tokenizer
from torch import Tensor

from training.corpus import Mixture, documents
from training.network import CONTEXT
from training.tokens import Example, encode

CHUNK = 2000
"""Documents that are made, and sorted by their length, at a time."""

_SEEDS = 1_000_000
"""Chunks that one seed of a training has before those of the next begin. Seeds of documents that
nothing is trained on are below those."""

_HELD_OUT_SEED = 1

_PACKED = 0.06
"""How often several documents share a row: only so are a context's later positions trained."""

_PROMPT = 0.08
"""The part of a prompt's tokens that is learnt too."""


@dataclass(frozen=True)
class Batch:
    """Rows of tokens, and what is to be predicted after which of them."""

    tokens: Tensor
    """(rows, length); rows are padded with the end of text."""

    places: Tensor
    """(predictions,): indices into the flattened tokens."""

    targets: Tensor
    """(predictions,): the tokens that follow there."""

    seen: int
    """Tokens that are no padding."""

    def to(self, device: torch.device) -> Batch:
        return Batch(
            self.tokens.to(device), self.places.to(device), self.targets.to(device), self.seen
        )


def stream(tokenizer: Tokenizer, seed: int, budget: int, mixture: Mixture) -> Iterator[Batch]:
    """Yield batches of at most `budget` padded tokens without end; a seed has its own documents."""
    random = Random(seed)
    for chunk in range((seed + 1) * _SEEDS, (seed + 2) * _SEEDS):
        rows = [*_rows(encode(tokenizer, documents(chunk, CHUNK, mixture)), random)]
        groups = [*_groups(rows, budget)]
        random.shuffle(groups)
        for group in groups:
            yield _batch(group, random)


def held_out(tokenizer: Tokenizer, number: int, budget: int) -> list[Batch]:
    """Return batches of documents that no seed has, a document a row, to predict answers only."""
    examples = encode(tokenizer, documents(_HELD_OUT_SEED, number))
    return [_batch(group, None) for group in _groups(examples, budget)]


def _rows(examples: Iterable[Example], random: Random) -> Iterator[Example]:
    """Yield examples, some after others in one row; those beyond a context are left out."""
    packed, wanted = Example([], []), 0
    for example in examples:
        if len(example.tokens) > CONTEXT:
            continue
        if len(packed.tokens) + len(example.tokens) > CONTEXT:
            yield packed
            packed = Example([], [])
        if packed.tokens:
            packed += example
        elif random.random() < _PACKED:
            packed, wanted = example, random.randint(150, CONTEXT)
        else:
            yield example
        if len(packed.tokens) > wanted:
            yield packed
            packed = Example([], [])
    if packed.tokens:
        yield packed


def _groups(rows: Iterable[Example], budget: int) -> Iterator[list[Example]]:
    group: list[Example] = []
    for row in sorted(rows, key=lambda row: len(row.tokens)):
        if group and (len(group) + 1) * len(row.tokens) > budget:
            yield group
            group = []
        group.append(row)
    yield group


def _batch(rows: Sequence[Example], random: Random | None) -> Batch:
    """Return a batch; with `random` some of the prompts' tokens are predicted too."""
    length = max(len(row.tokens) for row in rows) - 1
    tokens = torch.zeros(len(rows), length, dtype=torch.long)
    places, targets = [], []
    for number, row in enumerate(rows):
        tokens[number, : len(row.tokens) - 1] = torch.tensor(row.tokens[:-1])
        for place, target in enumerate(row.tokens[1:]):
            if row.is_answer[place + 1] or (random and random.random() < _PROMPT):
                places.append(number * length + place)
                targets.append(target)
    seen = sum(len(row.tokens) - 1 for row in rows)
    return Batch(tokens, torch.tensor(places), torch.tensor(targets), seen)
