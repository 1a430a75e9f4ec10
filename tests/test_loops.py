"""What runs coroutines does so from a script and from a notebook, whose loop runs already."""

from __future__ import annotations

import asyncio
import os
import signal
import threading

import pytest

import recursor
from recursor import loops
from tests.conftest import read


async def _answer() -> int:
    await asyncio.sleep(0)
    return 42


async def _fail() -> int:
    raise ValueError("no way")


def test_without_a_loop_it_is_this_thread() -> None:
    async def where() -> int:
        return threading.get_ident()

    assert loops.run(where()) == threading.get_ident()


def test_what_fails_together_has_ended_together() -> None:
    ended: list[str] = []

    async def endless() -> int:
        try:
            return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]
        finally:
            await asyncio.sleep(0)
            ended.append("endless")

    async def whole() -> None:
        assert await loops.together([_answer(), _answer()]) == [42, 42]
        with pytest.raises(ValueError, match="no way"):
            await loops.together([endless(), _fail()])
        assert ended == ["endless"]

    asyncio.run(whole())


def test_beside_a_loop_it_returns_and_raises_the_same() -> None:
    async def notebook() -> None:
        assert loops.run(_answer()) == 42
        with pytest.raises(ValueError, match="no way"):
            loops.run(_fail())

    asyncio.run(notebook())


def _press(begun: threading.Event) -> None:
    """Press Ctrl-C, as it reaches a notebook's cell: in the main thread, once something runs."""
    assert begun.wait(30)
    os.kill(os.getpid(), signal.SIGINT)


def _interrupted_in_a_notebook(break_off: bool) -> tuple[list[str], str]:
    said: list[str] = []
    begun = threading.Event()

    async def endless() -> str:
        ended = asyncio.get_running_loop().create_future()
        stop.append(lambda: ended.set_result("stopped"))
        begun.set()
        try:
            return str(await ended)
        except asyncio.CancelledError:
            said.append("cancelled")
            raise

    stop: list[object] = []

    async def notebook() -> str:
        # asyncio would turn the signal into a cancellation; a notebook's kernel raises.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Thread(target=_press, args=(begun,)).start()
        interrupt = (lambda: stop[0]()) if break_off else None  # type: ignore[operator]
        try:
            return loops.run(endless(), interrupt)
        except KeyboardInterrupt:
            return "interrupted"

    before = signal.getsignal(signal.SIGINT)
    try:
        return said, asyncio.run(notebook())
    finally:
        signal.signal(signal.SIGINT, before)


def test_ctrl_c_beside_a_loop_does_what_was_asked_for() -> None:
    assert _interrupted_in_a_notebook(break_off=True) == ([], "stopped")


def test_ctrl_c_beside_a_loop_cancels() -> None:
    assert _interrupted_in_a_notebook(break_off=False) == (["cancelled"], "interrupted")


def test_further_ctrl_c_wait_for_what_the_first_began() -> None:
    ending, ended = threading.Event(), threading.Event()

    async def endless() -> None:
        begun.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ending.set()
            assert await asyncio.to_thread(pressed.wait, 30)
            ended.set()

    def press_often() -> None:
        _press(begun)
        for _ in range(200):  # wherever the main thread is just then
            _press(ending)
        pressed.set()

    async def notebook() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Thread(target=press_often).start()
        with pytest.raises(KeyboardInterrupt):
            loops.run(endless())

    begun, pressed = threading.Event(), threading.Event()
    before = signal.getsignal(signal.SIGINT)
    try:
        asyncio.run(notebook())
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended.is_set(), "it was ended, and not left alone"


def _signalled(*numbers: signal.Signals) -> int:
    """How often an interruptible coroutine hears of signals."""
    heard: list[None] = []

    async def whole() -> None:
        with loops.interruptible(lambda: heard.append(None)):
            for number in numbers:
                os.kill(os.getpid(), number)
            await asyncio.sleep(0.05)

    asyncio.run(whole())
    return len(heard)


def test_signals_interrupt_and_mean_afterwards_what_they_did_before() -> None:
    own = []
    before = signal.signal(signal.SIGTERM, lambda *_: own.append("own"))
    ignored = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # these tests may run under nohup
    try:
        assert _signalled(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) == 3
        signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before)
        signal.signal(signal.SIGHUP, ignored)
    assert own == ["own"]


def test_nohup_keeps_what_it_promises() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert _signalled(signal.SIGHUP, signal.SIGTERM) == 1
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.jail
@pytest.mark.once
def test_a_notebook_grows_replays_and_forks(db: str) -> None:
    async def notebook() -> recursor.Run:
        run = recursor.run("paperclips", model="stub:paperclip", db=db, depth=2)
        assert recursor.replay(run.id, db=db).fidelity.is_exact
        first = run.tree().children[0].node
        assert first is not None
        return recursor.fork(run.id, first.id, db=db, seed=7)

    forked = asyncio.run(notebook())
    assert read(db, forked.id)["run"]["end_cause"] == "completed"
