"""Coroutines: run from wherever (a notebook has a loop already), together, interruptible."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from threading import Thread, current_thread, main_thread
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
    begun: Future[tuple[asyncio.AbstractEventLoop, Callable[[], object]]] = Future()
    ended: Future[T] = Future()

    async def whole() -> T:
        task = asyncio.current_task()
        assert task is not None
        begun.set_result((asyncio.get_running_loop(), interrupt or task.cancel))
        return await coroutine

    def work() -> None:
        try:
            ended.set_result(asyncio.run(whole()))
        except BaseException as error:  # it is raised where the result is waited for
            ended.set_exception(error)

    beside = Thread(target=work)
    try:
        beside.start()
        return ended.result()
    except KeyboardInterrupt:
        if beside.ident is None:
            raise  # it did not even start
        loop, break_off = begun.result()
        with suppress(RuntimeError):  # it ended meanwhile
            loop.call_soon_threadsafe(break_off)
        while beside.is_alive():
            with suppress(KeyboardInterrupt):  # the first one is being obeyed
                beside.join()
        try:
            return ended.result()
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None


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
