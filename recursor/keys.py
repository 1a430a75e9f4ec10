"""Names for requests and nodes that do not depend on the schedule.

A request is named by who asks (the node's key), what is asked (its rank) and how often that node
asked it before (its occurrence); arrival order appears nowhere. The same program under the same
answers therefore has the same keys in a replay, at any concurrency. The run's seed enters only in
`seed`, so that runs with different seeds align.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

Json = str | int | float | bool | None | Sequence[Any] | Mapping[str, Any]


def canonical(value: Json) -> bytes:
    """Return the one JSON form of a value: sorted keys, no spaces, ASCII only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def digest(value: Json) -> str:
    """Return the SHA-256 of a value's canonical JSON, in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


def request_digest(
    operation: str,
    *,
    model_digest: str,
    pack_digest: str,
    text: str,
    rendered: str,
    parameters: Mapping[str, Any],
) -> str:
    """Name what is asked; `parameters` are the sampling parameters without the seed."""
    return digest([operation, model_digest, pack_digest, text, rendered, parameters])


def rank(request: str, label: str | None) -> str:
    """A guest's own label takes the digest's place; the two never collide."""
    return f"digest:{request}" if label is None else f"label:{label}"


def query_key(node_key: str, rank: str, occurrence: int) -> str:
    """Name a request of a node."""
    return digest(["query", node_key, rank, occurrence])


def operator_key(goal: str) -> str:
    """Name the operator, the pseudo-node above the first program."""
    return digest(["operator", goal])


def node_key(parent_key: str, language: str, program_digest: str, occurrence: int) -> str:
    """Name a node, or a program that was refused.

    Which answer it came from is not part of it: of several with the same words it would be the one
    that happened to come last.
    """
    return digest(["node", parent_key, language, program_digest, occurrence])


def event_key(node_key: str, subject: str, occurrence: int) -> str:
    """Name a fact about a node; `subject` says what it is about."""
    return digest(["event", node_key, subject, occurrence])


def seed(run_seed: int, query_key: str) -> int:
    """Return the 31-bit sampling seed of one query."""
    return int(digest(["seed", run_seed, query_key])[:8], 16) & 0x7FFFFFFF
