"""A program's place among those that run, and clocks."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace

import pytest

from recursor.runs.busy import Busy
from recursor.runs.turn import Turn


def test_requests_that_end_one_after_the_other_take_one_place_together() -> None:
    """The second must not wait for the place that the first has taken for the same program."""

    async def run() -> int:
        places = asyncio.Semaphore(1)
        turn = Turn(places, 60)
        await turn.take()
        turn.begin()
        ends = [asyncio.Event() for _ in range(3)]

        async def ask(end: asyncio.Event) -> None:
            async with turn.given_back():
                await end.wait()

        first = asyncio.create_task(ask(ends[0]))
        await asyncio.sleep(0)
        await places.acquire()  # another program runs meanwhile
        ends[0].set()
        await asyncio.sleep(0)
        others = [asyncio.create_task(ask(end)) for end in ends[1:]]
        await asyncio.sleep(0)
        for end in ends[1:]:
            end.set()
            await asyncio.sleep(0)
        places.release()
        await asyncio.wait_for(asyncio.gather(first, *others), 60)
        assert turn.is_running
        turn.end()
        return places._value

    assert asyncio.run(run()) == 1


@pytest.mark.parametrize("begins", [True, False])
def test_a_program_that_ends_while_it_waits_has_waited(
    monkeypatch: pytest.MonkeyPatch, begins: bool
) -> None:
    now = [0.0]
    monkeypatch.setattr("recursor.runs.turn.time", SimpleNamespace(monotonic=lambda: now[0]))

    async def run() -> float:
        turn = Turn(asyncio.Semaphore(1), 60)
        if begins:
            await turn.take()
            turn.begin()
        now[0] = 1.0
        async with turn.given_back():
            now[0] = 3.0
            turn.end()
        return turn.waited_s

    assert asyncio.run(run()) == (2.0 if begins else 0.0)


def test_a_clock_runs_while_anything_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    busy = Busy()
    now[0] = 5.0
    assert busy.seconds == 0
    with busy.under_way():
        now[0] += 1
        with busy.under_way():
            now[0] += 2
        assert busy.seconds == 3
    now[0] += 10
    with busy.under_way():
        now[0] += 1
    assert busy.seconds == 4
