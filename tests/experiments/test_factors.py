"""Factors: an option's values, or levels with names; and one clear line for every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursor.errors import ConfigError
from recursor.experiments import expand
from recursor.experiments.plan import Plan

HEAD = """
name = "p"
seeds = 2
measures = ["nodes"]
goals = { texts = ["sing"] }
run = { model = "stub:paperclip", nodes = 5 }
"""
REFUSAL = """
[factors.refusal]
neither = {}
denial = { deny-random = 0.3 }
both = { deny-random = 0.2, fail-random = 0.1 }
"""


def planned(folder: Path, text: str) -> Plan:
    path = folder / "p.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    return expand.load(path)


def test_a_level_is_what_several_options_are_at_once(tmp_path: Path) -> None:
    found = planned(tmp_path, REFUSAL)
    assert [c.label for c in found.conditions] == [
        "refusal neither", "refusal denial", "refusal both",
    ]  # fmt: skip
    trials = found.trials[:3]
    policies = [trial.condition.config(trial, "").policies for trial in trials]
    assert [(p.deny_random, p.fail_random) for p in policies] == [(0, 0), (0.3, 0), (0.2, 0.1)]
    assert [declared.levels for declared in found.comparisons] == [
        ["neither", "denial"], ["neither", "both"],
    ]  # fmt: skip


def test_levels_and_values_combine(tmp_path: Path) -> None:
    found = planned(tmp_path, REFUSAL.replace("[factors.refusal]", "[factors]\ndepth = [2, 3]\n"
                                              "[factors.refusal]"))  # fmt: skip
    assert [c.label for c in found.conditions][:2] == [
        "depth 2, refusal neither", "depth 2, refusal denial",
    ]  # fmt: skip
    assert (len(found.conditions), found.pairs) == (6, 2)


def test_what_a_level_is_decides_about_the_digest(tmp_path: Path) -> None:
    one, other = planned(tmp_path, REFUSAL), planned(tmp_path, REFUSAL.replace("0.3", "0.4"))
    assert one.digest != other.digest


MISTAKES = [
    ("[factors]\npack = 'bare'", "factors.pack: neither a list of values nor a table of tables"),
    ("[factors.a]\nb = 1", "factors.a: neither a list"),
    ("[factors]\ndepth = []", "factors.depth: it has no values"),
    ("[factors.a]", "factors.a: it has no values"),
    ("[factors]\ndepth = [2, 2]", "factors.depth: a value stands there twice"),
    ("[factors.a]\nb = {}\nc = {}", "factors.a: a value stands there twice"),
    ("[factors]\ndepht = [1]", "factors.depht: no such option"),
    ("[factors]\nseed = [1]", "factors.seed: say it with the key seeds"),
    ("[factors.a]\nb = { depht = 1 }", "factors.a.b.depht: no such option"),
    ("[factors.a]\nb = { depth = 0 }", "factors.a.b.depth: "),
    ("[factors.a]\nb = { deny-random = 2 }", "factors.a.b.deny-random: "),
    ("[factors.depth]\nb = { depth = 1 }", "factors.depth: it is an option"),
    ("[factors.a]\n'b c' = { depth = 1 }", "factors.a: 'b c' is no name"),
    ("[factors]\nnodes = [1, 2]", "run.nodes: the factor nodes says it too"),
    ("[factors.a]\nb = { nodes = 1 }", "run.nodes: the factor a says it too"),
    (
        "[factors]\ndepth = [2]\n[factors.a]\nb = { depth = 1 }",
        "factors.depth: the factor a says it too",
    ),
    ("[factors.a]\nb = { depth = 9 }", "factors.a.b.depth: 9 can never be reached with nodes = 5"),
    ("[factors]\ndepth = [2, 9]", "factors.depth: 9 can never be reached with nodes = 5"),
    (REFUSAL + "[[comparison]]\nfactor = 'refusal'\nlevels = ['denial', 'shame']", "never shame"),
]


@pytest.mark.parametrize(("text", "told"), MISTAKES)
def test_a_mistake_is_told_in_one_line_that_names_the_key(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        planned(tmp_path, text)
    assert told in str(caught.value) and "\n" not in str(caught.value)
