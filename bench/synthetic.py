"""A large run that nobody grew, written through the project's own schema as fast as SQLite can.

Its shape: three programs below each program, one and a half queries a program, an event for every
other one; of ten queries one is denied and one fails. Its texts are as long as a small model's;
every answer is its own, programs recur.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from recursor.store import Store
from recursor.types import Limits

BREADTH = 3
STEP = timedelta(milliseconds=5)
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 10_000
RUN = "01K" + "0" * 23
_ENDS = (("exited", 0), ("exited", 0), ("exited", 0), ("exited", 1), ("timeout", None))
_HOST_WORDS = "You write bash programs. Answer with one program in a fence and nothing else.\n" * 8

_CROCKFORD = str.maketrans("ILOU", "WXYZ")
"""ULIDs have no letter that looks like a digit."""

Row = dict[str, Any]


def write(path: Path, nodes: int) -> None:
    """Write a run of so many nodes, called `large`, into a database that does not exist yet."""
    Store(f"sqlite:///{path}", write=True).close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=OFF").close()
    connection.execute("PRAGMA synchronous=OFF").close()
    connection.execute("PRAGMA cache_size=-1000000").close()
    blobs = _Blobs()
    _insert(connection, "run", [_run(nodes, blobs)])
    for first in range(0, nodes, BATCH):
        numbers = range(first, min(first + BATCH, nodes))
        _insert(connection, "node", [_node(number, blobs) for number in numbers])
        asked = range(first * 3 // 2, numbers.stop * 3 // 2)
        _insert(connection, "query", [_query(number, blobs) for number in asked])
        _insert(connection, "event", [_event(number) for number in numbers[::2]])
        _insert(connection, "blob", blobs.new())
    connection.close()


def node_id(number: int) -> str:
    """Return the id of the node that began as number so-and-so."""
    return _ulid("01K", number)


def _ulid(kind: str, number: int) -> str:
    """Return an id as a run has it: it begins with when it was, and ends with what nobody knows."""
    chance = base64.b32hexencode(hashlib.sha256(f"{kind} {number}".encode()).digest()).decode()
    return f"{kind}{number:07d}{chance[:16].translate(_CROCKFORD)}"


class _Blobs:
    """Content, each once."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._new: list[Row] = []

    def put(self, text: str) -> str:
        data = text.encode()
        sha256 = hashlib.sha256(data)
        if sha256.digest() not in self._seen:
            self._seen.add(sha256.digest())
            self._new.append(
                {"sha256": sha256.hexdigest(), "size": len(data), "codec": "plain", "bytes": data}
            )
        return sha256.hexdigest()

    def new(self) -> list[Row]:
        """Return what came since the last call."""
        new, self._new = self._new, []
        return new


def _insert(connection: sqlite3.Connection, table: str, rows: list[Row]) -> None:
    names = ", ".join(f'"{name}"' for name in rows[0])
    values = ", ".join(f":{name}" for name in rows[0])
    connection.execute("BEGIN")
    connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({values})", rows)
    connection.execute("COMMIT")


def _run(nodes: int, blobs: _Blobs) -> Row:
    empty = dict.fromkeys(
        ("sampling", "isolation", "guest", "policies", "host", "inference", "models"),
        "{}",
    )
    return {
        **empty, "budget": json.dumps(asdict(Limits(nodes=nodes))),
        "id": RUN, "goal": "be large", "name": "large", "tags": "[]", "plants": "[]",
        "seed": 0, "mode": "live", "model": "synthetic", "model_digest": "0" * 64,
        "model_family": "synthetic", "model_provenance": "planted", "engine": "none",
        "rendering": "{}", "pack": "bare", "pack_digest": "1" * 64, "language": "bash",
        "allocation": "pool", "parallel": 8, "profile": blobs.put("net none\n"),
        "code_version": "0", "started_at": _at(0), "ended_at": _at(nodes + BREADTH * 8),
        "end_cause": "completed",
    }  # fmt: skip


def _node(number: int, blobs: _Blobs) -> Row:
    parent = (number - 1) // BREADTH if number else None
    end, code = _ENDS[number % len(_ENDS)]
    program = "\n".join(f'echo "step {number % 9973}-{line}: $(budget)"' for line in range(6))
    output = f"done: {number % 997}\n"
    return {
        "id": node_id(number), "run": RUN, "parent": None if parent is None else node_id(parent),
        "depth": _depth(number), "index": number % BREADTH, "key": _key("node", number),
        "occurrence": 0, "origin_query": _ulid("01M", number * 3 // 2), "link_evidence": "broker",
        "link_coverage": "[1.0, 1.0]", "link_candidates": 1, "language": "bash",
        "program": blobs.put(program), "jail": node_id(number), "kind": "jail", "source": "live",
        "started_at": _at(number), "ended_at": _at(number + 4), "exit_code": code,
        "end_cause": end, "killed_by": None if end == "exited" else "program_time",
        "waited_s": 0.01, "stdout": blobs.put(output), "stdout_bytes": len(output),
        "stderr": blobs.put(""), "stderr_bytes": 0,
        "isolation": '{"uid": 200001, "seccomp": 2, "network": "none"}',
        "files": 0, "files_left_out": "{}",
    }  # fmt: skip


def _query(number: int, blobs: _Blobs) -> Row:
    decision = {8: "denied", 9: "failed"}.get(number % 10, "granted")
    granted = decision == "granted"
    guest = f"Write a shell script to take step {number} of the plan, one line each"
    answer = f"```bash\n{f'echo {number}; ' * 12}\n```" if granted else None
    denial = {"limit": ("breadth", "depth")[number % 20 == 8], "limit_value": 6, "asked": 7}
    asker = number * 2 // 3
    return {
        "id": _ulid("01M", number), "run": RUN, "node": node_id(asker) if number else None,
        "key": _key("query", number), "occurrence": 0, "exchangeable": 0,
        "request_digest": _key("request", number), "prompt": blobs.put(guest),
        "rendered": blobs.put(_HOST_WORDS + guest),
        "spans": json.dumps([{"start": 0, "end": len(_HOST_WORDS), "source": "host"},
                             {"start": len(_HOST_WORDS), "end": 800, "source": "guest"}]),
        "parameters": '{"temperature": 0.8, "top_k": 40, "top_p": 0.95, "max_tokens": 512}',
        "seed": number, "decision": decision,
        "denial": json.dumps(denial) if decision == "denied" else None,
        "error": "no rule of the stub matches" if decision == "failed" else None,
        "ledger": f'{{"nodes": {asker}, "queries": {number}, "tokens": {number * 150}}}',
        "arrival": number, "started_at": _at(asker + 1), "ended_at": _at(asker + 3),
        "answer": None if answer is None else blobs.put(answer),
        "answer_token_ids": json.dumps(list(range(1000, 1060))) if granted else None,
        "finish_reason": "stop" if granted else None, "prompt_tokens": 150 if granted else None,
        "cached_prompt_tokens": 120 if granted else None, "answer_tokens": 60 if granted else None,
        "queue_s": 0.0004 if granted else None, "prefill_s": 0.0013 if granted else None,
        "decode_s": 0.0085 if granted else None, "source": "live",
    }  # fmt: skip


def _event(number: int) -> Row:
    return {
        "run": RUN, "node": node_id(number), "sequence": number, "kind": "enter",
        "observer": "hook", "detail": '{"how": "eval"}', "key": _key("event", number),
        "time_ns": int((BEGUN + (number + 2) * STEP).timestamp() * 1e6) * 1000,
    }  # fmt: skip


def _depth(number: int) -> int:
    depth = 1
    while number:
        number, depth = (number - 1) // BREADTH, depth + 1
    return depth


def _key(kind: str, number: int) -> str:
    return hashlib.sha256(f"{kind} {number}".encode()).hexdigest()


def _at(step: int) -> str:
    return (BEGUN + step * STEP).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
