"""What an experiment would find, before it is run: reckoned from a probe of a few runs.

Theory of operation. The two conditions are taken to differ by the effect and by nothing else, and
a pair's two runs to be independent of each other given their goal. Runs with the same seed are
rather alike than unlike, so the power found is too low rather than too high. What is tested is
`compare`'s paired test, at the level that Holm's correction asks of the smallest p of all declared
tests, 0.05 / tests: again the power is too low rather than too high.

A share: each run has 0 or 1 with the probability p that the probe shows, and p + effect in the
other condition. Then the power is a sum, and nothing needs to be drawn. Anything else: runs are
drawn from the probe's own, each less its mean; so they are as skewed as the probe's are. Their
signs are not flipped again and again, for that takes long: the test's threshold is Student's t's,
which the test's own comes close to. (Of 12 skewed pairs at a level of 0.005 it found 0.63 where the
test itself found 0.58; from 20 pairs on they agree.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from recursor.analysis.frames import of_conditions
from recursor.analysis.intervals import SEED, Numbers
from recursor.analysis.measures import chosen
from recursor.analysis.permutation import equal_sizes
from recursor.errors import UsageError

ALPHA = 0.05
"""The share of false alarms that all declared tests together may have."""
WANTED = 0.8
"""The power with which the smallest effect is found."""
EXPERIMENTS, _AT_ONCE = 4000, 500
"""So many are drawn, some at a time to spare memory."""
_HALVINGS = 40


@dataclass(frozen=True)
class Power:
    """How likely an experiment finds an effect on one measure."""

    measure: str
    pairs: int
    level: float
    """The p below which the most demanding of the tests finds something: 0.05 / tests."""
    runs: int
    """The probe's, with a value."""
    mean: float
    """The probe's. A share that none or all of its runs have is taken a little off 0 or 1."""
    spread: float
    """The standard deviation of runs of one condition and goal."""
    effect: float | None
    """The effect that was asked about."""
    power: float | None
    """The probability of finding it; None if nobody asked, or `note` tells why."""
    smallest: float | None
    """The smallest effect found with a probability of 0.8; None if `note` tells why.

    A share's has the sign of the direction in which there is more room."""
    note: str | None
    """Why a number is missing."""


def power(
    frame: pd.DataFrame,
    measure: str,
    pairs: int,
    *,
    tests: int = 1,
    effect: float | None = None,
    mixed: bool = False,
) -> Power:
    """Reckon the power of an experiment from a probe's frame.

    `pairs` is how many independent ones are planned: goals times seeds; `tests` how many
    comparisons times measures were declared. Raises UsageError as `of_conditions` does, if the
    probe has no value, or if an effect on a share is impossible.
    """
    (which,) = chosen([measure])
    if pairs < 1 or tests < 1:
        raise UsageError(f"power needs a pair and a test at least, not {pairs} and {tests}")
    conditions = list(dict.fromkeys(frame["condition"])) if "condition" in frame else []
    rows = of_conditions(frame, conditions, [measure], mixed=mixed).dropna(subset=[measure])
    if rows.empty:
        raise UsageError(f"the probe has no run in which {measure} is defined")
    level = ALPHA / tests
    outlook = (_of_shares if which.is_share else _of_runs)(rows, measure, pairs, level)
    if which.is_share and effect is not None and not 0 <= outlook.mean + effect <= 1:
        raise UsageError(f"a share of {outlook.mean:.3g} cannot change by {effect:g}")
    smallest = _smallest(outlook)
    return Power(
        measure=measure,
        pairs=pairs,
        level=level,
        runs=len(rows),
        mean=outlook.mean,
        spread=outlook.spread,
        effect=effect,
        power=None if effect is None or not outlook.spread else outlook.power(effect),
        smallest=smallest,
        note=None if smallest is not None else _why_not(outlook, pairs, level),
    )


@dataclass(frozen=True)
class _Outlook:
    mean: float
    spread: float
    most: float
    """The largest effect that is possible, or worth asking about; its sign is the direction."""
    power: Callable[[float], float]


def _smallest(outlook: _Outlook) -> float | None:
    """Halve the interval in which the power becomes what is wanted, until it is short."""
    low, high = 0.0, outlook.most
    if not outlook.spread or outlook.power(high) < WANTED:
        return None
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if outlook.power(middle) >= WANTED else (middle, high)
    return high


def _why_not(outlook: _Outlook, pairs: int, level: float) -> str:
    if not outlook.spread:
        return "the probe shows no spread, so it says nothing of what an experiment would find"
    if 2 * 0.5**pairs > level:
        return f"no p of {pairs} pairs can be as small as {level:.2g}; plan more, or fewer tests"
    return f"with {pairs} pairs no effect is found with a probability of {WANTED:g}; plan more"


# --- shares


def _of_shares(rows: pd.DataFrame, measure: str, pairs: int, level: float) -> _Outlook:
    """One share of all conditions and goals: where goals differ, that makes the power too low."""
    p = (float(rows[measure].sum()) + 1) / (len(rows) + 2)
    allowed = _fewer_allowed(pairs, level)

    def found(effect: float) -> float:
        return _power_of_shares(p, p + effect, allowed)

    return _Outlook(p, (p * (1 - p)) ** 0.5, 1 - p if p <= 0.5 else -p, found)


def _fewer_allowed(pairs: int, level: float) -> Numbers:
    """Return how many of 0, 1, ... `pairs` unequal pairs may have the rarer sign; -1: none."""
    allowed, fewer = np.zeros(pairs + 1), -1
    for unequal in range(pairs + 1):
        if 2 * (fewer + 1) < unequal and equal_sizes(fewer + 1, unequal) <= level:
            fewer += 1
        allowed[unequal] = fewer
    return allowed


def _power_of_shares(p: float, q: float, allowed: Numbers) -> float:
    """Return the power of McNemar's exact test for shares p and q of independent runs.

    The sum over how many pairs are unequal, and for each over both tails of which way they are.
    """
    gained, lost = (1 - p) * q, p * (1 - q)
    unequal = np.arange(len(allowed))
    of_unequal = np.diff(special.bdtr(unequal, unequal[-1], gained + lost), prepend=0.0)
    can = allowed >= 0
    tails = sum(
        special.bdtr(allowed[can], unequal[can], part / (gained + lost)) for part in (gained, lost)
    )
    return float((of_unequal[can] * tails).sum())


# --- anything else


def _of_runs(rows: pd.DataFrame, measure: str, pairs: int, level: float) -> _Outlook:
    """The probe's runs, drawn; the same ones for every effect, so that power rises with it."""
    mean, residuals = float(rows[measure].mean()), _residuals(rows, measure)
    spread = float(np.sqrt((residuals**2).mean())) if len(residuals) else 0.0
    if spread <= 1e-12 * abs(mean):
        return _Outlook(mean, 0.0, 0.0, lambda effect: 0.0)
    sums, squares = _experiments(residuals, pairs)
    threshold = _threshold(pairs, level)

    def found(effect: float) -> float:
        total = sums + pairs * effect
        square = squares + 2 * effect * sums + pairs * effect**2
        return float((total**2 > threshold * square).mean())

    return _Outlook(mean, spread, spread * 2**10, found)


def _residuals(rows: pd.DataFrame, measure: str) -> Numbers:
    """Return each run less the mean of its condition and goal, made larger for what that takes.

    Where a goal has one run in a condition, the condition's other such goals take its place.
    """
    cells = rows.groupby(["condition", "goal"])[measure]
    goals = rows["goal"].where(cells.transform("size") > 1, None)
    cells = rows.groupby([rows["condition"], goals], dropna=False)[measure]
    runs = cells.transform("size").to_numpy(float)
    residuals = (rows[measure] - cells.transform("mean")).to_numpy(float)
    found: Numbers = residuals[runs > 1] * np.sqrt(runs[runs > 1] / (runs[runs > 1] - 1))
    return found


def _experiments(residuals: Numbers, pairs: int) -> tuple[Numbers, Numbers]:
    """Return the sum of the differences of each experiment without an effect, and of squares."""
    generator = np.random.default_rng(SEED)
    sums, squares = [], []
    for _ in range(EXPERIMENTS // _AT_ONCE):
        one, other = generator.choice(residuals, (2, _AT_ONCE, pairs))
        sums.append((other - one).sum(axis=1))
        squares.append(((other - one) ** 2).sum(axis=1))
    return np.concatenate(sums), np.concatenate(squares)


def _threshold(pairs: int, level: float) -> float:
    """Return how large sum(d)^2 / sum(d^2) must be: what Student's t says of a p of `level`."""
    if 2 * 0.5**pairs > level:
        return float("inf")  # not even if all differences have one sign
    t = float(special.stdtrit(pairs - 1, 1 - level / 2))
    return pairs * t**2 / (pairs - 1 + t**2)
