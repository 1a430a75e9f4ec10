"""What is made of a record before it is executed again: order, and nothing that makes no sense."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from recursor import prompts
from recursor.errors import StoreError
from recursor.models.base import CHATML
from recursor.records import EventRecord, NodeRecord, QueryRecord, Recording
from recursor.runs import record
from recursor.runs.past import Past
from recursor.types import Limits, ModelInfo, Policies, RunConfig
from tests.store.test_store import NOW, a_node, a_query, a_run

DENIAL = {"limit": "depth", "limit_value": 1, "asked": 2}
ASKED = {"max_tokens": 5, "temperature": 0.8}


def a_recording(*rows: NodeRecord | QueryRecord | EventRecord, **run: Any) -> Recording:
    whole = {
        "end_cause": "completed", "rendering": {"template": CHATML},
        "pack_content": prompts.load("bare").content, "budget": asdict(Limits()),
        "policies": {**asdict(Policies()), "approve": "none"},
        "guest": {"names": {}, "budget_visible": "none", "memory": "none", "stop_scope": "none",
                  "trace": False},
    }  # fmt: skip
    kinds = ([row for row in rows if isinstance(row, kind)]
             for kind in (NodeRecord, QueryRecord, EventRecord))  # fmt: skip
    nodes, queries, events = kinds
    return Recording(a_run(**{**whole, **run}), [], nodes, queries, events, [])  # type: ignore[arg-type]


def an_event(kind: str, node: str | None = None, **detail: Any) -> EventRecord:
    return EventRecord(a_run().id, node, 0, 1, kind, "broker", detail, "k")


@pytest.mark.parametrize(
    "damaged",
    [
        a_recording(rendering={}),
        a_recording(terms={"inside": None, "before": [], "replaced": {"k": {"text": "x"}}}),
        a_recording(terms={"inside": None, "before": [{"pack": "bare"}], "replaced": {}}),
        a_recording(models={"a": {"spec": "x", "digest": "0", "engine": "y"}}),
        a_recording(a_node(language="perl")),
        a_recording(a_node(end_cause="tired")),
        a_recording(a_node(link_coverage=[1.0])),
        a_recording(a_query(parameters={})),
        a_recording(a_query(parameters=ASKED, decision="denied")),
        a_recording(a_query(parameters=ASKED, decision="denied", denial={**DENIAL, "more": 1})),
        a_recording(a_query(parameters=ASKED, answer_tokens=-1)),
        a_recording(an_event("refused", denial=DENIAL)),
        a_recording(an_event("budget", left="much")),
        a_recording(an_event("program_list")),
        a_recording(an_event("memory_put", key=5, found=True)),
    ],
)
def test_a_damaged_record_is_not_executed_again(damaged: Recording) -> None:
    with pytest.raises(StoreError, match="is damaged"):
        Past(damaged)


@pytest.mark.parametrize("content", ["no JSON", "[]", "[" * 5000, '{"bash": {"text": "no goal"}}'])
def test_a_prompt_pack_that_is_none_is_told(content: str) -> None:
    with pytest.raises(StoreError, match="prompt pack"):
        Past(a_recording(pack_content=content))


@pytest.mark.parametrize(
    "changes",
    [
        {"language": "perl"},
        {"root": {"language": "bash"}},
        {"budget": {"depth": 0}},
        {"budget": {"width": 4}},
        {"policies": {}},
        {"guest": {}},
        {"parallel": 0},
    ],
)
def test_a_configuration_that_no_run_can_have_is_told(changes: dict[str, Any]) -> None:
    whole = a_recording(**sound())
    assert record.config(whole.run, []).goal == "goal"
    with pytest.raises(StoreError, match="no configuration"):
        record.config(a_recording(**{**sound(), **changes}).run, [])


def sound() -> dict[str, Any]:
    """What is recorded of a configuration."""
    config, pack = RunConfig("goal", "stub:x", "bare"), prompts.load("bare")
    model = ModelInfo("stub:x", "0", "stub", 0, None, "stub", {})
    made = record.begin(config, model, {}, pack, pack.sampling, {}, "", record.Origin(), hooks=True)
    return {name: getattr(made, name) for name in ("budget", "policies", "guest")}


def test_nobody_does_anything_before_he_began() -> None:
    """A clock was set back while a scope ran."""
    later, earlier = NOW.replace("2026", "2027"), NOW
    scope = a_node(id_="scope", parent="jail", kind="scope", depth=2, started_at=later)
    inner = a_node(id_="inner", parent="scope", kind="scope", depth=3, started_at=earlier)
    asked = a_query(node="inner", parameters=ASKED, started_at=earlier)
    read = an_event("unknown_command", "inner")
    past = Past(a_recording(inner, scope, a_node(id_="jail"), asked, read))
    assert [deed for _, deed in past.deeds("jail")] == [scope, inner, asked, read]
