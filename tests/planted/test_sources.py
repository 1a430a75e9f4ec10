"""Planted copies: what they promise of themselves, and that bits find where they came from."""

from __future__ import annotations

import pytest

from recursor.models import registry
from recursor.planted import sources
from recursor.planted.sources import Split

SPLITS: tuple[Split, ...] = ("dev", "test")
SEGMENTS = {"examples": "pack example", "quotes": "answer"}


@pytest.mark.parametrize("split", SPLITS)
def test_an_answer_is_copied_from_its_source_and_from_no_other(split: Split) -> None:
    chosen = sources.cases(split, 60)
    assert chosen == sources.cases(split, 60) != sources.cases(split, 60, seed=1)
    assert {(case.form, case.copy) for case in chosen} == {
        (form, copy) for form in SEGMENTS for copy in sources.COPIES
    }
    for case in chosen:
        segments = case.prompt.plain or case.prompt.messages[0].segments
        answer = case.answer.removeprefix("```bash\n")
        holding = [segment.source for segment in segments if answer in segment.text]
        assert holding == ([case.truth] if case.copy != "renamed" else [])
        assert case.truth in [segment.source for segment in segments]
        candidates = [s for s in segments if s.source.startswith(SEGMENTS[case.form])]
        assert len(candidates) in sources.SHOWN


def test_the_splits_have_nothing_in_common() -> None:
    dev, test = (
        {line for case in sources.cases(split, 200) for line in case.answer.splitlines()}
        for split in SPLITS
    )
    assert dev & test <= {"```bash", "done", "else", "fi", "}"}


def test_the_seedling_copies_what_is_quoted() -> None:
    model = registry.load_scorer("seedling")
    chosen = [
        case for case in sources.cases("dev", 30) if (case.form, case.copy) == ("quotes", "whole")
    ]
    rows = sources.measure(model, chosen)
    model.close()
    assert [row["case"] for row in rows] == [case.name for case in chosen]
    assert sum(row["is_first"] for row in rows) >= len(rows) - 1
    assert all(row["leads"] for row in rows if row["is_first"])
    assert all(row["ranked"] == sorted(row["ranked"], key=lambda pair: -pair[1]) for row in rows)


@pytest.mark.slow
def test_of_smollm2_the_planted_source_is_first() -> None:
    model = registry.load_scorer("smollm2")
    rows = sources.measure(model, sources.cases("dev", 5))
    model.close()
    copied = [row for row in rows if row["copy"] != "renamed"]
    assert [row["case"] for row in copied if not row["is_first"]] == []
