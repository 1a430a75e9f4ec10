"""A model that another process hosts answers as it would here."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from recursor.errors import ModelError, UsageError
from recursor.models import shared
from recursor.models.base import CHATML, Model
from recursor.models.shared import Gone, Host, Shared, Wire
from recursor.types import (
    Answer,
    Message,
    ModelInfo,
    Prompt,
    Rendered,
    Request,
    Sampling,
    Segment,
)

R = TypeVar("R")


class Echo:
    """Answers with the prompt, unless it is told to fail, or to wait for ever."""

    def __init__(self, spec: str) -> None:
        self.info = ModelInfo(
            spec, "0" * 64, "echo", 0, None, "echo", {"template": CHATML, "tokens": {}}
        )
        self.asked: list[Request] = []
        self.begun = threading.Event()
        self.cancelled = 0
        self.closed = False

    def render(self, prompt: Prompt) -> Rendered:
        raise AssertionError("whoever grows a run renders its prompts")

    def count(self, rendered: Rendered) -> int:
        if rendered.text == "uncountable":
            raise ModelError("it has no words for that")
        return len(rendered.text)

    async def complete(self, request: Request) -> Answer:
        self.asked.append(request)
        self.begun.set()
        if request.text == "fail":
            raise ModelError("it is tired", "context_overflow")
        if request.text == "wait":
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled += 1
        return Answer(request.text, (1, 2), "stop", 3, 4)

    def close(self) -> None:
        self.closed = True


class Hosted:
    """A host on a loop of its own thread, and wires to it."""

    def __init__(self, load: Callable[[str], Model]) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self.host = Host(load)
        self._served: list[Future[None]] = []
        self._ends: list[socket.socket] = []

    def wire(self) -> Wire:
        here, there = socket.socketpair()
        self._served.append(asyncio.run_coroutine_threadsafe(self._serve(here), self.loop))
        self._ends.append(there)
        return Wire(there)

    def close(self) -> None:
        for end in self._ends:
            end.close()
        for served in self._served:
            served.result(60)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    async def _serve(self, end: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=end)
        guest = self.host.welcome(lambda *message: shared.write(writer, *message))
        with suppress(Gone):
            while True:
                await guest.hear(await shared.read(reader))
        await guest.rest()
        self.host.forget(guest)
        writer.close()


@pytest.fixture
def echoes() -> dict[str, Echo]:
    return {}


@pytest.fixture
def hosted(echoes: dict[str, Echo]) -> Any:
    def load(spec: str) -> Echo:
        if spec == "absent":
            raise UsageError("no such model")
        living = [echo for echo in echoes.values() if not echo.closed]
        if spec.startswith("large") and living:
            raise ModelError("it does not fit")
        echoes[spec] = Echo(spec)
        return echoes[spec]

    made = Hosted(load)
    yield made
    made.close()


def request(text: str) -> Request:
    return Request(Rendered(text, ()), Sampling(), 1, text, asker="node")


def in_run(wire: Wire, course: Callable[[], Awaitable[R]]) -> R:
    """Do something on a loop that listens to a wire, as a run's does."""

    async def listening() -> R:
        wire.listen(lambda: None)
        return await course()

    return asyncio.run(listening())


def test_it_is_loaded_once_for_all(hosted: Hosted, echoes: dict[str, Echo]) -> None:
    first, second = Shared(hosted.wire(), "echo"), Shared(hosted.wire(), "echo")
    assert len(echoes) == 1
    assert first.info == second.info == echoes["echo"].info


def test_it_renders_counts_and_completes(hosted: Hosted) -> None:
    wire = hosted.wire()
    model = Shared(wire, "echo")
    rendered = model.render(Prompt(messages=(Message("user", (Segment("hello"),)),)))
    assert "<|im_start|>user\nhello" in rendered.text
    assert model.count(rendered) == len(rendered.text)
    answer = in_run(wire, lambda: model.complete(request("word")))
    assert answer == Answer("word", (1, 2), "stop", 3, 4)


def test_many_queries_at_once_while_it_counts(hosted: Hosted) -> None:
    wire = hosted.wire()
    model = Shared(wire, "echo")

    async def many() -> list[Answer]:
        tasks = [asyncio.create_task(model.complete(request(f"{n}"))) for n in range(50)]
        await asyncio.sleep(0)
        assert model.count(Rendered("four", ())) == 4  # answers come in between
        return await asyncio.gather(*tasks)

    assert [answer.text for answer in in_run(wire, many)] == [f"{n}" for n in range(50)]


def test_errors_are_the_same_here(hosted: Hosted) -> None:
    wire = hosted.wire()
    with pytest.raises(UsageError, match="no such model"):
        Shared(wire, "absent")
    model = Shared(wire, "echo")
    with pytest.raises(ModelError, match="no words for that"):
        model.count(Rendered("uncountable", ()))
    with pytest.raises(ModelError, match="it is tired") as raised:
        in_run(wire, lambda: model.complete(request("fail")))
    assert raised.value.kind == "context_overflow"


def test_a_query_that_is_cancelled_is_cancelled_there(
    hosted: Hosted, echoes: dict[str, Echo]
) -> None:
    wire = hosted.wire()
    model = Shared(wire, "echo")

    async def impatient() -> Answer:
        asked = asyncio.create_task(model.complete(request("wait")))
        assert await asyncio.to_thread(echoes["echo"].begun.wait, 60)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        return await model.complete(request("next"))

    assert in_run(wire, impatient).text == "next"
    assert echoes["echo"].cancelled == 1


def test_programs_of_different_runs_take_turns(hosted: Hosted, echoes: dict[str, Echo]) -> None:
    for wire in (hosted.wire(), hosted.wire()):
        model = Shared(wire, "echo")
        in_run(wire, lambda model=model: model.complete(request("word")))  # type: ignore[misc]
    one, other = echoes["echo"].asked
    assert one.asker != other.asker
    assert replace(one, asker="") == replace(other, asker="")


def test_a_process_that_is_gone_leaves_no_query(hosted: Hosted, echoes: dict[str, Echo]) -> None:
    wire = hosted.wire()
    model = Shared(wire, "echo")

    async def gone() -> None:
        task = asyncio.create_task(model.complete(request("wait")))
        assert await asyncio.to_thread(echoes["echo"].begun.wait, 60)
        hosted._ends[0].shutdown(socket.SHUT_RDWR)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    in_run(wire, gone)
    hosted._served[0].result(60)
    assert echoes["echo"].cancelled == 1


def test_a_host_that_is_gone_is_heard_of(hosted: Hosted) -> None:
    wire = hosted.wire()
    model = Shared(wire, "echo")

    async def gone() -> bool:
        heard = asyncio.Event()
        wire.listen(heard.set)
        waiting = asyncio.create_task(model.complete(request("wait")))
        await asyncio.sleep(0)
        hosted._ends[0].shutdown(socket.SHUT_RDWR)
        await asyncio.wait_for(heard.wait(), 60)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return model.count(Rendered("x", ())) == 0

    assert asyncio.run(gone())
    with pytest.raises(Gone):
        wire.order()


def test_a_model_that_nobody_uses_makes_room(hosted: Hosted, echoes: dict[str, Echo]) -> None:
    first = hosted.wire()
    Shared(first, "echo")
    with pytest.raises(ModelError, match="does not fit"):
        Shared(hosted.wire(), "large")
    assert not echoes["echo"].closed
    hosted._ends[0].shutdown(socket.SHUT_RDWR)
    hosted._served[0].result(60)
    Shared(hosted.wire(), "large 2")
    assert echoes["echo"].closed
