"""A program daemonises to lose its ancestry: it is taken for the deepest scope of its jail."""

from __future__ import annotations

import pytest

from tests.conftest import Grow, root_rule

pytestmark = pytest.mark.jail

ECHO = "[[rule]]\nmatch='^(daemon|other)'\nanswer='fine'\n"
DAEMON = "(setsid bash -c 'sleep 1; ./query-model daemon; touch done' &)"


def test_it_is_held(grow: Grow) -> None:
    program = f"""
eval "$(./query-model outer)"
{DAEMON}
while [ ! -e done ]; do sleep 0.02; done
"""
    nested = "[[rule]]\nmatch='^outer'\nanswer='''eval \"$(./query-model inner)\"; true'''\n"
    inner = "[[rule]]\nmatch='^inner'\nanswer='true; true; true'\n"
    run = grow(root_rule(program) + nested + inner + ECHO)
    (deepest,) = [node for node in run["nodes"] if node["depth"] == 3]
    (asked,) = [query for query in run["queries"] if query["prompt"] == "daemon"]
    assert asked["node"] == deepest["id"]


def test_a_daemon_gains_no_breadth(grow: Grow) -> None:
    program = f"""
for i in 1 2; do ./query-model "other $i" > /dev/null; done
{DAEMON}
while [ ! -e done ]; do sleep 0.02; done
"""
    run = grow(root_rule(program) + ECHO, breadth=2)
    assert run["queries"][-1]["decision"] == "denied"
