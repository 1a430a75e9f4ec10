"""A request that the record does not know is answered as in any run."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from recursor import prompts
from recursor.broker.protocol import Query
from recursor.errors import ModelError
from recursor.models.base import Models
from recursor.models.stub import Stub
from recursor.runs import ask
from recursor.runs.ask import Attempt
from recursor.runs.grow import Growth
from recursor.runs.node import Asker
from recursor.runs.options import configure
from recursor.runs.retrace import Retrace
from recursor.types import Prompt, Rendered
from tests.store.test_store import a_query


class Unrenderable(Stub):
    def render(self, prompt: Prompt) -> Rendered:
        raise ModelError("the template fails", "unrenderable")


def test_a_prompt_that_another_model_cannot_render_fails_its_query_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    then, config = Models(Stub.load("paperclip")), configure("goal", model="stub:paperclip")
    asker, pack = Asker("node"), prompts.load("examples")
    attempt = ask.attempt(config, then, pack, asker, Query("what?"))

    async def decided(_: Growth, __: Asker, attempt: Attempt, *___: Any) -> ModelError | None:
        return attempt.error

    monkeypatch.setattr(Growth, "_decide", decided)
    fork = object.__new__(Retrace)
    fork.models = Models(Unrenderable("stub:other", [], "0" * 64))
    failed = asyncio.run(fork.unknown_query(asker, attempt, a_query(), None))
    assert isinstance(failed, ModelError)
    assert failed.kind == "unrenderable"
