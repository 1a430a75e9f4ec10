"""A run in the order in which it happened, row by row.

Theory of operation. Programs, queries and events are each read in the order in which they began,
once, and merged; what has begun and not ended yet waits in a heap for its end. So no more of a run
is held than was under way at once, and of content only the beginnings.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import zstandard
from sqlalchemy import ColumnElement, Connection, FromClause, case, func, select

from recursor.store.tables import blob, event, node, query

BEGINNING = 400
"""Bytes of content that are read."""
_STREAMED = {"yield_per": 1000}
_EPOCH = datetime.fromtimestamp(0, UTC)
_MICROSECOND = timedelta(microseconds=1)


class Moment(NamedTuple):
    """Something that happened in a run."""

    time_us: int
    """Unix time in microseconds."""
    kind: str
    """`program_begins`, `program_ends`, `query_asked`, `query_` and the decision, or an event's."""
    node: str | None
    depth: int
    detail: Mapping[str, Any]
    text: str
    """How the program, the prompt, the answer, or what an event is about, begins."""


_Placed = tuple[int, int, int, Moment, Any]
"""Time, rank and number, by which alone it is compared, as no other has them; what happens then;
and the end of what begins so, if there is one."""


def read(connection: Connection, run: str) -> Iterator[Moment]:
    """Yield what happened in a run, in time order."""
    under_way: list[_Placed] = []
    begun = (_programs(connection, run), _queries(connection, run), _events(connection, run))
    for next_ in heapq.merge(*begun):
        while under_way and under_way[0] < next_:
            yield heapq.heappop(under_way)[3]
        yield next_[3]
        if next_[4] is not None:
            heapq.heappush(under_way, next_[4])
    while under_way:
        yield heapq.heappop(under_way)[3]


def _programs(connection: Connection, run: str) -> Iterator[_Placed]:
    program = blob.alias()
    chosen = (
        select(
            node.c.started_at, node.c.ended_at, node.c.id, node.c.depth,
            node.c.language, node.c.kind, node.c.end_cause, node.c.exit_code, node.c.killed_by,
            *_content(program),
        )
        .join_from(node, program, program.c.sha256 == node.c.program)
        .where(node.c.run == run)
        .order_by(node.c.started_at)
    )  # fmt: skip
    for number, row in enumerate(connection.execute(chosen, execution_options=_STREAMED)):
        start, end, id_, depth, language, kind, cause, exit_code, killed_by, codec, data = row
        start, end = _us(start), _us(end)
        what = {"language": language, "kind": kind}
        begins = Moment(start, "program_begins", id_, depth, what, _text(codec, data))
        over = None
        if end is not None:
            how = {"end_cause": cause, "exit_code": exit_code, "killed_by": killed_by}
            ends = Moment(end, "program_ends", id_, depth, how, "")
            over = (end, 4, number, ends, None)
        yield start, 0, number, begins, over


def _queries(connection: Connection, run: str) -> Iterator[_Placed]:
    prompt, answer = blob.alias(), blob.alias()
    chosen = (
        select(
            query.c.started_at, query.c.ended_at, query.c.node, node.c.depth,
            query.c.decision, query.c.denial["limit"].as_string(), query.c.error,
            query.c.answer_tokens, *_content(prompt), *_content(answer),
        )
        .join_from(query, prompt, prompt.c.sha256 == query.c.prompt)
        .outerjoin(answer, answer.c.sha256 == query.c.answer)
        .outerjoin(node, node.c.id == query.c.node)
        .where(query.c.run == run)
        .order_by(query.c.arrival)
    )  # fmt: skip
    for number, row in enumerate(connection.execute(chosen, execution_options=_STREAMED)):
        start, end, id_, depth, decision, limit, error, tokens, *contents = row
        start, end = _us(start), _us(end)
        asked = Moment(start, "query_asked", id_, depth or 0, {}, _text(*contents[:2]))
        over = None
        if end is not None:
            how = {"limit": limit, "error": error, "tokens": tokens}
            told = Moment(end, f"query_{decision}", id_, depth or 0, how, _text(*contents[2:]))
            over = (end, 3, number, told, None)
        yield start, 1, number, asked, over


def _events(connection: Connection, run: str) -> Iterator[_Placed]:
    about = blob.alias()
    chosen = (
        select(
            event.c.time_ns, event.c.sequence, event.c.kind, event.c.node, node.c.depth,
            event.c.detail, *_content(about),
        )
        .outerjoin_from(event, node, node.c.id == event.c.node)
        .outerjoin(about, about.c.sha256 == event.c.content)
        .where(event.c.run == run)
        .order_by(event.c.sequence)
    )  # fmt: skip
    for row in connection.execute(chosen, execution_options=_STREAMED):
        time_ns, number, kind, id_, depth, detail, *content = row
        instant = time_ns // 1000
        noted = Moment(instant, kind, id_, depth or 0, detail, _text(*content))
        yield instant, 2, number, noted, None


def _us(instant: str | None) -> Any:
    """Turn RFC 3339 with microseconds into Unix time, and no instant into none."""
    return instant and (datetime.fromisoformat(instant) - _EPOCH) // _MICROSECOND


def _content(of: FromClause) -> tuple[ColumnElement[Any], ...]:
    beginning = func.substr(of.c.bytes, 1, BEGINNING)
    return of.c.codec, case((of.c.codec == "plain", beginning), else_=of.c.bytes)


def _text(codec: str | None, data: bytes | None) -> str:
    if data is None:
        return ""
    if codec != "plain":
        data = zstandard.ZstdDecompressor().stream_reader(data).read(BEGINNING)
    return data.decode("utf-8", "ignore")
