"""A run whose every text tries to take effect in a browser; each that does calls `hit`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from recursor.planted.plant import Plant
from recursor.records import ExperimentRecord, FileRecord, NodeRecord, Recording, TrialRecord
from recursor.types import Denial

ATTACKS = (
    "<script>hit('script')</script>",
    "</script><script>hit('end')</script>",
    "<img src=x onerror=\"hit('img')\">",
    "\"'><svg onload=\"hit('svg')\"></svg>",
    "<iframe srcdoc=\"<script>parent.hit('frame')</script>\"></iframe>",
    "<style>* { display: none !important }</style>",
    "<link rel=stylesheet href='http://127.0.0.1:9/style.css'>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>",
    "<form action='http://127.0.0.1:9/'><input name=q autofocus onfocus=\"hit('form')\"></form>",
    "<a href=\"javascript:hit('link')\">a</a>",
    "javascript:hit('address')",
    "<base href='http://127.0.0.1:9/'>",
    "{{constructor.constructor('hit(1)')()}} ${hit(2)}",
    "__proto__",
    "\u202ereversed\u2066 \x1b[31m \0 \ufffe",
)
ALL = "\n".join(ATTACKS)


def a_run(number: int = 0) -> Recording:
    """A small tree of attacks: in programs, prompts, answers, outputs, files, events, names."""
    plant = Plant("hostile", seed=number, goal=ALL)
    first = plant.ask(None, ALL, ALL)
    root = plant.grow(None, f"{ALL}\n# {number}", origin=first, stdout=ALL, stderr=ALL)
    for attack in ATTACKS:
        query = plant.ask(root, attack, f"```bash\n{attack}\n```")
        child = plant.grow(root, f"{attack}\n", "python", origin=query, killed_by=attack)
        plant.note(child, attack, {attack: attack, "number": float("nan")}, content=attack)
        plant.ask(child, attack, denial=Denial(attack, 1, 2))
        plant.refuse(child, attack, Denial(attack, 1, 2))
        plant.ask(child, attack, error=attack)
    plant.refuse(root, ALL, Denial("breadth", 6, 7))
    made = plant.recording()
    run = replace(
        made.run, name=ALL, tags=[ALL], model=ALL, model_family=ALL, pack=ALL, engine=ALL,
        end_cause=ALL, end_detail=ALL, condition={ALL: ALL}, plants=[ALL], host={ALL: ALL},
    )  # fmt: skip
    nodes = [_strange(node) if place % 3 == 2 else node for place, node in enumerate(made.nodes)]
    queries = [
        replace(each, spans=[{"start": 0, "end": 3, "source": ALL}], label=ALL, model=ALL)
        for each in made.queries
    ]
    files = [FileRecord(run.id, nodes[0].id, attack, ALL.encode(), 9) for attack in ATTACKS]
    return replace(made, run=run, nodes=nodes, queries=queries, files=files)


def an_experiment(run: str) -> tuple[ExperimentRecord, list[TrialRecord]]:
    """An experiment of attacks, whose first trial grew a run, and whose second failed."""
    id_ = "01P90000000000000000000000"
    plan: dict[str, Any] = {"name": ALL, "question": ALL, "measures": ["nodes"], "comparisons": []}
    plan["factors"] = {ALL: [ALL]}
    record = ExperimentRecord(id_, ALL, "0" * 64, plan, "2026-01-01T00:00:00Z", "0")
    first = TrialRecord(f"{id_}/0", id_, 0, {ALL: ALL}, ALL, 0, ALL, run=run, ended_at="2026")
    second = replace(first, id=f"{id_}/1", number=1, run=None, failure=ALL)
    return record, [first, second]


def _strange(node: NodeRecord) -> NodeRecord:
    return replace(
        node, end_cause=ALL, kind=ALL, language=ALL, link_evidence=ALL, isolation={ALL: ALL}
    )
