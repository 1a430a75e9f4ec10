"""A program leaves links to the host's files: they are counted, never followed."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail


LINKS = (
    "ln -s /etc/shadow a; ln -s /root b; ln -s ../../../../etc/hostname c; ln -s . d; echo x > e"
)


def test_it_is_held(grow: Grow) -> None:
    (node,) = grow(root_rule(LINKS))["nodes"]
    assert [file["path"] for file in node["files"]] == ["e"]
    assert node["files_left_out"] == {"link": 4}
