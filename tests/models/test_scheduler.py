"""An answer depends on its request alone, whatever else the engine does meanwhile."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from recursor.errors import ModelError
from recursor.models.llama.engine import Llama, Options
from recursor.models.llama.scheduler import Mode
from recursor.types import Answer, Prompt, Request, Sampling, Segment
from tests.models import tiny

COMMON = "the common beginning of every prompt in this test, which is rather long. " * 3
PROMPTS = [f"{COMMON}and then the {number} end{'!' * number}" for number in range(12)]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("tiny") / "tiny.gguf")


@contextmanager
def engine(path: Path, mode: Mode = Mode.EXACT, **options: int) -> Iterator[Llama]:
    model = Llama("tiny", path, Options(mode=mode, **options))
    try:
        yield model
    finally:
        model.close()


def request(
    model: Llama, prompt: str, seed: int = 0, tokens: int = 24, asker: str = "", **more: object
) -> Request:
    rendered = model.render(Prompt(plain=(Segment(prompt),)))
    sampling = Sampling(max_tokens=tokens, repeat_penalty=1.1, **more)  # type: ignore[arg-type]
    return Request(rendered, sampling, seed, prompt, asker=asker)


async def ask_all(
    model: Llama, order: list[int], at_once: int, pause_s: float = 0.0
) -> dict[int, Answer]:
    places = asyncio.Semaphore(at_once)

    async def ask(number: int) -> tuple[int, Answer]:
        async with places:
            await asyncio.sleep(pause_s * random.random())
            return number, await model.complete(request(model, PROMPTS[number], number))

    return dict(await asyncio.gather(*map(ask, order)))


def tokens(answers: dict[int, Answer]) -> dict[int, tuple[int, ...] | None]:
    return {number: answers[number].token_ids for number in sorted(answers)}


@pytest.fixture(scope="module")
def alone(path: Path) -> dict[int, tuple[int, ...] | None]:
    """Each prompt answered by an engine that has never seen another."""
    found: dict[int, Answer] = {}
    for number in range(len(PROMPTS)):
        with engine(path, slots=1) as model:
            found |= asyncio.run(ask_all(model, [number], 1))
    assert len({answer.token_ids for answer in found.values()}) > 6
    return tokens(found)


@pytest.mark.parametrize("slots", [1, 2, 3, 8])
@pytest.mark.parametrize("at_once", [1, 2, 8, 12])
def test_exact_answers_do_not_depend_on_the_schedule(
    path: Path, alone: dict[int, tuple[int, ...] | None], slots: int, at_once: int
) -> None:
    order = list(range(len(PROMPTS)))
    random.Random(slots * at_once).shuffle(order)
    with engine(path, slots=slots) as model:
        assert tokens(asyncio.run(ask_all(model, order, at_once))) == alone
        again = asyncio.run(ask_all(model, order, at_once, pause_s=0.05))
        assert tokens(again) == alone, "staggered, on prefixes that were kept"


def test_cancelled_neighbours_change_nothing(
    path: Path, alone: dict[int, tuple[int, ...] | None]
) -> None:
    async def ask() -> dict[int, Answer]:
        doomed = [
            asyncio.create_task(model.complete(request(model, PROMPTS[n] + " other", n, 200)))
            for n in range(6)
        ]
        asked = asyncio.create_task(ask_all(model, list(range(12)), 6))
        for task in doomed:
            await asyncio.sleep(0.01)
            task.cancel()
        return await asked

    with engine(path, slots=4) as model:
        assert tokens(asyncio.run(ask())) == alone


def test_a_kept_prefix_is_not_computed_again(path: Path) -> None:
    with engine(path, slots=2) as model:
        first, second = (asyncio.run(model.complete(request(model, PROMPTS[n]))) for n in (0, 1))
    assert first.cached_tokens == 0
    assert second.cached_tokens > second.prompt_tokens / 2


@pytest.mark.parametrize("mode", list(Mode))
def test_more_queries_than_slots_wait_and_all_are_answered(path: Path, mode: Mode) -> None:
    with engine(path, mode, slots=2) as model:
        answers = asyncio.run(ask_all(model, list(range(12)), 12))
    assert len(answers) == 12
    assert all(answer.answer_tokens for answer in answers.values())


def test_askers_take_turns(path: Path) -> None:
    """One asker's many queries do not starve another's one."""
    ended: list[str] = []

    async def ask(asker: str, number: int) -> None:
        await model.complete(request(model, PROMPTS[number % 12], number, 16, asker))
        ended.append(asker)

    async def all_of_them() -> None:
        many = [asyncio.create_task(ask("many", number)) for number in range(40)]
        await asyncio.sleep(0)
        await ask("one", 0)
        await asyncio.gather(*many)

    with engine(path, slots=1) as model:
        asyncio.run(all_of_them())
    assert ended.index("one") <= 2


def test_a_cancelled_query_frees_its_slot_at_once(path: Path) -> None:
    async def cancel_then_ask() -> float:
        asked = asyncio.create_task(model.complete(request(model, PROMPTS[0], 0, 400)))
        await asyncio.sleep(0.05)
        asked.cancel()
        began = time.perf_counter()
        await model.complete(request(model, PROMPTS[1], 1, 1))
        return time.perf_counter() - began

    with engine(path, slots=1) as model:
        whole = asyncio.run(model.complete(request(model, PROMPTS[0], 0, 400)))
        assert asyncio.run(cancel_then_ask()) < max(0.2, whole.decode_s / 2)


@pytest.mark.parametrize("mode", list(Mode))
def test_the_context_bounds_prompt_and_answer(path: Path, mode: Mode) -> None:
    with engine(path, mode, slots=2, context=256) as model:
        long = "x" * 400
        with pytest.raises(ModelError, match="the context 256") as caught:
            asyncio.run(model.complete(request(model, long)))
        assert caught.value.kind == "context_overflow"
        near = request(model, "x" * 240)
        room = 256 - model.count(near.rendered)
        answer = asyncio.run(model.complete(request(model, "x" * 240, tokens=100)))
        assert (answer.answer_tokens, answer.finish_reason) == (room, "context")
        shorter = asyncio.run(model.complete(request(model, "x" * 240, tokens=room)))
        assert shorter.finish_reason == "length"


@pytest.mark.parametrize("prompt", ["x", "xy", "y" * 61, "y" * 62, "y" * 63, "y" * 124])
def test_prompts_of_every_length_around_a_batch(path: Path, prompt: str) -> None:
    answers = []
    for slots in (1, 3):
        with engine(path, slots=slots) as model:
            answers.append(asyncio.run(model.complete(request(model, prompt))).token_ids)
    assert answers[0] == answers[1]


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + b"\0" * 100)
    with pytest.raises(ModelError, match="no usable GGUF"):
        Llama("broken", tmp_path / "broken.gguf")


def test_a_failed_step_fails_its_queries_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with engine(path, slots=2) as model:
        context = model._scheduler._context
        decode = context.decode
        left = [3]

        def fails(rows: object) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise ModelError("llama.cpp failed while decoding (code -1)")
            decode(rows)  # type: ignore[arg-type]

        monkeypatch.setattr(context, "decode", fails)
        with pytest.raises(ModelError, match="code -1"):
            asyncio.run(model.complete(request(model, PROMPTS[0])))
        first = asyncio.run(model.complete(request(model, PROMPTS[0])))
    with engine(path, slots=2) as fresh:
        assert asyncio.run(fresh.complete(request(fresh, PROMPTS[0]))).token_ids == first.token_ids
