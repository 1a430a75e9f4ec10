"""Coroutines: run from wherever (a notebook has a loop already), together, interruptible."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import current_thread, main_thread
from typing import Any, TypeVar

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T], interrupt: Callable[[], object] | None = None) -> T:
    """Return what a coroutine returns; in a thread of its own if this one's loop runs already.

    There Ctrl-C calls `interrupt` in the coroutine's loop, and what this makes of it is returned;
    without one the coroutine is cancelled, and KeyboardInterrupt raised.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    pressed: Future[None] = Future()

    async def whole() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        break_off = interrupt or task.cancel

        def obey(_: Future[None]) -> None:
            with suppress(RuntimeError):  # it ended meanwhile
                loop.call_soon_threadsafe(break_off)

        pressed.add_done_callback(obey)
        return await coroutine

    with _ctrl_c(pressed), ThreadPoolExecutor(1) as beside:
        try:
            return beside.submit(asyncio.run, whole()).result()
        except asyncio.CancelledError:
            if not pressed.done():
                raise
            raise KeyboardInterrupt from None


@contextmanager
def _ctrl_c(pressed: Future[None]) -> Iterator[None]:
    """Have the first SIGINT set a future, and no other do anything; then be as before.

    An exception out of a handler could meet any instruction, a lock's among them: one that meets
    `Thread.join` makes Python 3.11 believe that the thread has ended.
    """
    if current_thread() is not main_thread():
        yield  # signals are the main thread's
        return

    def press(*_: object) -> None:
        with suppress(InvalidStateError):  # the first one is being obeyed
            pressed.set_result(None)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield
    finally:
        if before is not None:  # what was not set by Python cannot be set again
            signal.signal(signal.SIGINT, before)


async def together(coroutines: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Return what several coroutines return; if one fails, raise that when all have ended."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def interruptible(interrupt: Callable[[], object]) -> Iterator[None]:
    """Have SIGINT, SIGTERM and SIGHUP call `interrupt` in the running loop; then be as before.

    Where SIGHUP is ignored it stays so: that is what `nohup` asks for.
    """
    if current_thread() is not main_thread():
        yield  # signals are the main thread's
        return
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    if before[signal.SIGHUP] is signal.SIG_IGN:
        del before[signal.SIGHUP]
    for number in before:
        loop.add_signal_handler(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            if handler is not None:  # what was not set by Python cannot be set again
                signal.signal(number, handler)
