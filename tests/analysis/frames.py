"""Frames of planted runs, for the tests of what is reckoned from them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

Trial = tuple[str, str, int, float]
"""Condition, goal, seed and value."""


def a_frame(
    trials: Iterable[Trial], measure: str = "nodes", provenance: str = "general"
) -> pd.DataFrame:
    rows: list[dict[str, Any]] = [
        {
            "condition": condition, "goal": goal, "pair": f"{goal}/{seed}",
            "provenance": provenance, measure: value,
        }
        for condition, goal, seed, value in trials
    ]  # fmt: skip
    return pd.DataFrame(rows)
