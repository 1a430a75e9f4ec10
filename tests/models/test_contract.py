"""What every model promises, run over every model."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from recursor.errors import ModelError
from recursor.models import registry
from recursor.models.base import Model
from recursor.types import Message, Prompt, Request, Sampling, Segment
from tests.models.server import Server

WORDS = "List ideas for getting paperclips, one per line"
PROMPT = Prompt(messages=(Message("user", (Segment(WORDS, "guest"),)),))
Models = Iterator[Model]
ANY = "[[rule]]\nmatch = ''\nanswer = 'red, green and blue, in that order'\n"


SMOLLM2 = pytest.param("smollm2", marks=[pytest.mark.slow, pytest.mark.smollm2])


@pytest.fixture(scope="module", params=["stub", "seedling", SMOLLM2, "openai"])
def model(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Model]:
    spec = request.param
    if spec == "stub":
        path = tmp_path_factory.mktemp("stub") / "any.toml"
        path.write_text(ANY)
        spec = f"stub:{path}"
    with ExitStack() as stack:
        if spec == "openai":
            spec = "openai:tiny"
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            patch.setenv("OPENAI_BASE_URL", stack.enter_context(Server.serving()).url)
        loaded = registry.load(spec)
        yield loaded
        loaded.close()


def request(model: Model, *, tokens: int = 24, seed: int = 7, prompt: Prompt = PROMPT) -> Request:
    sampling = Sampling(max_tokens=tokens)
    return Request(model.render(prompt), sampling, seed, WORDS)


def test_counts_and_answers_are_bounded(model: Model) -> None:
    call = request(model, tokens=5)
    answer = asyncio.run(model.complete(call))
    reserved = model.count(call.rendered)
    assert 0 < answer.prompt_tokens <= reserved
    if model.info.family != "remote":
        assert answer.prompt_tokens == reserved
    assert 0 < answer.answer_tokens <= 5
    assert answer.finish_reason in ("stop", "length")
    assert answer.text.strip()


def test_the_same_request_gets_the_same_answer(model: Model) -> None:
    async def twice() -> list[str]:
        return [(await model.complete(request(model))).text for _ in range(2)]

    first, second = asyncio.run(twice())
    assert first == second


def test_the_rendered_prompt_holds_the_words_and_their_provenance(model: Model) -> None:
    rendered = model.render(PROMPT)
    guest = [rendered.text[s.start : s.end] for s in rendered.spans if s.source == "guest"]
    assert guest == [WORDS]


def test_a_cancelled_request_frees_the_model(model: Model) -> None:
    async def cancel_then_ask() -> str:
        asked = asyncio.create_task(model.complete(request(model, tokens=500)))
        await asyncio.sleep(0)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        return (await model.complete(request(model))).text

    assert asyncio.run(cancel_then_ask())


def test_info_identifies_the_model(model: Model) -> None:
    assert len(model.info.digest) == 64
    assert model.info.family
    assert model.info.spec.startswith(("stub:", "seedling", "smollm2", "openai:"))


def test_requests_at_once_are_all_answered(model: Model) -> None:
    async def ask() -> list[str]:
        calls = [model.complete(request(model, seed=seed, tokens=4)) for seed in range(4)]
        return [answer.text for answer in await asyncio.gather(*calls)]

    assert len(asyncio.run(ask())) == 4


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    for spec in (str(tmp_path / "no.gguf"), f"stub:{tmp_path}/no.toml"):
        with pytest.raises(Exception, match=r"no\.(gguf|toml)"):
            registry.load(spec)


def test_a_corrupt_gguf_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ModelError, match="no usable GGUF"):
        registry.load(str(path))
