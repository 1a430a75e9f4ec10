"""Keys name requests whatever the schedule."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recursor import keys


def request(**changes: object) -> str:
    facts = {
        "model_digest": "m",
        "pack_digest": "p",
        "text": "t",
        "rendered": "r",
        "parameters": {"temperature": 0.8},
    }
    return keys.request_digest("query", **{**facts, **changes})  # type: ignore[arg-type]


def test_canonical_form_ignores_the_order_of_keys() -> None:
    assert keys.canonical({"b": 1, "a": [1, "ü"]}) == b'{"a":[1,"\\u00fc"],"b":1}'
    assert keys.digest({"a": 1, "b": 2}) == keys.digest({"b": 2, "a": 1})


def test_every_part_of_a_request_counts() -> None:
    changed = [
        request(model_digest="x"),
        request(pack_digest="x"),
        request(text="x"),
        request(rendered="x"),
        request(parameters={"temperature": 0.7}),
    ]
    assert len({request(), *changed}) == 6


@given(st.text())
def test_a_label_is_never_taken_for_a_digest(label: str) -> None:
    assert keys.rank(label, None) != keys.rank("anything", label)


def test_occurrence_and_asker_make_different_keys() -> None:
    assert len({keys.query_key(node, "r", n) for node in "ab" for n in range(3)}) == 6


@given(st.integers(0, 2**40), st.text())
def test_seeds_have_31_bits_and_depend_on_both(run_seed: int, key: str) -> None:
    seed = keys.seed(run_seed, key)
    assert 0 <= seed < 2**31
    assert seed != keys.seed(run_seed + 1, key) or seed != keys.seed(run_seed + 2, key)


def test_the_keys_of_one_chain_are_stable() -> None:
    """A changed key would orphan every recording: this one is written down."""
    operator = keys.operator_key("goal")
    query = keys.query_key(operator, keys.rank("d", None), 0)
    node = keys.node_key(operator, "bash", "p", 0)
    assert (operator[:12], query[:12], node[:12], keys.seed(0, query)) == KNOWN


KNOWN = ("8ad340da5b03", "c8d39e557c92", "f7d3c9903e92", 1988865910)
