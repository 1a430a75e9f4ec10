"""Measuring a model on this machine: whether its answers depend on the schedule, and how fast."""

from __future__ import annotations

import asyncio
import ctypes
import os
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp as llama

from recursor import config
from recursor.errors import ModelError, UsageError
from recursor.models.llama import verdicts
from recursor.models.llama.engine import Llama, Options
from recursor.models.llama.scheduler import Mode
from recursor.types import Answer, ModelInfo, Prompt, Request, Sampling, Segment

QUERIES, ANSWER_TOKENS = 8, 32
AT_ONCE = (1, 2, 4, 8)
SLOWDOWN = 0.6
"""Exact answers are worth it as long as they come at this share of fast ones' speed or more."""
TYPES = ("F16", "Q8_0", "Q5_1", "Q5_0", "Q4_1", "Q4_0")
"""Weight types that a copy can be converted to."""

_COMMON = "A program asks a model, and the model answers with a program that asks again. " * 12
_TAILS = (
    "Name three rivers.", "What is a lamp?", "Count to ten.", "Write a line about rain.",
    "Which metals rust?", "Say it in other words.", "List five trees.", "Why is the sky blue?",
)  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """One mode: how fast at how many answers at a time, and how many answers were as if alone."""

    tokens_per_s: dict[int, float]
    same: int
    of: int


def check(spec: str, path: Path, tell: Callable[[str], None]) -> dict[str, Any]:
    """Measure both modes, keep and return what was found. Raises ModelError."""
    modes: dict[str, dict[str, Any]] = {}
    for mode in Mode:
        tell(f"{mode} mode")
        info, measured = _measure(spec, path, mode)
        modes[mode] = vars(measured)
    recommended, why = _recommend(modes)
    return verdicts.keep(info, {"modes": modes, "recommended": recommended, "why": why})


def compare(spec: str, path: Path, copy: Path) -> dict[str, Any]:
    """Measure what a converted copy changes, in exact mode.

    `same`: of so many answers those that are the original's. `logprob_change`: how much less likely
    (natural logarithm a token) the copy finds the original's answers than the original does.
    """
    with ExitStack() as closing:
        models = []
        for file in (path, copy):
            models.append(Llama(spec, file, Options(mode=Mode.EXACT)))
            closing.callback(models[-1].close)
        original, converted = models
        answers, others = (_answer(model, range(QUERIES), 1)[0] for model in models)
        change = _likelihood(converted, answers) - _likelihood(original, answers)
        speed = {
            at_once: _speed(*_answer(converted, range(QUERIES), at_once))
            for at_once in (1, max(AT_ONCE))
        }
    return {
        "tokens_per_s": speed,
        "same": _same(answers, others),
        "of": QUERIES,
        "logprob_change": change,
    }


def types_of(text: str) -> list[str]:
    """Read weight types with commas between them. Raises UsageError."""
    types = [type_.strip() for type_ in text.split(",") if type_.strip()]
    for type_ in types:
        if type_ not in TYPES:
            raise UsageError(f"unknown weight type {type_!r}; there are: {', '.join(TYPES)}")
    return types


def convert(path: Path, type_: str, target: Path) -> None:
    """Write a copy of a model with weights of another type. Raises UsageError or ModelError."""
    types_of(type_)
    if not config.is_folder(target.parent):
        raise UsageError(f"there is no folder {target.parent}")
    if target.exists():
        raise UsageError(f"{target} exists already")
    parameters = llama.llama_model_quantize_default_params()
    parameters.ftype = getattr(llama, f"LLAMA_FTYPE_MOSTLY_{type_}")
    parameters.allow_requantize = True
    source = os.fsencode(path)
    if llama.llama_model_quantize(source, os.fsencode(target), ctypes.byref(parameters)):
        target.unlink(missing_ok=True)
        raise ModelError(f"llama.cpp cannot convert {path} to {type_}")


def _measure(spec: str, path: Path, mode: Mode) -> tuple[ModelInfo, Measured]:
    orders = (range(QUERIES), range(QUERIES - 1, -1, -1), [3, 1, 4, 0, 5, 7, 2, 6])
    speed: dict[int, float] = {}
    found: list[list[Answer]] = []
    for number, order in enumerate(orders):
        model = Llama(spec, path, Options(mode=mode))  # nothing is kept from one to the next
        try:
            if number == 0:
                found.append(_answer(model, order, 1)[0])  # as if alone, and to warm up
            for at_once in AT_ONCE if number == 0 else (3, 8):
                answers, seconds = _answer(model, order, at_once)
                found.append(answers)
                if number == 0:
                    speed[at_once] = _speed(answers, seconds)
            info = model.info
        finally:
            model.close()
    alone, *others = found
    same = sum(_same(answers, alone) for answers in others)
    return info, Measured(speed, same, QUERIES * len(others))


def _speed(answers: Sequence[Answer], seconds: float) -> float:
    return sum(answer.answer_tokens for answer in answers) / seconds


def _same(ones: Sequence[Answer], others: Sequence[Answer]) -> int:
    return sum(one.token_ids == other.token_ids for one, other in zip(ones, others, strict=True))


def _recommend(modes: dict[str, dict[str, Any]]) -> tuple[Mode, str]:
    exact, fast = modes[Mode.EXACT], modes[Mode.FAST]
    most = max(AT_ONCE)
    ratio = exact["tokens_per_s"][most] / fast["tokens_per_s"][most]
    speed = f"its speed is {ratio:.2f} of fast's at {most} answers at a time"
    if exact["same"] < exact["of"]:
        return Mode.FAST, "answers depend on the schedule in exact mode too on this machine"
    if fast["same"] == fast["of"] and ratio < 1:
        return Mode.FAST, "no answer depended on the schedule in fast mode either, and it is faster"
    if ratio < SLOWDOWN:
        return Mode.FAST, f"exact mode holds here, but {speed}"
    return Mode.EXACT, f"no answer depends on the schedule, and {speed}"


def _request(model: Llama, number: int) -> Request:
    common = _COMMON[: model.info.inference["context"] // 2]  # a token has a character or more
    rendered = model.render(Prompt(plain=(Segment(f"{common}\n{_TAILS[number]}\n"),)))
    return Request(rendered, Sampling(max_tokens=ANSWER_TOKENS), number, "", asker=str(number))


def _answer(model: Llama, order: Sequence[int], at_once: int) -> tuple[list[Answer], float]:
    """Ask the queries in an order; return the answers by number, and the seconds it took."""

    async def ask_all() -> dict[int, Answer]:
        places = asyncio.Semaphore(at_once)

        async def ask(number: int) -> tuple[int, Answer]:
            async with places:
                return number, await model.complete(_request(model, number))

        return dict(await asyncio.gather(*map(ask, order)))

    began = time.perf_counter()
    answers = asyncio.run(ask_all())
    seconds = time.perf_counter() - began
    return [answers[number] for number in range(QUERIES)], seconds


def _likelihood(model: Llama, answers: Sequence[Answer]) -> float:
    """Return the mean logarithm of the probability of an answer's token."""

    async def score_all() -> list[float]:
        scores = [
            model.score(_request(model, number).rendered, answer.token_ids or ())
            for number, answer in enumerate(answers)
        ]
        return [value for score in await asyncio.gather(*scores) for value in score.logprobs]

    values = asyncio.run(score_all())
    return sum(values) / len(values)
