"""The live page: each document is made when it is asked for, of what is recorded by then.

Theory of operation. Whoever knows the address may read the record, and nobody may do anything else:

- the server listens on 127.0.0.1 alone, and a path begins with a token that cannot be guessed, so
  that another person of the machine who knows the port reads nothing;
- a request names this server as its host, so that no name that resolves here serves another page
  (DNS rebinding), and no page of elsewhere is where it comes from (`Origin`, `Sec-Fetch-Site`);
- nothing is changed: only GET and HEAD are answered, and the database is open for reading.

Measuring a large run takes a while. It happens in a process of its own (`measures.main`), so that
the page goes on answering, one at a time, and once for as long as the run stays as it is.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recursor import loops
from recursor.errors import RecursorError, StoreError, UsageError
from recursor.store import Store, Totals
from recursor.viewer import documents, page
from recursor.viewer.documents import Document
from recursor.viewer.pairs import pair

HOST = "127.0.0.1"
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
MOST_CHARACTERS = 1000
"""Of what is searched for."""

Experiments = Callable[[str], Any]
"""Finds an experiment (`experiments.results.Experiment`) of the database by its id or name."""


def listen(port: int) -> socket.socket:
    """Return a socket at a port of this machine alone; 0 is any that is free. Raises UsageError."""
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((HOST, port))
        found.listen()  # who is told the address may ask at once
    except OSError as error:
        found.close()
        raise UsageError(f"port {port} cannot be had: {error.strerror}; choose another") from error
    return found


def serve(store: Store, experiments: Experiments, listener: socket.socket, token: str) -> None:
    """Serve the record until SIGINT, SIGTERM or SIGHUP."""
    answers = Answers(store, experiments)
    app = application(answers, token, f"{HOST}:{listener.getsockname()[1]}")
    server = _Server(
        uvicorn.Config(
            app, log_level="error", access_log=False, server_header=False, lifespan="off",
            timeout_graceful_shutdown=5,
        )
    )  # fmt: skip

    def end() -> None:
        server.should_exit = True
        answers.end()
        # An answer that is broken off now is no error, but uvicorn would report a traceback.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)

    async def running() -> None:
        with loops.interruptible(end):
            await server.serve(sockets=[listener])

    asyncio.run(running())


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals alone: uvicorn would raise them again when it has ended."""
        yield


def application(answers: Answers, token: str, host: str) -> ASGIApp:
    """Return the page and its documents below `/TOKEN/`, for requests to `host` alone."""
    paths: list[tuple[str, Callable[..., Awaitable[Document]]]] = [
        ("index", answers.index),
        ("runs/{run}/tree", answers.tree),
        ("runs/{run}/nodes/{node}", answers.node),
        ("runs/{run}/search", answers.search),
        ("runs/{run}/measures", answers.measures),
        ("pairs/{a}/{b}", answers.pair),
        ("experiments/{experiment}", answers.experiment),
    ]
    api = [Route(f"/{path}", _json(answer)) for path, answer in paths]
    routes = [Route("/", _page), Mount("/api", routes=api)]
    app = Starlette(
        routes=[Mount(f"/{token}", routes=routes)],
        exception_handlers={HTTPException: _refuse},
    )
    return _Gate(app, token, host)


class _Gate:
    """Lets through who asks this server, from its own page or from none, to read."""

    def __init__(self, app: ASGIApp, token: str, host: str) -> None:
        self._app = app
        self._token = token.encode()
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, sealed)

    def _refusal(self, scope: Scope) -> Response | None:
        if scope["type"] != "http":
            return PlainTextResponse("not here", 403)
        if scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("this page can only be read", 405, {"Allow": "GET, HEAD"})
        request = Request(scope)
        origin = request.headers.get("origin", f"http://{self._host}")
        site = request.headers.get("sec-fetch-site", "none")
        hosts = request.headers.getlist("host")
        is_ours = hosts == [self._host] and origin == f"http://{self._host}"
        if not is_ours or site not in ("same-origin", "none"):
            return PlainTextResponse("asked from elsewhere", 403)
        given = scope["path"].removeprefix("/").partition("/")[0].encode()
        if not secrets.compare_digest(given, self._token):
            return PlainTextResponse("there is nothing here", 404)
        return None


class Answers:
    """The documents of one database."""

    def __init__(self, store: Store, experiments: Experiments) -> None:
        self._store = store
        self._experiments = experiments
        self._measured: dict[str, tuple[Any, asyncio.Task[Document]]] = {}
        self._one_at_a_time = asyncio.Lock()
        self._measuring: Process | None = None
        self._ended = False

    def end(self) -> None:
        """Break off what is being measured, and what would be measured next."""
        if self._ended:
            return  # a signal to what has just died would reap it, and asyncio miss it
        self._ended = True
        if self._measuring is not None and self._measuring.returncode is None:
            self._measuring.kill()

    async def index(self, _: Request) -> Document:
        return await run_in_threadpool(self._index)

    def _index(self) -> Document:
        totals = self._store.totals()
        runs = [(run, totals.get(run.id, Totals())) for run in self._store.runs()]
        return documents.index(runs, self._store.experiments(), live=True)

    async def tree(self, request: Request) -> Document:
        return await run_in_threadpool(self._tree, request.path_params["run"])

    def _tree(self, run: str) -> Document:
        found = self._store.run(run)
        return documents.tree(found, self._store.outline(found.id))

    async def node(self, request: Request) -> Document:
        return await run_in_threadpool(self._node, **request.path_params)

    def _node(self, run: str, node: str) -> Document:
        store, found = self._store, self._store.run(run)
        chosen = None if node == documents.OPERATOR else store.node(found.id, node)
        place = [chosen.id if chosen else None]
        around = documents.Around(
            store.queries(found.id, nodes=place),
            store.events(found.id, nodes=place),
            store.files(found.id, nodes=place),
            store.children(found.id, place[0]),
            store.attributions(found.id),
        )
        return documents.node(chosen, around)

    async def search(self, request: Request) -> Document:
        text = request.query_params.get("q", "")[:MOST_CHARACTERS]
        return await run_in_threadpool(self._search, request.path_params["run"], text)

    def _search(self, run: str, text: str) -> Document:
        return {"nodes": self._store.holding(self._store.run(run).id, text)}

    async def measures(self, request: Request) -> Document:
        run = await run_in_threadpool(self._store.run, request.path_params["run"])
        state = (await run_in_threadpool(self._store.totals)).get(run.id), run.end_cause
        before = self._measured.get(run.id)
        if before is None or before[0] != state or _has_failed(before[1]):
            self._measured[run.id] = state, asyncio.create_task(self._measure(run.id))
        return await asyncio.shield(self._measured[run.id][1])

    async def _measure(self, run: str) -> Document:
        """Measure a run; the URL is no argument of the process, since it may hold a password."""
        order = json.dumps({"url": self._store.url, "run": run}).encode()
        command = (sys.executable, "-m", "recursor.viewer.measures")
        async with self._one_at_a_time:
            # A session of its own: Ctrl-C of the terminal is for the server, which ends it.
            process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, start_new_session=True
            )
            self._measuring = process
            if self._ended:
                process.kill()
            said, _ = await process.communicate(order)
            assert process.stdin is not None
            with suppress(ConnectionError):  # it was ended before it had read its order
                await process.stdin.wait_closed()
        if process.returncode:
            raise StoreError(f"the run {run} could not be measured")
        found: Document = json.loads(said)
        return found

    async def pair(self, request: Request) -> Document:
        return await run_in_threadpool(self._pair, **request.path_params)

    def _pair(self, a: str, b: str) -> Document:
        one, other = self._store.recording(a), self._store.recording(b)
        return pair(one, other, self._store.checks(other.run.id))

    async def experiment(self, request: Request) -> Document:
        return await run_in_threadpool(self._experiment, request.path_params["experiment"])

    def _experiment(self, reference: str) -> Document:
        return documents.experiment(self._experiments(reference))


def _has_failed(task: asyncio.Task[Document]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


async def _page(_: Request) -> Response:
    headers = {"Content-Security-Policy": f"{page.policy(live=True)}; frame-ancestors 'none'"}
    text = "".join(page.write("Recursor", (), live=True))
    return Response(text, media_type="text/html", headers=headers)


def _json(answer: Callable[[Request], Awaitable[Document]]) -> Callable[..., Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        try:
            content = await run_in_threadpool(documents.encoded, await answer(request))
            return Response(content, media_type="application/json")
        except UsageError as error:
            return JSONResponse({"error": str(error)}, 404)
        except RecursorError as error:
            return JSONResponse({"error": str(error)}, 500)

    return respond


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return PlainTextResponse("there is nothing here", error.status_code)


def token() -> str:
    """Return a token that cannot be guessed."""
    return secrets.token_urlsafe(32)
