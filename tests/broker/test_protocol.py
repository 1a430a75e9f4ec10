"""Hostile messages are refused with one line; good ones become values."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recursor.broker.protocol import Budget, ProtocolError, Query, Report, Run, parse
from recursor.types import Language

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def line(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def test_messages_become_values() -> None:
    assert parse(line(operation="query", prompt="hi")) == Query("hi")
    full = line(operation="query", prompt="hi", code=True, key="k", max_tokens=5, temperature=1)
    assert parse(full) == Query("hi", True, "k", 5, 1.0)
    assert parse(line(operation="run", program="ls")) == Run("ls", None)
    assert parse(line(operation="run", program="ls", language="python")) == Run(
        "ls", Language.PYTHON
    )
    assert parse(line(operation="budget")) == Budget()
    assert parse(line(operation="report", status="x")) == Report({"status": "x"})


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"", "not one line of JSON"),
        (b"\xff", "not one line of JSON"),
        (b"[" * 100_000, "not one line of JSON"),
        (b"[]", "not a JSON object"),
        (line(), "unknown operation"),
        (line(operation=["query"]), "unknown operation"),
        (line(operation="query"), "the prompt is empty"),
        (line(operation="query", prompt="  \n"), "the prompt is empty"),
        (line(operation="query", prompt=5), "the prompt is empty"),
        (line(operation="query", prompt="x", depth=0), "unknown field 'depth'"),
        (line(operation="query", prompt="x", node="root"), "unknown field 'node'"),
        (line(operation="query", prompt="x", max_tokens=0), "max-tokens"),
        (line(operation="query", prompt="x", max_tokens=True), "max-tokens"),
        (line(operation="query", prompt="x", max_tokens=10**30), "max-tokens"),
        (line(operation="query", prompt="x", temperature=float("nan")), "temperature"),
        (line(operation="query", prompt="x", temperature=-1), "temperature"),
        (line(operation="query", prompt="x", key=""), "key"),
        (line(operation="query", prompt="x", key="k" * 201), "key"),
        (line(operation="run", program=""), "the program is empty"),
        (line(operation="run", program="x", language="perl"), "language"),
        (line(operation="run", program="x", language=["bash"]), "language"),
        (line(operation="run", program="x", parent="y"), "unknown field 'parent'"),
        (line(operation="budget", node="x"), "unknown field 'node'"),
    ],
)
def test_bad_messages_are_refused(message: bytes, reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason):
        parse(message)


def test_lone_surrogates_are_escaped() -> None:
    query = parse(b'{"operation": "query", "prompt": "a\\ud800", "key": "\\udfff"}')
    assert isinstance(query, Query)
    assert (query.prompt, query.key) == ("a\\ud800", "\\udfff")


@given(st.dictionaries(st.text() | st.sampled_from(["prompt", "key", "program"]), JSON), JSON)
def test_anything_is_a_value_or_refused(fields: dict[str, object], operation: object) -> None:
    for name in (operation, "query", "run", "budget"):
        try:
            parse(json.dumps({**fields, "operation": name}).encode())
        except ProtocolError as error:
            assert "\n" not in str(error)
