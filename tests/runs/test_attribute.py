"""Inheritance in bits, on the seedling: what was scored adds up, is kept, and is scored once."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator, Sequence

import pytest

from recursor import prompts
from recursor.errors import ModelError, UsageError
from recursor.models import registry
from recursor.models.base import Models
from recursor.models.llama.engine import Llama
from recursor.records import AttributionRecord, Recording
from recursor.runs import attribute, sources
from recursor.runs.sources import Source
from recursor.store import Store
from recursor.types import Rendered, Score, Segment, Span
from tests.runs.answered import DENIAL, Asked, record, recording

GOAL = "sort the blue pebbles"
ASKED = (
    Asked(GOAL),
    Asked("polish the grey pebbles", by=0),
    Asked(
        [
            Segment(f"it said {DENIAL}; paint ", "guest"),
            Segment("the copper kettle", "memory:what"),
        ],
        by=1,
    ),
)


@pytest.fixture(scope="module")
def model() -> Iterator[Llama]:
    loaded = registry.load_scorer("seedling")
    assert isinstance(loaded, Llama)
    yield loaded
    loaded.close()


@pytest.fixture(scope="module")
def made(model: Llama) -> Recording:
    return recording(model, ASKED)


@pytest.fixture
def store(db: str) -> Iterator[Store]:
    with Store(f"sqlite:///{db}", write=True) as opened:
        yield opened


class Counting:
    """A model that counts how often it was asked, and is interrupted after so many times."""

    def __init__(self, model: Llama, until: int = 10**9) -> None:
        self.info, self.asked = model.info, 0
        self.ends, self.render, self.tokens = model.ends, model.render, model.tokens
        self._model, self._until = model, until

    async def score(self, rendered: Rendered, answer: Sequence[int], asker: str = "") -> Score:
        self.asked += 1
        if self.asked > self._until:
            raise KeyboardInterrupt
        return await self._model.score(rendered, answer, asker)

    def close(self) -> None:
        """The model is everybody's."""


def scored(store: Store, made: Recording, model: Counting) -> list[AttributionRecord]:
    work = attribute.plan(made, made.nodes)
    assert not work.skipped
    attribute.attribute(work, store, load=lambda _: model)
    assert not work.skipped
    return store.attributions(made.run.id)


def test_every_part_of_a_prompt_that_can_be_left_out_is_a_source(made: Recording) -> None:
    cases = attribute.plan(made, made.nodes).cases
    pack = ["pack", "pack example 1", "pack example 2", "pack example 3"]
    names = [[source.name for source in case.parts.sources] for case in cases]
    assert names == [[*pack, "goal"], [*pack, "guest"], [*pack, "guest", "denial", "memory:what"]]
    for case in cases:
        text = case.query.rendered
        words = {source.name: words_of(text, source) for source in case.parts.sources}
        own = words.get("goal") or words["guest"] + words.get("denial", "")
        assert all(word in case.query.prompt for word in own.split())
        assert words["pack"].startswith("Shell scripts")
        assert all(words[f"pack example {n}"].startswith("Goal: ") for n in (1, 2, 3))
        everything = [span for source in case.parts.sources for span in source.spans]
        assert sources.without(case.parts.rendered, everything).text == "Goal: \n```bash\n"
    last = {source.name: source for source in cases[-1].parts.sources}
    text = cases[-1].query.rendered
    assert words_of(text, last["denial"]) == str(DENIAL)
    assert words_of(text, last["memory:what"]) == "the copper kettle"


def words_of(text: str, source: Source) -> str:
    return "".join(text[span.start : span.end] for span in source.spans)


@pytest.mark.parametrize("name", prompts.names())
def test_of_every_pack_the_frame_is_left(model: Llama, name: str) -> None:
    pack = prompts.load(name)
    for language in pack.forms:
        (goal, _), (asked, _) = (
            pack.root("GOAL", language),
            pack.guest([Segment("QUESTION", "guest")], language),
        )
        for prompt, node in ((goal, None), (asked, "node")):
            rendered = model.render(prompt)
            query = dataclasses.replace(
                recording(model, [Asked("x", answer="x")]).queries[0],
                node=node, rendered=rendered.text,
                spans=[dataclasses.asdict(span) for span in rendered.spans],
            )  # fmt: skip
            one = Models(model)
            parts = sources.take_apart(query, one, pack, language)
            assert parts.rendered == rendered
            everything = [span for source in parts.sources for span in source.spans]
            frame = sources.without(rendered, everything)
            assert ("<|im_start|>" in frame.text) == rendered.template
            assert frame.text == rendered.text or not {"GOAL", "QUESTION"} & set(frame.text.split())
            assert {"goal", "guest"} & {source.name for source in parts.sources}


def test_bits_add_up_and_are_the_differences_that_were_scored(
    store: Store, made: Recording, model: Llama
) -> None:
    record(store, made)
    found = scored(store, made, Counting(model))
    queries = {query.id: query for query in made.queries}
    for case in attribute.plan(made, made.nodes).cases:
        rows = {row.source: row for row in found if row.query == case.query.id}
        tokens = queries[case.query.id].answer_token_ids
        assert tokens
        assert all(len(row.tokens) == len(tokens) for row in rows.values())
        assert all(row.bits == pytest.approx(sum(row.tokens), abs=1e-4) for row in rows.values())
        whole = asyncio.run(model.score(case.parts.rendered, tokens)).logprobs
        assert rows[""].bits == pytest.approx(-sum(whole) * 1.442695, abs=1e-3)
        assert rows[""].bits > 0
        ends = rows[""].ends
        assert ends and (case.query.answer or "").startswith((case.query.answer or "")[: ends[0]])
        assert ends[-1] >= len(case.query.answer or "")
        cut = next(source for source in case.parts.sources if source.name == "pack example 2")
        without = asyncio.run(
            model.score(sources.without(case.parts.rendered, cut.spans), tokens)
        ).logprobs
        lost = (sum(whole) - sum(without)) * 1.442695
        assert rows["pack example 2"].bits == pytest.approx(lost, abs=1e-3)


def test_what_was_copied_from_the_goal_came_from_the_goal(store: Store, model: Llama) -> None:
    """The seedling's corpus has programs that repeat words of their goals."""
    answer = f'echo "{GOAL}"\n'
    run = record(store, recording(model, [Asked(GOAL, answer=answer)]))
    found = scored(store, run, Counting(model))
    sources_ = [row for row in found if row.source not in ("", attribute.EVERYTHING)]
    strongest = max(sources_, key=lambda row: row.bits)
    assert strongest.source == "goal"
    assert strongest.bits > 10


def test_nothing_is_scored_twice(store: Store, made: Recording, model: Llama) -> None:
    record(store, made)
    first, again = Counting(model), Counting(model)
    found = scored(store, made, first)
    prompts_ = [len(case.parts.sources) + 2 for case in attribute.plan(made, made.nodes).cases]
    assert first.asked == sum(prompts_) == len(found)
    assert scored(store, made, again) == found
    assert again.asked == 0


def test_an_interruption_keeps_what_was_scored(
    store: Store, made: Recording, model: Llama, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(store, made)
    monkeypatch.setattr(attribute, "AT_ONCE", 1)
    broken, onward = Counting(model, until=10), Counting(model)
    with pytest.raises(KeyboardInterrupt):
        scored(store, made, broken)
    kept = store.attributions(made.run.id)
    assert len({row.query for row in kept}) == 1
    found = scored(store, made, onward)
    assert len({row.query for row in found}) == len(ASKED)
    assert onward.asked == len(found) - len(kept)


def test_another_model_is_refused(store: Store, made: Recording, model: Llama) -> None:
    record(store, made)
    other = Counting(model)
    other.info = dataclasses.replace(model.info, digest="f" * 64)
    with pytest.raises(ModelError, match="is another one than when"):
        scored(store, made, other)
    assert store.attributions(made.run.id) == []


def test_what_cannot_be_scored_is_said(store: Store, made: Recording, model: Llama) -> None:
    first, *rest = [query for query in made.queries if query.answer is not None]
    changed = {
        first.id: dataclasses.replace(first, answer_token_ids=None),
        rest[0].id: dataclasses.replace(rest[0], rendered="another text"),
        rest[1].id: dataclasses.replace(rest[1], answer_token_ids=[10**6]),
    }
    queries = [changed.get(query.id, query) for query in made.queries]
    run = record(store, dataclasses.replace(made, queries=queries))
    work = attribute.plan(run, run.nodes)
    attribute.attribute(work, store, load=lambda _: Counting(model))
    assert sorted(work.reasons) == [
        "its tokens are not recorded (seedling tells none)",
        "nobody's words can be told apart in the prompt: the chat template rewrites them",
        "the answer has tokens that this model does not know",
    ]
    assert store.attributions(run.run.id) == []


def test_each_answer_is_scored_by_the_model_that_gave_it(
    store: Store, made: Recording, model: Llama
) -> None:
    info = dataclasses.asdict(model.info)
    models = {"same": {**info, "spec": "copy.gguf"}, "far": {**info, "spec": "openai:far"}}
    asked = [query for query in made.queries if query.answer is not None]
    changed = {
        asked[1].id: dataclasses.replace(asked[1], model="same"),
        asked[2].id: dataclasses.replace(asked[2], model="far", answer_token_ids=None),
    }
    queries = [changed.get(query.id, query) for query in made.queries]
    run = dataclasses.replace(made.run, models=models)
    told = record(store, dataclasses.replace(made, run=run, queries=queries))
    work, loaded, heard = attribute.plan(told, told.nodes), [], []

    def load(spec: str) -> Counting:
        loaded.append(spec)
        return Counting(model)

    attribute.attribute(work, store, lambda *progress: heard.append(progress), load)
    assert loaded == ["seedling", "copy.gguf"]
    assert heard == [(0, 2), (1, 2), (2, 2)]
    assert work.reasons == {"its tokens are not recorded (openai:far tells none)": 1}
    assert {row.query for row in store.attributions(run.id)} == {asked[0].id, asked[1].id}


def test_a_model_without_weights_is_refused_in_one_line() -> None:
    for spec in ("stub:paperclip", "openai:x", "recorded:last?shuffle=depth"):
        with pytest.raises(UsageError, match="cannot say how likely"):
            registry.load_scorer(spec)


def test_a_cut_moves_what_stands_behind_it() -> None:
    spans = (Span(0, 3, "host"), Span(3, 6, "guest"), Span(6, 9, "host"))
    cut = sources.without(Rendered("abcdefghi", spans, True), [Span(1, 2, ""), Span(4, 7, "")])
    assert cut == Rendered(
        "acdhi", (Span(0, 2, "host"), Span(2, 3, "guest"), Span(3, 5, "host")), True
    )


@pytest.mark.slow
@pytest.mark.smollm2
def test_of_smollm2_the_example_that_an_answer_is_like_gave_most_of_it() -> None:
    """Of three worked examples only the one about the sky holds a draft in a variable."""
    loaded = registry.load_scorer("smollm2")
    assert isinstance(loaded, Llama)
    answer = 'DRAFT="$(./query-model "Write a poem about the sea.")"\n'
    made = recording(loaded, [Asked("write a poem about the sea", answer=answer)], pack="examples")
    (case,) = attribute.plan(made, made.nodes).cases
    found = asyncio.run(attribute.weigh(loaded, case.parts, case.query.answer_token_ids or []))
    loaded.close()
    bits = {source: sum(tokens) for source, tokens in found.items()}
    cat, party, sky = (bits[f"pack example {number}"] for number in (1, 2, 3))
    assert abs(cat) < 5 and abs(party) < 5
    assert sky > 40
    assert bits["goal"] > 20
    assert bits["everything"] > sky + bits["goal"]
