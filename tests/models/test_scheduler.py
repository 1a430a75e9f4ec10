"""An answer depends on its request alone, whatever else the engine does meanwhile."""

from __future__ import annotations

import asyncio
import random
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recursor.errors import ModelError
from recursor.models.llama import scheduler, weights
from recursor.models.llama.check import convert
from recursor.models.llama.context import Context
from recursor.models.llama.engine import Llama, Options
from recursor.models.llama.sampler import Sampler
from recursor.models.llama.scheduler import Mode
from recursor.types import Answer, Prompt, Request, Sampling, Segment
from tests.models import tiny

COMMON = "the common beginning of every prompt in this test, which is rather long. " * 3
PROMPTS = [f"{COMMON}and then the {number} end{'!' * number}" for number in range(12)]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("tiny") / "tiny.gguf")


@pytest.fixture(scope="module", params=["F16", "Q8_0", "Q4_0"])
def typed(request: pytest.FixtureRequest, path: Path) -> Path:
    """The same with weights of a type, whose kernels are others."""
    if request.param == "F16":
        return path
    copy = path.with_name(f"{request.param}.gguf")
    convert(path, request.param, copy)
    return copy


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
def alone(typed: Path) -> dict[int, tuple[int, ...] | None]:
    """Each prompt answered by an engine that has never seen another."""
    found: dict[int, Answer] = {}
    for number in range(len(PROMPTS)):
        with engine(typed, slots=1) as model:
            found |= asyncio.run(ask_all(model, [number], 1))
    assert len({answer.token_ids for answer in found.values()}) > 6
    return tokens(found)


@pytest.mark.parametrize(("slots", "at_once"), [(1, 1), (1, 12), (2, 2), (3, 8), (8, 8), (8, 12)])
def test_exact_answers_do_not_depend_on_the_schedule(
    typed: Path, alone: dict[int, tuple[int, ...] | None], slots: int, at_once: int
) -> None:
    order = list(range(len(PROMPTS)))
    random.Random(slots * at_once).shuffle(order)
    with engine(typed, slots=slots) as model:
        assert tokens(asyncio.run(ask_all(model, order, at_once))) == alone
        again = asyncio.run(ask_all(model, order, at_once, pause_s=0.05))
        assert tokens(again) == alone, "staggered, on prefixes that were kept"


def test_cancelled_neighbours_change_nothing(
    typed: Path, alone: dict[int, tuple[int, ...] | None]
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

    with engine(typed, slots=4) as model:
        assert tokens(asyncio.run(ask())) == alone


def test_evicted_prefixes_change_nothing(
    typed: Path, alone: dict[int, tuple[int, ...] | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is room for one prompt or two: nearly every query finds another one's leavings."""
    monkeypatch.setattr(scheduler, "KEPT_BYTES", 100_000)
    monkeypatch.setattr(scheduler, "NEW_TOKENS", 1)
    with engine(typed, slots=3) as model:
        for at_once in (1, 12):
            assert tokens(asyncio.run(ask_all(model, list(range(11, -1, -1)), at_once))) == alone
        assert 0 < len(model._scheduler._prefixes._kept) < len(PROMPTS)  # type: ignore[attr-defined]


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
        with model._scheduler._news:  # nothing is begun before all have asked
            asking = [asyncio.create_task(ask("many", number)) for number in range(40)]
            asking.append(asyncio.create_task(ask("one", 0)))
            await asyncio.sleep(0)
        await asyncio.gather(*asking)

    with engine(path, slots=1) as model:
        asyncio.run(all_of_them())
    assert ended.index("one") == 1


def test_a_cancelled_query_frees_its_slot_at_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, cancelled = threading.Event(), threading.Event()
    draw = Sampler.draw

    def held(self: Sampler, context: Context, row: int, answer: list[int]) -> int:
        if len(answer) == 1:
            begun.set()
            assert cancelled.wait(60)
        return draw(self, context, row, answer)

    async def cancel_then_ask() -> None:
        asked = asyncio.create_task(model.complete(request(model, PROMPTS[0], 0, 400)))
        assert await asyncio.to_thread(begun.wait, 60)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        cancelled.set()
        await model.complete(request(model, PROMPTS[1], 1, 1))

    monkeypatch.setattr(Sampler, "draw", held)
    with engine(path, slots=1) as model:
        asyncio.run(cancel_then_ask())
        assert model.counts.answer_tokens == 2 + 1


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


def test_a_full_cache_makes_room(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a unified cache kept prompts that share nothing fill it; they go, answers stay."""
    with engine(path, Mode.FAST, slots=1, context=256) as model:
        answers = [
            asyncio.run(model.complete(request(model, f"{number}" * 150, tokens=60)))
            for number in (*range(9), *range(9))
        ]
    assert all(answer.answer_tokens == 60 or answer.finish_reason == "stop" for answer in answers)


def test_siblings_wait_for_what_they_share(path: Path) -> None:
    """Of many queries that arrive together, one computes the prompt that they have in common."""
    for mode in Mode:
        with engine(path, mode, slots=8) as model:
            answers = asyncio.run(ask_all(model, list(range(8)), 8))
            shared = [answer.cached_tokens for answer in answers.values()]
        assert sum(tokens == 0 for tokens in shared) == 1, mode


@pytest.mark.parametrize("mode", list(Mode))
def test_a_score_is_what_the_generation_saw(
    path: Path, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[float] = []
    draw = Sampler.draw

    def spy(self: Sampler, context: Context, row: int, answer: list[int]) -> int:
        logits = context.logits(row).astype(np.float64)
        token = draw(self, context, row, answer)
        seen.append(float(logits[token] - np.log(np.exp(logits).sum())))
        return token

    with engine(path, mode, slots=4) as model:
        ask = request(model, PROMPTS[0], tokens=80)
        monkeypatch.setattr(Sampler, "draw", spy)
        answer = asyncio.run(model.complete(ask))
        assert answer.token_ids is not None
        cached = asyncio.run(model.score(ask.rendered, answer.token_ids))
        model._scheduler._prefixes.forget_all()
        cold = asyncio.run(model.score(ask.rendered, answer.token_ids))
        other = asyncio.run(model.score(request(model, PROMPTS[5]).rendered, answer.token_ids))
    assert len(seen) == len(answer.token_ids) == len(cached.logprobs)
    assert np.allclose(seen, cached.logprobs, atol=0.02)
    assert cached.cached_tokens > cold.cached_tokens == 0
    assert not np.allclose(seen, other.logprobs, atol=0.02)
    if mode is Mode.EXACT:
        assert cached.logprobs == cold.logprobs


def test_scores_and_answers_mix(path: Path, alone: dict[int, tuple[int, ...] | None]) -> None:
    async def mixed(model: Llama) -> tuple[dict[int, Answer], list[object]]:
        scores = [
            asyncio.create_task(
                model.score(request(model, PROMPTS[n]).rendered, alone[n] or (), str(n))
            )
            for n in range(12)
        ]
        return await ask_all(model, list(range(12)), 12), list(await asyncio.gather(*scores))

    with engine(path, slots=4) as model:
        _, together = asyncio.run(mixed(model))
        one_by_one: list[object] = [
            asyncio.run(model.score(request(model, PROMPTS[n]).rendered, alone[n] or ()))
            for n in range(12)
        ]
    assert [s.logprobs for s in together] == [s.logprobs for s in one_by_one]  # type: ignore[attr-defined]


def test_nothing_to_score_and_too_much_to_score(path: Path) -> None:
    with engine(path, slots=1, context=256) as model:
        rendered = request(model, "x").rendered
        assert asyncio.run(model.score(rendered, ())).logprobs == ()
        with pytest.raises(ModelError, match="context"):
            asyncio.run(model.score(rendered, [1] * 256))


def test_a_grammar_is_followed(path: Path) -> None:
    grammar = 'root ::= "the " ("rain" | "snow") " in " [a-c] [a-c]? "."'
    with engine(path, slots=4) as model:

        async def ask_many() -> list[Answer]:
            plain = request(model, PROMPTS[0], 3, 40)
            wild = replace(plain.sampling, grammar=grammar, temperature=5.0)
            bound = replace(plain, sampling=wild)
            return list(
                await asyncio.gather(
                    *(model.complete(replace(bound, seed=seed)) for seed in range(8))
                )
            )

        answers = asyncio.run(ask_many())
        again = asyncio.run(ask_many())
    for answer in answers:
        assert re.fullmatch(r"the (rain|snow) in [a-c]{1,2}\.", answer.text)
        assert answer.finish_reason == "stop"
    assert len({answer.text for answer in answers}) > 1
    assert [answer.token_ids for answer in answers] == [answer.token_ids for answer in again]


def test_a_broken_grammar_fails_its_query_alone(path: Path) -> None:
    with engine(path, slots=1) as model:
        good = request(model, PROMPTS[0])
        bad = replace(good, sampling=replace(good.sampling, grammar="root ::= ((("))
        with pytest.raises(ModelError, match="grammar") as caught:
            asyncio.run(model.complete(bad))
        assert caught.value.kind == "bad_grammar"
        assert asyncio.run(model.complete(good)).answer_tokens


@pytest.mark.parametrize("spm", [False, True])
def test_no_character_is_ever_cut_in_two(tmp_path: Path, spm: bool) -> None:
    """Random weights write random bytes: the text is what all of them together mean."""
    path = tiny.write(tmp_path / "tiny.gguf", spm=spm)
    with engine(path, slots=2) as model:
        for seed in range(6):
            answer = asyncio.run(model.complete(request(model, "é☃ the", seed, 60)))
            assert answer.token_ids is not None
            pieces = [model._weights.piece(token) for token in answer.token_ids]
            assert answer.text == b"".join(pieces).decode("utf-8", "replace")


@pytest.mark.parametrize("spm", [False, True])
def test_stop_strings_and_end_tokens(tmp_path: Path, spm: bool) -> None:
    path = tiny.write(tmp_path / "tiny.gguf", spm=spm)
    with engine(path, slots=2) as model:
        ask = request(model, "the end", 1, 60)
        whole = asyncio.run(model.complete(ask)).text
        stop = whole[len(whole) // 2 : len(whole) // 2 + 2]
        stopping = replace(ask, sampling=replace(ask.sampling, stop=("never there", stop)))
        answer = asyncio.run(model.complete(stopping))
        assert answer.text == whole[: whole.index(stop)]
        assert answer.finish_reason == "stop"
        assert model._weights.tokenize(ask.rendered)[0] == model._weights.bos


def test_what_cannot_be_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    strange = tiny.write(tmp_path / "strange.gguf", architecture="nonsense")
    with pytest.raises(ModelError, match="no usable GGUF"):
        Llama("strange", strange)
    whole = tiny.write(tmp_path / "whole.gguf")
    half = tmp_path / "half.gguf"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(ModelError, match="no usable GGUF"):
        Llama("half", half)
    monkeypatch.setattr(weights.Weights, "token_bytes", 2**40)
    with pytest.raises(ModelError, match=r"GiB of memory.*context=1024"):
        Llama("whole", whole)


def test_a_model_in_several_files_is_named_by_all_of_them(tmp_path: Path) -> None:
    digests = []
    for change in (b"", b"\0" * 32):
        first = tiny.write(tmp_path / "parts.gguf", tensors_a_file=10)
        parts = sorted(tmp_path.glob("parts-*.gguf"))
        assert len(parts) == 3 and parts[0] == first
        if change:
            whole = parts[2].read_bytes()
            parts[2].write_bytes(whole[: -len(change)] + change)
        with engine(first, slots=1) as model:
            digests.append(model.info.digest)
            assert asyncio.run(model.complete(request(model, "x"))).answer_tokens
    assert digests[0] != digests[1]
    parts[1].unlink()
    with pytest.raises(ModelError, match="no usable GGUF"):
        Llama("parts", first)


def test_a_huge_prompt_is_refused_before_it_is_tokenised(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine(path, slots=1) as model:
        huge = request(model, "x" * 4_000_000)
        longer = request(model, "x" * 3000)
        exact = model.count(longer.rendered)
        monkeypatch.setattr(model._weights, "tokenize", None)
        assert exact > 512 < model.count(huge.rendered) <= 4_000_000
        with pytest.raises(ModelError, match="or more, the context 512"):
            asyncio.run(model.complete(huge))


@pytest.mark.parametrize("mode", list(Mode))
def test_one_querys_fault_is_its_own(path: Path, mode: Mode) -> None:
    """A grammar that no token can follow fails its query, and none of those beside it."""
    impossible = 'root ::= "th" [\U0001f600] "e"'

    async def ask() -> list[Answer | BaseException]:
        good = [request(model, PROMPTS[number], number) for number in range(5)]
        bad = replace(good[0], sampling=replace(good[0].sampling, grammar=impossible, max_tokens=9))
        calls = [model.complete(call) for call in (good[0], good[1], bad, good[2], good[3])]
        return await asyncio.gather(*calls, return_exceptions=True)

    with engine(path, mode, slots=8) as model:
        answers = asyncio.run(ask())
        assert len(model._scheduler._free) == 8
    assert [isinstance(answer, Answer) for answer in answers].count(False) <= 1
    assert all(isinstance(answers[number], Answer) for number in (0, 1, 3, 4))


def test_as_many_slots_as_a_batch_has_rows(path: Path) -> None:
    with engine(path, slots=62, context=256) as model:
        answers = asyncio.run(ask_all(model, [n % 12 for n in range(12)], 12))
        many = [request(model, PROMPTS[n % 12], n, 8) for n in range(80)]

        async def ask() -> list[Answer]:
            return list(await asyncio.gather(*map(model.complete, many)))

        assert len(asyncio.run(ask())) == 80
    assert len(answers) == 12


def test_foreign_tokens_cannot_be_scored(path: Path) -> None:
    with engine(path, slots=1) as model:
        rendered = request(model, "x").rendered
        for foreign in ([1, 100_000, 2], [-1]):
            with pytest.raises(ModelError, match="does not know"):
                asyncio.run(model.score(rendered, foreign))


def test_the_smallest_temperature_draws_the_likeliest(path: Path) -> None:
    with engine(path, slots=1) as model:
        ask = request(model, PROMPTS[0], 5)
        answers = [
            asyncio.run(
                model.complete(replace(ask, sampling=replace(ask.sampling, temperature=value)))
            ).token_ids
            for value in (0.0, 1e-39, 1e-7)
        ]
    assert answers[0] == answers[1] == answers[2]
