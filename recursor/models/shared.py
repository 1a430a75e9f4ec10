"""One engine for several processes: continuous batching across runs.

Theory of operation. The process that carries an experiment out loads the weights and hosts the
engine; each process that grows runs has a wire to it, a socket that no jail can see. There a model
is a `Shared`: it renders prompts itself, and asks the host to count and to complete. The growing
process asks one thing at a time (`ask`), or sends a query and hears of its answer later (`begin`);
the host never waits for a wire. A wire whose other end is gone says so to both sides.
"""

from __future__ import annotations

import asyncio
import pickle
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from recursor import prompts
from recursor.errors import ModelError, RecursorError
from recursor.models import registry
from recursor.models.base import Model
from recursor.types import Answer, ModelInfo, Prompt, Rendered, Request

_LENGTH = struct.Struct("!Q")


class Gone(Exception):
    """The other end of a wire is closed."""


class Wire:
    """The end of a process that grows runs; of one thread."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._answers: dict[int, asyncio.Future[Answer]] = {}
        self._asked = 0

    def send(self, *message: Any) -> None:
        try:
            self._end.sendall(_framed(message))
        except OSError:
            raise Gone from None

    def order(self) -> Any:
        """Wait for what is to be done next. Raises Gone."""
        while True:
            match self._receive():
                case ("answer", number, answer):
                    self._deliver(number, answer)
                case ("order", order):
                    return order

    def ask(self, *question: Any) -> Any:
        """Ask, and wait for the reply. Raises what the host says, or Gone."""
        self.send(*question)
        while True:
            match self._receive():
                case ("reply", RecursorError() as error):
                    raise error
                case ("reply", reply):
                    return reply
                case ("answer", number, answer):
                    self._deliver(number, answer)

    async def answer(self, spec: str, request: Request) -> Answer:
        """Send a query and wait for its answer, while `listen` holds."""
        number, self._asked = self._asked, self._asked + 1
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._answers[number] = future
        with suppress(Gone):  # then `listen` ends the run
            self.send("complete", number, spec, request)
        try:
            return await future
        finally:
            del self._answers[number]
            if future.cancelled():
                with suppress(Gone):
                    self.send("cancel", number)

    def listen(self, gone: Callable[[], None]) -> None:
        """Hear of answers on the running loop; `gone` is called if the host is no more."""
        loop = asyncio.get_running_loop()

        def hear() -> None:
            try:
                _, number, answer = self._receive()
            except Gone:
                loop.remove_reader(self._end)
                gone()
            else:
                self._deliver(number, answer)

        loop.add_reader(self._end, hear)

    def _receive(self) -> Any:
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size))
        return pickle.loads(self._read(length))

    def _deliver(self, number: int, answer: Answer | ModelError) -> None:
        future = self._answers.get(number)
        if future is None or future.done():
            return  # its asker did not wait
        if isinstance(answer, ModelError):
            future.set_exception(answer)
        else:
            future.set_result(answer)

    def _read(self, length: int) -> bytes:
        pieces = bytearray()
        while len(pieces) < length:
            try:
                piece = self._end.recv(min(length - len(pieces), 2**20))
            except OSError:
                piece = b""
            if not piece:
                raise Gone
            pieces += piece
        return bytes(pieces)


class Shared:
    """A model that another process hosts."""

    def __init__(self, wire: Wire, spec: str) -> None:
        """Have it loaded there. Raises what the loading raises."""
        self._wire = wire
        self.info: ModelInfo = wire.ask("load", spec)

    def render(self, prompt: Prompt) -> Rendered:
        rendering = self.info.rendering
        return prompts.render(prompt, rendering["template"], rendering["tokens"])

    def count(self, rendered: Rendered) -> int:
        try:
            return int(self._wire.ask("count", self.info.spec, rendered))
        except Gone:  # whoever asks is about to be stopped
            return 0

    async def complete(self, request: Request) -> Answer:
        return await self._wire.answer(self.info.spec, request)

    def close(self) -> None:
        """The host keeps it for the next run."""


class Host:
    """The models that several processes share, in the process that loaded them."""

    def __init__(self, load: Callable[[str], Model] = registry.load) -> None:
        self._load = load
        self._models: dict[str, Model] = {}
        self._guests: set[Guest] = set()
        self._loading = asyncio.Lock()

    async def model(self, spec: str) -> Model:
        """Return a model, loaded once; those that nobody uses make room for it if they must."""
        async with self._loading:
            if spec not in self._models:
                try:
                    model = await asyncio.to_thread(self._load, spec)
                except ModelError:
                    if not self._close_idle():
                        raise
                    model = await asyncio.to_thread(self._load, spec)
                self._models[spec] = model
            return self._models[spec]

    def loaded(self, spec: str) -> Model:
        return self._models[spec]

    def welcome(self, send: Callable[..., None]) -> Guest:
        """Serve another process; `send` sends it a message without waiting."""
        guest = Guest(self, send)
        self._guests.add(guest)
        return guest

    def forget(self, guest: Guest) -> None:
        self._guests.discard(guest)

    def close(self) -> None:
        for model in self._models.values():
            model.close()
        self._models.clear()

    def _close_idle(self) -> bool:
        used = set[str]().union(*(guest.uses for guest in self._guests))
        idle = self._models.keys() - used
        for spec in idle:
            self._models.pop(spec).close()
        return bool(idle)


class Guest:
    """A process that asks the host's models."""

    def __init__(self, host: Host, send: Callable[..., None]) -> None:
        self.uses: set[str] = set()
        """The models of the run that it grows."""
        self._host = host
        self._send = send
        self._queries: dict[int, asyncio.Task[None]] = {}

    async def hear(self, message: Any) -> None:
        """Do what the process asks for."""
        match message:
            case ("load", str(spec)):
                self.uses.add(spec)
                await self._reply(self._info(spec))
            case ("count", str(spec), rendered):
                await self._reply(self._count(spec, rendered))
            case ("complete", int(number), str(spec), request):
                query = asyncio.create_task(self._complete(number, spec, request))
                self._queries[number] = query
                query.add_done_callback(lambda _: self._queries.pop(number, None))
            case ("cancel", int(number)) if number in self._queries:
                self._queries[number].cancel()

    async def rest(self) -> None:
        """Let go of all that it asked for: its run is over, or it is gone."""
        queries = list(self._queries.values())
        for query in queries:
            query.cancel()
        await asyncio.gather(*queries, return_exceptions=True)
        self.uses.clear()

    async def _info(self, spec: str) -> ModelInfo:
        return (await self._host.model(spec)).info

    async def _count(self, spec: str, rendered: Rendered) -> int:
        return self._host.loaded(spec).count(rendered)

    async def _reply(self, reply: Awaitable[Any]) -> None:
        try:
            self._send("reply", await reply)
        except RecursorError as error:
            self._send("reply", error)

    async def _complete(self, number: int, spec: str, request: Request) -> None:
        # Programs of different runs can have the same key, and take turns all the same.
        request = replace(request, asker=f"{id(self)}:{request.asker}")
        try:
            answer: Answer | ModelError = await self._host.loaded(spec).complete(request)
        except ModelError as error:
            answer = error
        self._send("answer", number, answer)


async def read(reader: asyncio.StreamReader) -> Any:
    """Read a message at the host's end of a wire. Raises Gone."""
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        return pickle.loads(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        raise Gone from None


def write(writer: asyncio.StreamWriter, *message: Any) -> None:
    """Send a message from the host's end, without waiting."""
    writer.write(_framed(message))


def _framed(message: tuple[Any, ...]) -> bytes:
    data = pickle.dumps(message)
    return _LENGTH.pack(len(data)) + data
