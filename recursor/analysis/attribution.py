"""Inheritance in bits, reckoned from what was recorded of it: frames, ranks, heat, means.

A frame of bits has a row a query and source: `query`, `node` (the one whose program came of the
answer), `depth`, `source`, `kind`, `words` (how the source begins), `spans` (where it stands in the
rendered prompt), `bits`, `share`, `tokens` (the bits of each token of the answer). `depth` is the
node's, in generated programs from the operator; `kind` is the source without its id or number:
`pack`, `pack example`, `goal`, `guest`, `answer`, `memory`, `denial`, `everything`. Bits are those
of the whole answer, also where the program is only a part of it. Bits of several sources do not add
up to those of everything: words may say the same twice, or mean something only together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from recursor.records import AttributionRecord, NodeRecord, QueryRecord

WHOLE, EVERYTHING = "", "everything"
"""The sources that are none: the prompt as it was, and all of its sources together."""
COLUMNS = ("query", "node", "depth", "source", "kind", "words", "spans", "bits", "share", "tokens")
WORDS = 60
"""Characters of a source that are shown."""


def frame(
    rows: Iterable[AttributionRecord],
    nodes: Iterable[NodeRecord],
    queries: Iterable[QueryRecord],
) -> pd.DataFrame:
    """Return bits as a frame; of answers that led to several nodes the first is named.

    `share` = bits / bits of everything; None where everything gave nothing, or less.
    """
    led: dict[str | None, NodeRecord] = {}
    for node in nodes:
        led.setdefault(node.origin_query, node)
    texts = {query.id: query.rendered for query in queries}
    chosen = [row for row in rows if row.query in led and row.query in texts]
    whole = {row.query: row.bits for row in chosen if row.source == EVERYTHING}
    return pd.DataFrame(
        [
            {
                "query": row.query,
                "node": led[row.query].id,
                "depth": led[row.query].depth,
                "source": row.source,
                "kind": kind(row.source),
                "words": _words(texts[row.query], row),
                "spans": row.spans,
                "bits": row.bits,
                "share": _share(row, whole.get(row.query, 0.0)),
                "tokens": row.tokens,
            }
            for row in chosen
        ],
        columns=list(COLUMNS),
    )


def kind(source: str) -> str:
    """Return what kind of source it is: its name without an id or number."""
    return source.partition(":")[0].rstrip("0123456789 ")


def ranked(bits: pd.DataFrame, query: str) -> pd.DataFrame:
    """Return the sources of an answer, the strongest first; neither the whole nor everything."""
    mine = bits[(bits["query"] == query) & ~bits["source"].isin([WHOLE, EVERYTHING])]
    return mine.sort_values("bits", ascending=False, kind="stable")


def heat(bits: pd.DataFrame, query: str) -> list[tuple[str, float]]:
    """Return the strongest source of each token of an answer, and its bits (0 if none helped)."""
    sources = ranked(bits, query)
    each = zip(*sources["tokens"], strict=True)
    names = list(sources["source"])
    found = [max(zip(token, names, strict=True), key=lambda pair: pair[0]) for token in each]
    return [(name, value) if value > 0 else (WHOLE, 0.0) for value, name in found]


def pieces(answer: str, ends: Sequence[int]) -> list[str]:
    """Return the text of each token; what a stop string cut off is empty."""
    return [answer[begin:end] for begin, end in zip((0, *ends), ends, strict=False)]


def means(bits: pd.DataFrame) -> pd.DataFrame:
    """Return columns `kind`, `depth`, `answers`, `bits`, a row a kind of source and depth.

    `bits` is the mean over the answers at that depth that have the source, of the sum over its
    sources of that kind; for the whole (kind ``) the mean information of an answer.
    """
    summed = bits.groupby(["kind", "depth", "query"])["bits"].sum().groupby(["kind", "depth"])
    return pd.DataFrame({"answers": summed.size(), "bits": summed.mean()}).reset_index()


def tokens(bits: pd.DataFrame) -> pd.DataFrame:
    """Return columns `query`, `node`, `depth`, `source`, `kind`, `token`, `bits`: a row a token."""
    names = ["query", "node", "depth", "source", "kind", "tokens"]
    rows: list[dict[str, Any]] = [
        {**{name: row[name] for name in names[:-1]}, "token": number, "bits": value}
        for row in bits[names].to_dict("records")
        for number, value in enumerate(row["tokens"])
    ]
    return pd.DataFrame(rows, columns=[*names[:-1], "token", "bits"])


def _words(text: str, row: AttributionRecord) -> str:
    if row.source in (WHOLE, EVERYTHING) or not row.spans:
        return ""
    begin, end = row.spans[0]
    return " ".join(text[begin : min(end, begin + 2 * WORDS)].split())[:WORDS]


def _share(row: AttributionRecord, whole: float) -> float | None:
    return row.bits / whole if row.source != WHOLE and whole > 0 else None
