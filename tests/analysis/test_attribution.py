"""Bits as frames: ranks, heat, means by kind and depth, of rows whose bits are known."""

from __future__ import annotations

import pandas as pd
import pytest

from recursor.analysis import attribution
from recursor.planted.plant import Plant
from recursor.records import AttributionRecord

TOKENS = {
    "": [1.0, 2.0, 3.0],
    "goal": [4.0, -1.0, 0.0],
    "pack example 1": [1.0, -2.0, 0.5],
    "pack example 2": [0.0, -2.0, 2.5],
    "everything": [6.0, 0.0, 4.0],
}


@pytest.fixture(scope="module")
def bits() -> pd.DataFrame:
    """Two answers, the second below the first; of the second everything gave less than nothing."""
    plant = Plant("bits", goal="paint  the\nfence")
    first = plant.ask(None, plant.goal, "echo")
    root = plant.grow(None, "echo", origin=first)
    second = plant.ask(root, "question", "ls")
    plant.grow(root, "ls", origin=second)
    plant.grow(root, "ls", origin=second)
    made = plant.recording()
    rows = [
        AttributionRecord(made.run.id, first, source, [[0, 16]], sum(tokens), tokens)
        for source, tokens in TOKENS.items()
    ]
    rows += [
        AttributionRecord(made.run.id, second, "answer:X", [[0, 8]], -2.0, [-2.0]),
        AttributionRecord(made.run.id, second, "answer:Y", [[0, 8]], 1.0, [1.0]),
        AttributionRecord(made.run.id, second, "everything", [[0, 8]], -1.0, [-1.0]),
    ]
    return attribution.frame(rows, made.nodes, made.queries)


def test_a_frame_has_a_row_a_source_with_its_words_and_share(bits: pd.DataFrame) -> None:
    assert tuple(bits.columns) == attribution.COLUMNS
    rows = {row["source"]: row for row in bits.to_dict("records")}
    assert rows["goal"]["words"] == "paint the fence"
    assert rows["goal"]["share"] == 0.3
    assert pd.isna(rows["answer:X"]["share"])
    assert pd.isna(rows[""]["share"])
    assert list(bits["depth"]) == [1] * 5 + [2] * 3
    assert len(set(bits["node"])) == 2


def test_sources_are_ranked_by_bits(bits: pd.DataFrame) -> None:
    first, second = bits["query"].unique()
    assert list(attribution.ranked(bits, first)["source"]) == [
        "goal", "pack example 2", "pack example 1",
    ]  # fmt: skip
    assert list(attribution.ranked(bits, second)["source"]) == ["answer:Y", "answer:X"]


def test_heat_is_the_strongest_source_of_each_token(bits: pd.DataFrame) -> None:
    first = bits["query"].iloc[0]
    assert attribution.heat(bits, first) == [("goal", 4.0), ("", 0.0), ("pack example 2", 2.5)]


def test_means_are_over_answers_and_sums_over_sources_of_a_kind(bits: pd.DataFrame) -> None:
    means = {
        (row["kind"], row["depth"]): (row["answers"], row["bits"])
        for row in attribution.means(bits).to_dict("records")
    }
    assert means["pack example", 1] == (1, 0.0)
    assert means["answer", 2] == (1, -1.0)
    assert means["", 1] == (1, 6.0)
    assert means["everything", 1] == (1, 10.0)


def test_every_token_has_a_row(bits: pd.DataFrame) -> None:
    tokens = attribution.tokens(bits)
    assert len(tokens) == 5 * 3 + 3
    assert tokens["bits"].sum() == pytest.approx(bits["bits"].sum())


@pytest.mark.parametrize(
    ("source", "kind"),
    [("pack example 12", "pack example"), ("answer:01K5", "answer"), ("memory:a:1", "memory"),
     ("goal", "goal"), ("", "")],
)  # fmt: skip
def test_kinds(source: str, kind: str) -> None:
    assert attribution.kind(source) == kind


def test_pieces_are_cut_where_the_answer_was() -> None:
    assert attribution.pieces("abcd", [1, 3, 3, 4, 7]) == ["a", "bc", "", "d", ""]


def test_of_nothing_there_is_an_empty_frame() -> None:
    empty = attribution.frame([], [], [])
    assert tuple(empty.columns) == attribution.COLUMNS
    assert attribution.means(empty).empty
    assert attribution.tokens(empty).empty
