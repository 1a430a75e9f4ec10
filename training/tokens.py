"""The tokenizer: byte-level BPE with GPT-2's regex, and how a document becomes tokens.

A document is encoded as the engine does it: a turn's role and words in one piece, special tokens
put by us alone, an answer by itself, for it begins where a prompt ended. Words of a document that
spell a special token are plain text.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from training import BUILD
from training.corpus import Document, documents

VOCABULARY = 2048
SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
END_OF_TEXT, TURN, END_OF_TURN = range(3)
"""The tokens of SPECIALS."""

_SEED = 0
_DOCUMENTS = 20_000
_RAREST_MERGE = 8


@dataclass(frozen=True)
class Example:
    """A document as tokens, or several after each other."""

    tokens: list[int]

    is_answer: list[bool]
    """Of each token: whether it is part of an answer, its end among it."""

    def __add__(self, other: Example) -> Example:
        return Example(self.tokens + other.tokens, self.is_answer + other.is_answer)


def main() -> None:
    """Train a tokenizer on documents that no model is trained on."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--out", type=Path, default=BUILD / "tokenizer.json")
    out: Path = parser.parse_args().out
    tokenizer = train(documents(_SEED, _DOCUMENTS))
    out.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(out))
    print(f"{tokenizer.get_vocab_size()} tokens in {out}")


def train(corpus: Iterable[Document]) -> Tokenizer:
    """Return a tokenizer of at most VOCABULARY tokens, made for the words of a corpus."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        min_frequency=_RAREST_MERGE,
        special_tokens=list(SPECIALS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    pieces = (piece for document in corpus for piece in _pieces(document))
    tokenizer.train_from_iterator((p for p in pieces if isinstance(p, str)), trainer)
    return tokenizer


def read(text: str) -> Tokenizer:
    """Return the tokenizer that a JSON text describes; it takes every word for plain text."""
    tokenizer = Tokenizer.from_str(text)
    tokenizer.encode_special_tokens = True
    return tokenizer


def encode(tokenizer: Tokenizer, corpus: Iterable[Document]) -> list[Example]:
    """Return the examples of documents, in their order."""
    pieces = [[*_pieces(document)] for document in corpus]
    words = [piece for of_one in pieces for piece in of_one if isinstance(piece, str)]
    encodings = iter(tokenizer.encode_batch(words))
    return [
        _example([[p] if isinstance(p, int) else next(encodings).ids for p in of_one])
        for of_one in pieces
    ]


def _pieces(document: Document) -> Iterator[str | int]:
    """Yield words and special tokens; the answer and its end are the last two."""
    for role, text in document.turns:
        yield from (TURN, f"{role}\n{text}", END_OF_TURN, "\n")
    if document.turns:
        yield from (TURN, "assistant\n", document.answer, END_OF_TURN)
    else:
        yield from (document.plain, document.answer, END_OF_TEXT)


def _example(pieces: Sequence[list[int]]) -> Example:
    tokens = [token for piece in pieces for token in piece]
    answer = len(pieces[-2]) + len(pieces[-1])
    return Example(tokens, [False] * (len(tokens) - answer) + [True] * answer)


if __name__ == "__main__":
    main()
