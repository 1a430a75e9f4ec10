"""Tokens to text, up to an end token or a stop string, never splitting a character."""

from __future__ import annotations

import codecs

from recursor.models.llama.weights import Weights


class Writer:
    """One answer while it grows."""

    def __init__(self, weights: Weights, stop: tuple[str, ...]) -> None:
        self.tokens: list[int] = []
        self._weights = weights
        self._stop = stop
        self._longest = max(map(len, stop), default=0)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""

    def add(self, token: int) -> bool:
        """Take one token; return whether the answer goes on."""
        self.tokens.append(token)
        if self._weights.ends(token):
            return False
        new = self._decoder.decode(self._weights.piece(token))
        self._text += new
        recent = self._text[-(len(new) + self._longest) :]
        return not any(stop in recent for stop in self._stop)

    def text(self) -> str:
        """Return the answer without its stop string."""
        whole = self._text + self._decoder.decode(b"", final=True)
        ends = [whole.index(stop) for stop in self._stop if stop in whole]
        return whole[: min(ends, default=len(whole))]
