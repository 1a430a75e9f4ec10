"""A server that speaks OpenAI's API and says what it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USAGE = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}


def chat(content: str | None = "red and blue", **more: Any) -> dict[str, Any]:
    """The body of an answer to a chat; `more` changes or adds fields."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content}}
    return {"choices": [{**choice, "finish_reason": "stop"}], "usage": USAGE, **more}


def fault(message: str, **more: Any) -> dict[str, Any]:
    """The body of an error."""
    return {"error": {"message": message, "type": "some_error", "code": None, **more}}


@dataclass
class Reply:
    """What is answered; without a body nothing is, until the client hangs up."""

    body: dict[str, Any] | str | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    """One request that arrived."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


class Server:
    """Gives its replies in their order, the last one again and again."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1"
        self.replies = [Reply(chat())]
        self.asked: list[Asked] = []
        self.arrived = threading.Event()
        self.hung_up = threading.Event()

    def reply(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    @classmethod
    @contextmanager
    def serving(cls) -> Iterator[Server]:
        with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as listening:
            _Handler.server_of[listening.server_port] = server = cls(listening.server_port)
            thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
            thread.start()
            yield server
            listening.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_of: dict[int, Server] = {}

    def do_POST(self) -> None:
        server = self.server_of[self.connection.getsockname()[1]]
        sent = self.rfile.read(int(self.headers["content-length"]))
        server.asked.append(Asked(self.path, dict(self.headers.items()), json.loads(sent)))
        reply = server.reply()
        server.arrived.set()
        if reply.body is None:
            assert self.connection.recv(1) == b""
            server.hung_up.set()
            self.close_connection = True
            return
        text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""
