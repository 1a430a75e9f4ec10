"""Times and sizes as a person writes them."""

from __future__ import annotations

import pytest

from recursor.errors import UsageError
from recursor.quantities import duration, size


def test_units_multiply() -> None:
    assert [duration(text) for text in ("90", "500ms", " 1.5 m", "2h", "1d")] == [
        90, 0.5, 90, 7200, 86400,
    ]  # fmt: skip
    assert [size(text) for text in (1000, "64K", "0.5M", "2G", "0.1")] == [
        1000, 65536, 2**19, 2**31, 1,
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "x", "0", "-1", "1e3", "inf", "1x", "1 m s", "9" * 400])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    for read in (duration, size):
        with pytest.raises(UsageError, match="more than 0"):
            read(text)
