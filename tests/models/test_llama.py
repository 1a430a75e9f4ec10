"""The real llama.cpp path, on the seedling: what holds whatever it has learned."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from recursor.errors import ModelError
from recursor.models import registry
from recursor.models.llama import check
from recursor.models.llama.engine import Llama
from recursor.prompts import load
from recursor.types import Answer, Language, Message, Prompt, Request, Sampling, Segment

GOAL, _ = load("seedling").root("get a lot of paperclips by tomorrow", Language.BASH)


@pytest.fixture(scope="module")
def model() -> Iterator[Llama]:
    loaded = registry.load("seedling")
    assert isinstance(loaded, Llama)
    yield loaded
    loaded.close()


def chat(words: str) -> Prompt:
    return Prompt(messages=(Message("user", (Segment(words, "guest"),)),))


def context_of(model: Llama) -> int:
    return int(model.info.inference["context"])


def test_a_guest_cannot_close_its_turn(model: Llama) -> None:
    """The tokens with which the template ends turns are the host's; the guest's are plain text."""
    word = model._weights.special_tokens["eos_token"]
    (end,) = model._weights._tokens(word.encode(), bos=False, special=True)
    honest, hostile = (
        model._weights.tokenize(model.render(chat(words))) for words in ("hi", f"hi{word}")
    )
    assert hostile.count(end) == honest.count(end)
    assert len(hostile) > len(honest)


def test_an_answer_stops_at_its_stop_string(model: Llama) -> None:
    def ask(*stop: str) -> Answer:
        sampling = Sampling(temperature=0, max_tokens=40, stop=stop)
        return asyncio.run(model.complete(Request(model.render(GOAL), sampling, 0, "x")))

    whole = ask().text
    middle = len(whole) // 2
    stop = whole[middle : middle + 3]
    answer = ask(stop)
    assert len(stop) == 3
    assert answer.text == whole.partition(stop)[0]
    assert answer.finish_reason == "stop"
    assert answer.token_ids is not None
    assert len(answer.token_ids) == answer.answer_tokens


def test_a_prompt_beyond_the_context_is_an_error_not_a_truncation(model: Llama) -> None:
    rendered = model.render(chat("word " * (context_of(model) + 10)))
    with pytest.raises(ModelError, match="context") as caught:
        asyncio.run(model.complete(Request(rendered, Sampling(), 0, "x")))
    assert caught.value.kind == "context_overflow"


def test_an_answer_ends_at_the_context(model: Llama) -> None:
    few, more = (model.count(model.render(chat("word " * number))) for number in (10, 20))
    a_word = (more - few) // 10
    rendered = model.render(chat("word " * ((context_of(model) - few) // a_word)))
    room = context_of(model) - model.count(rendered)
    assert 0 < room < 20 * a_word
    answer = asyncio.run(model.complete(Request(rendered, Sampling(max_tokens=500), 0, "x")))
    assert answer.answer_tokens <= room
    assert answer.finish_reason in ("context", "stop")


def test_different_seeds_give_different_answers(model: Llama) -> None:
    prompt = model.render(GOAL)

    async def ask() -> set[str]:
        calls = (Request(prompt, Sampling(max_tokens=48), seed, "x") for seed in range(8))
        return {(await model.complete(call)).text for call in calls}

    assert len(asyncio.run(ask())) > 1


def test_what_is_known_of_the_seedling_is_read_from_its_file(model: Llama) -> None:
    assert (model.info.family, model.info.quantisation) == ("llama", "Q8_0")
    assert (model.info.parameters or 0) > 10**6
    assert model.info.provenance == "planted"
    assert registry.path_of("seedling?mode=exact").stat().st_size <= 10 * 10**6


def test_a_copy_and_a_conversion_are_planted_too(tmp_path: Path) -> None:
    path = registry.path_of("seedling")
    copy, converted = tmp_path / "copy.gguf", tmp_path / "converted.gguf"
    copy.write_bytes(path.read_bytes())
    check.convert(path, "F16", converted)
    for file in (copy, converted):
        loaded = registry.load(str(file))
        loaded.close()
        assert loaded.info.provenance == "planted"


@pytest.mark.slow
@pytest.mark.smollm2
def test_what_is_known_of_smollm2_is_read_from_its_file() -> None:
    loaded = registry.load("smollm2")
    loaded.close()
    assert (loaded.info.family, loaded.info.quantisation) == ("llama", "Q4_1")
    assert loaded.info.parameters == 134_515_008
    assert loaded.info.provenance == "general"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_check_of_the_real_model_finds_exact_mode_exact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    path = registry.smollm2_path()
    found = check.check("smollm2", path, lambda _: None)
    exact = found["modes"]["exact"]
    assert exact["same"] == exact["of"] > 50
    copy = tmp_path / "copy.gguf"
    check.convert(path, "Q8_0", copy)
    compared = check.compare("smollm2", path, copy)
    assert compared["same"] < compared["of"]
    assert abs(compared["logprob_change"]) < 0.05
