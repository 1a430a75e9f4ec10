"""Inheritance in bits: recorded answers are scored again, each time without one source.

Of each answer that led to a node the model says how likely it is (teacher forcing: nothing is
drawn) under the prompt as recorded, and under that prompt without one source. The difference, in
bits, is what the source gave: bits(token, source) = log2 P(token | prompt) - log2 P(token | prompt
without the source). It is positive where the source made a token more likely. (Leave-one-out
attribution by deletion, as Cohen-Wang et al. 2024, "ContextCite", ablate parts of a context.)

The prompts of one query begin alike, and so do those of many queries from which the same worked
example is left out: the engine computes a beginning once, so several queries are under way at once.
What is found of a query is recorded whole, and is not reckoned again.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from recursor import loops
from recursor.errors import ModelError
from recursor.models import registry
from recursor.models.base import Scorer
from recursor.records import (
    AttributionRecord,
    EventRecord,
    NodeRecord,
    QueryRecord,
    Recording,
)
from recursor.runs import sources
from recursor.runs.node import Asker
from recursor.runs.past import Past, instant
from recursor.runs.sources import Parts
from recursor.store import Store
from recursor.types import Denial, Language, ModelInfo, Span

WHOLE, EVERYTHING = "", "everything"
"""The whole prompt, and one from which all sources are cut: only its frame is left."""
AT_ONCE = 4
"""Queries under way; each has a prompt a source."""
_DIGITS = 6
"""Decimal places that are kept of a token's bits."""

Watch = Callable[[int, int], None]
"""Hears how many of how many answers are scored."""
Load = Callable[[str], Scorer]


@dataclass(frozen=True)
class Case:
    """A recorded answer, and what its prompt is made of."""

    query: QueryRecord
    parts: Parts
    model: ModelInfo


@dataclass(frozen=True)
class Work:
    """The answers of a run that are to be scored, and those that cannot be."""

    cases: list[Case] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    """Why not, by the query's id."""

    @property
    def reasons(self) -> dict[str, int]:
        """How many are left out, by the reason."""
        return dict(Counter(self.skipped.values()))


def plan(recording: Recording, nodes: Iterable[NodeRecord]) -> Work:
    """Find the answers that led to some nodes, each once, and take their prompts apart.

    Raises UsageError or StoreError for a run whose prompts cannot be put again.
    """
    past, jails, work = Past(recording), recording.jails(), Work()
    for origin in dict.fromkeys(node.origin_query for node in nodes if node.origin_query):
        query = past.queries.get(origin)
        if query is None or query.answer is None:
            work.skipped[origin] = "the record does not hold the answer"
            continue
        asker = past.nodes.get(query.node or "")
        terms = past.terms_of(_asker(past, asker))
        told = _denials(past, jails[asker.id].id, query) if asker else ()
        try:
            if query.answer_token_ids is None:
                spec = terms.models.get(query.model).info.spec
                raise ModelError(f"its tokens are not recorded ({spec} tells none)")
            language = terms.config.language or Language.BASH
            parts = sources.take_apart(query, terms.models, terms.pack, language, told)
            work.cases.append(Case(query, parts, terms.models.get(query.model).info))
        except ModelError as error:
            work.skipped[origin] = str(error)
    return work


def attribute(
    work: Work,
    store: Store,
    watch: Watch = lambda _done, _total: None,
    load: Load = registry.load_scorer,
) -> None:
    """Score what is not yet scored and record it, answer by answer; blocks until done.

    An answer that the model cannot score is added to `work.skipped`. Interrupted, what was scored
    stays. Raises ModelError if a model is not the one that answered, or cannot be loaded, and
    UsageError if one has no weights.
    """
    done = {
        row.query
        for run in {case.query.run for case in work.cases}
        for row in store.attributions(run)
    }
    waiting: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in work.cases:
        if case.query.id not in done:
            waiting[case.model.spec, case.model.digest].append(case)
    total = len(work.cases)
    left = sum(map(len, waiting.values()))

    def end(failure: tuple[str, str] | None = None) -> None:
        nonlocal left
        left -= 1
        work.skipped.update([failure] if failure else [])
        watch(total - left, total)

    watch(total - left, total)
    for (spec, digest), cases in waiting.items():
        model = _loaded(spec, digest, load)
        try:
            loops.run(_attribute(model, cases, store, end))
        finally:
            model.close()


async def weigh(
    model: Scorer, parts: Parts, answer: Sequence[int], asker: str = ""
) -> dict[str, list[float]]:
    """Return the bits of an answer's tokens, by source, and of the whole prompt under `WHOLE`.

    Those of the whole prompt are the tokens' own information, -log2 of their probability. Raises
    ModelError.
    """

    async def bits(spans: Iterable[Span]) -> list[float]:
        cut = sources.without(parts.rendered, spans)
        return [-p / math.log(2) for p in (await model.score(cut, answer, asker)).logprobs]

    # The later the cut the longer the beginning that is computed already.
    removed = {source.name: source.spans for source in reversed(parts.sources)}
    everything = [span for source in parts.sources for span in source.spans]
    if len(removed) > 1:
        removed[EVERYTHING] = tuple(everything)
    whole, *rest = await asyncio.gather(bits(()), *map(bits, removed.values()))
    found = {
        name: [_rounded(left - given) for left, given in zip(lost, whole, strict=True)]
        for name, lost in zip(removed, rest, strict=True)
    }
    if len(parts.sources) == 1:
        found[EVERYTHING] = found[parts.sources[0].name]
    return {WHOLE: [_rounded(token) for token in whole], **found}


async def _attribute(
    model: Scorer, cases: Sequence[Case], store: Store, end: Callable[..., None]
) -> None:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(case: Case) -> None:
        async with places:
            try:
                rows = await _rows(model, case)
            except ModelError as error:
                end((case.query.id, str(error)))
                return
            await asyncio.wrap_future(store.add_together(rows))
            end()

    await asyncio.gather(*map(one, cases))


async def _rows(model: Scorer, case: Case) -> list[AttributionRecord]:
    query, parts = case.query, case.parts
    answer = query.answer_token_ids or []
    bits = await weigh(model, parts, answer, query.id)
    places = {source.name: source.intervals for source in parts.sources}
    places[EVERYTHING] = sorted(place for own in places.values() for place in own)
    return [
        AttributionRecord(
            query.run,
            query.id,
            name,
            places.get(name, []),
            _rounded(math.fsum(tokens)),
            tokens,
            model.ends(answer) if name == WHOLE else None,
        )
        for name, tokens in bits.items()
    ]


def _rounded(bits: float) -> float:
    return round(bits, _DIGITS)


def _loaded(spec: str, digest: str, load: Load) -> Scorer:
    model = load(spec)
    if model.info.digest != digest:
        model.close()
        raise ModelError(f"the model {spec} is another one than when the run was recorded")
    return model


def _asker(past: Past, node: NodeRecord | None) -> Asker:
    """Return who asked, below those above it."""
    asker = Asker("")
    for each in reversed(list(past.lineage(node)) if node else []):
        asker = Asker(each.key, each.depth, asker)
    return asker


def _denials(past: Past, jail: str, query: QueryRecord) -> list[str]:
    """Return the texts of the denials that the programs of a jail were told before a query."""
    asked = instant(query.started_at)
    told = []
    for at, deed in past.deeds(jail):
        if at > asked:
            break
        if isinstance(deed, QueryRecord) and deed.denial is not None:
            told.append(str(Denial(**deed.denial)))
        elif isinstance(deed, EventRecord) and deed.kind == "refused":
            told.append(str(Denial(**deed.detail["denial"])))
    return told
