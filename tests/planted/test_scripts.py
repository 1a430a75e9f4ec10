"""Programs whose doings are known, in real jails: the detectors find what is there, and no more."""

from __future__ import annotations

import pytest

from recursor.analysis import record
from recursor.errors import RecursorError
from recursor.planted import scripts, validation
from recursor.types import Language

FILES = ("motifs", "denials", "stops", "memory")


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("split", ["dev", "test"])
def test_words_are_filled_in_and_the_same_of_the_same_seed(file: str, split: str) -> None:
    cases = scripts.cases(file, 3, split)
    assert cases == scripts.cases(file, 3, split) != scripts.cases(file, 4, split)
    assert len({case.name for case in cases}) == len(cases) >= 5
    for case in cases:
        assert case.truths
        assert not any("«" in program for _, program in case.programs.values())


def test_no_family_is_in_both_splits() -> None:
    for file in FILES:
        dev, test = ({c.family for c in scripts.cases(file, 0, s)} for s in ("dev", "test"))
        assert not dev & test


def test_every_motif_has_cases_and_near_misses() -> None:
    from recursor.analysis.motifs import MOTIFS

    for split in ("dev", "test"):
        named = [
            truth["motifs"]
            for case in scripts.cases("motifs", 0, split)
            for truth in case.truths.values()
        ]
        assert {name for each in named for name in each} == set(MOTIFS)
        assert any(not each for each in named)


@pytest.mark.jail
@pytest.mark.once
def test_what_programs_do_is_found() -> None:
    scores = [*validation.stop_scores([1], "dev"), *validation.memory_scores([1], "dev")]
    assert [(score.fp, score.fn) for score in scores] == [(0, 0)] * len(scores)
    assert all(score.tp for score in scores)


@pytest.mark.jail
@pytest.mark.once
def test_motifs_and_responses_are_found() -> None:
    scores = [*validation.motif_scores([1], "dev", step=4), *validation.denial_scores([1], "dev")]
    wrong = [score.name for score in scores if score.fp or score.fn]
    assert len(wrong) <= 1, wrong  # a machine that is busy can keep a program from its end
    assert sum(score.tp > 0 for score in scores) >= 14


@pytest.mark.jail
@pytest.mark.slow
def test_all_motifs_are_found() -> None:
    scores = validation.motif_scores([1, 2], "dev")
    assert [score.name for score in scores if not score.is_met] == []


@pytest.mark.jail
@pytest.mark.once
def test_a_case_that_was_not_executed_is_an_error() -> None:
    case = scripts.Case("case 0", "never", {"case 0": (Language.BASH, "exit\n")}, {}, [])
    lost = scripts.Case(
        "case 1",
        "lost",
        {"case 1": (Language.BASH, "echo FORBIDDEN\n")},
        {"case 1": {}},
        [],
    )
    assert not scripts.grow([case], 0).truth
    with pytest.raises(RecursorError, match="lost: case 1 was planted and not executed"):
        scripts.grow([case, lost], 0)


@pytest.mark.jail
@pytest.mark.once
def test_intervals_hold_the_mean_about_as_often_as_they_say() -> None:
    scores, bias = validation.branching_scores(6)
    right, total = (sum(s.tp for s in scores), sum(s.tp + s.fn for s in scores))
    assert right / total > 0.88
    assert bias["bias"].abs().max() < 0.5
    assert record.rows(bias)[0]["experiments"] == 6
