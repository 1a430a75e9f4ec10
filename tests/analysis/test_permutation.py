"""The paired test and Holm's correction, against published numbers and planted truth."""

from __future__ import annotations

import numpy as np
import pytest

from recursor.analysis.permutation import holm, sign_flip

DARWIN = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48], dtype=float)
"""Heights of 15 pairs of maize plants, in eighths of an inch."""


def test_darwins_maize_as_fisher_reckoned_it() -> None:
    """Fisher 1935, The design of experiments, section 21: 1726 of 32768 ways."""
    assert sign_flip(DARWIN, 2**15 - 1) == 1726 / 32768


def test_drawn_flips_come_close_to_all_of_them() -> None:
    """20,000 draws: the standard error is 0.0016."""
    assert sign_flip(DARWIN) == pytest.approx(1726 / 32768, abs=0.005)
    assert sign_flip(DARWIN) == sign_flip(DARWIN)


def test_shares_are_tested_as_mcnemar_does() -> None:
    """Of Fagerland's 21 pairs 1 gained and 7 lost: 2 (1 + 8) / 256."""
    differences = np.array([1.0] + [-1.0] * 7 + [0.0] * 13)
    assert sign_flip(differences) == 18 / 256
    assert sign_flip(np.array([1.0, -1.0, 0.0])) == 1


def test_both_ways_of_reckoning_agree_where_sizes_are_equal() -> None:
    nearly = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, -1.0]) * (1 + 1e-6 * np.arange(8))
    assert sign_flip(np.sign(nearly)) == 18 / 256
    assert sign_flip(nearly) == pytest.approx(18 / 256, abs=8 / 256)


def test_no_difference_is_no_finding() -> None:
    assert sign_flip(np.zeros(10)) == 1
    assert sign_flip(np.array([])) == 1


def test_a_p_is_never_0() -> None:
    assert sign_flip(np.linspace(1, 2, 100)) == 1 / 20_000


def test_rounding_does_not_tell_equal_sums_apart() -> None:
    """0.1 + 0.2 - 0.3 is not 0 for a computer; all 8 ways but two are nearer to 0 than 0.6."""
    assert sign_flip(np.array([0.3, 0.2, 0.1])) == 2 / 8
    assert sign_flip(np.array([0.3, -0.2, -0.1])) == 1


def test_under_the_null_one_test_in_twenty_finds_something() -> None:
    """Lognormal runs, as alike within pairs as between; 2000 tests: 1% is two standard errors."""
    generator = np.random.default_rng(1)
    runs = generator.lognormal(0, 1, (2, 2000, 20)) + generator.normal(0, 5, (2000, 20))
    alarms = [sign_flip(pairs, 999) < 0.05 for pairs in runs[1] - runs[0]]
    assert 0.04 <= np.mean(alarms) <= 0.06


def test_holm_as_published() -> None:
    """Benjamini and Hochberg 1995, section 3.2: what holds for all 15 finds three."""
    ps = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
          0.5719, 0.6528, 0.7590, 1.0]  # fmt: skip
    found = holm(ps)
    assert found[:4] == pytest.approx([0.0015, 0.0056, 0.0247, 0.114])
    assert sum(p is not None and p <= 0.05 for p in found) == 3


def test_holm_keeps_the_order_it_was_given() -> None:
    """By hand: 4 x 0.005, 3 x 0.01, 2 x 0.03, and 0.04 is no less than that."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_what_could_not_be_tested_was_declared_all_the_same() -> None:
    assert holm([0.01, None]) == [0.02, None]
    assert holm([0.6, 0.7]) == [1, 1]
    assert holm([]) == []
