"""The shipped seedling: its file means to llama.cpp what its training meant.

What is expected comes from PyTorch and from the tokenizers package (`training/parity.py`), of which
these tests need neither.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recursor import prompts
from recursor.models.llama.context import Context, Row
from recursor.models.llama.weights import Weights
from recursor.types import Message, Prompt, Segment

pytestmark = pytest.mark.once

MODEL = Path(__file__).parents[2] / "recursor" / "models" / "seedling.gguf"
EXPECTED = json.loads(Path(__file__).with_name("seedling-logits.json").read_text(encoding="utf-8"))
MEAN_TOLERANCE, TOLERANCE = 0.1, 0.5
"""llama.cpp rounds to 8 bits what it multiplies with quantised weights, and keys and values to F16:
0.04 in the mean, 0.2 at most. With F32 weights it is 0.003 at most."""


@pytest.fixture(scope="module")
def weights() -> Iterator[Weights]:
    loaded = Weights("seedling", MODEL)
    yield loaded
    loaded.close()


@pytest.mark.parametrize("case", EXPECTED["texts"], ids=lambda case: repr(case["text"][:12]))
def test_a_text_is_tokenised_as_it_was_for_the_training(
    weights: Weights, case: dict[str, Any]
) -> None:
    text = case["text"].encode()
    assert weights._tokens(text, bos=False, special=False) == case["tokens"]
    assert b"".join(map(weights.piece, case["tokens"])) == text


@pytest.mark.parametrize("case", EXPECTED["chats"], ids=lambda case: repr(case["turns"][-1][1][:9]))
def test_a_chat_is_rendered_as_it_was_for_the_training(
    weights: Weights, case: dict[str, Any]
) -> None:
    messages = tuple(Message(role, (Segment(text, "guest"),)) for role, text in case["turns"])
    rendered = prompts.render(Prompt(messages=messages), weights.template, weights.special_tokens)
    assert weights.tokenize(rendered) == case["tokens"]


def test_the_end_of_a_turn_and_the_end_of_a_text_end_an_answer(weights: Weights) -> None:
    assert [token for token in range(weights.size) if weights.ends(token)] == [0, 2]


@pytest.mark.parametrize("case", EXPECTED["logits"], ids=lambda case: str(len(case["tokens"])))
def test_logits_are_those_of_the_network_that_was_trained(
    weights: Weights, case: dict[str, Any]
) -> None:
    tokens = case["tokens"]
    context = Context(weights, sequences=1, cells=1024, rows=len(tokens), unified=False)
    try:
        context.decode([Row(token, at, 0, wants_logits=True) for at, token in enumerate(tokens)])
        for at, expected in case["at"].items():
            logits = context.logits(int(at)).astype(np.float64)
            greatest = {int(token): value for token, value in expected["logits"].items()}
            errors = np.abs(logits[list(greatest)] - list(greatest.values()))
            assert errors.mean() < MEAN_TOLERANCE
            assert errors.max() < TOLERANCE
            log_sum_exp = np.logaddexp.reduce(logits)
            assert log_sum_exp == pytest.approx(expected["log_sum_exp"], abs=TOLERANCE)
    finally:
        context.close()
