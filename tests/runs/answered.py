"""Runs whose answers are a real model's, in no jail: what programs asked is given."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from recursor import prompts
from recursor.models.llama.engine import Llama
from recursor.planted.plant import Plant
from recursor.records import Recording
from recursor.store import Store
from recursor.store.rows import Record
from recursor.types import Denial, Language, Policies, Request, Segment

DENIAL = Denial("depth", 3, 4)


@dataclass(frozen=True)
class Asked:
    """A program that came of an answer; those of later ones may be asked for by it."""

    words: str | Sequence[Segment]
    by: int | None = None
    """Which program asked; None for the operator."""
    answer: str | None = None
    """What is answered, word for word; None has the model say it."""


def recording(
    model: Llama, asked: Sequence[Asked], *, pack: str = "examples-everywhere", name: str = "bits"
) -> Recording:
    """Return a run of bash programs, the first of which comes of the goal.

    After its first program every asker was denied something.
    """
    form = prompts.load(pack)
    plant = Plant(name, goal=str(asked[0].words))
    nodes: list[str] = []
    truth: dict[str, dict[str, Any]] = {}
    for each in asked:
        own = [Segment(each.words, "guest")] if isinstance(each.words, str) else each.words
        put = form.root if each.by is None else form.guest
        prompt, sampling = put(own, Language.BASH)
        rendered = model.render(prompt)
        if each.answer is None:
            sampling = replace(sampling, temperature=0, max_tokens=60)
            answer = asyncio.run(model.complete(Request(rendered, sampling, 0, "")))
            text, tokens = answer.text, list(answer.token_ids or ())
        else:
            text, tokens = each.answer, model.tokens(each.answer)
        parent = None if each.by is None else nodes[each.by]
        query = plant.ask(parent, "".join(segment.text for segment in own), text)
        nodes.append(plant.grow(parent, text, origin=query, evidence="exact"))
        plant.ask(nodes[-1], "one too many", denial=DENIAL)
        truth[query] = {
            "rendered": rendered.text,
            "spans": [asdict(span) for span in rendered.spans],
            "answer_token_ids": tokens,
            "parameters": asdict(sampling),
        }
    planted = plant.recording()
    info, digest = model.info, form.digest
    run = replace(
        planted.run, model=info.spec, model_digest=info.digest, rendering=info.rendering,
        model_provenance=info.provenance, engine=info.engine, inference=info.inference,
        pack=pack, pack_digest=digest, pack_content=form.content, language="bash",
        guest={"names": {}, "budget_visible": "command", "memory": "none",
               "stop_scope": "none", "trace": False},
        policies=asdict(Policies()) | {"approve": "none"},
    )  # fmt: skip
    queries = [replace(query, **truth.get(query.id, {})) for query in planted.queries]
    return replace(planted, run=run, queries=queries)


def record(store: Store, made: Recording) -> Recording:
    """Write a recording down; return it."""
    rows: tuple[Record, ...] = (made.run, *made.nodes, *made.queries, *made.events)
    for row in rows:
        store.add(row).result()
    return made
