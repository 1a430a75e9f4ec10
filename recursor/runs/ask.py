"""What a query is before it is granted: the prompt as the model reads it, its names, its seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from recursor import keys, prompts
from recursor.broker import protocol
from recursor.errors import ModelError
from recursor.models.base import Model, Models
from recursor.prompts import Pack
from recursor.records import QueryRecord
from recursor.runs import record
from recursor.runs.node import Asker
from recursor.types import Decision, Language, Prompt, Rendered, Request, RunConfig, Sampling


@dataclass(frozen=True)
class Attempt:
    """A query that wants to be granted: the model call, and the names of the request."""

    model: Model
    prompt: Prompt
    call: Request
    digest: str
    """Names what is asked, whoever asks."""
    rank: str
    occurrence: int
    """How many earlier requests of this asker had the same rank."""
    key: str
    error: ModelError | None = None
    """Why the model cannot even be asked."""

    def begin(
        self,
        run: str,
        asker: Asker,
        query: protocol.Query,
        ledger: Mapping[str, Any],
        arrival: int,
    ) -> QueryRecord:
        """Return its row, which begins now."""
        call = self.call
        return QueryRecord(
            id=record.new_id(),
            run=run,
            node=asker.id,
            key=self.key,
            label=query.key,
            occurrence=self.occurrence,
            exchangeable=False,
            model=query.model,
            request_digest=self.digest,
            prompt=call.text,
            rendered=call.rendered.text,
            spans=[asdict(span) for span in call.rendered.spans],
            parameters=asdict(call.sampling),
            seed=call.seed,
            decision=Decision.GRANTED,
            ledger=ledger,
            arrival=arrival,
            started_at=record.now(),
        )


def attempt(
    config: RunConfig, models: Models, pack: Pack, asker: Asker, query: protocol.Query
) -> Attempt:
    """Name and count an attempt."""
    language = config.language or Language.BASH
    words = prompts.attribute(query.prompt, asker.heard(), asker.readings.items())
    put = pack.root if asker.id is None else pack.guest
    prompt, sampling = put(words, language)
    sampling = _sampling(sampling, query, config.limits.answer_tokens)
    model, rendered, error = models.default, Rendered("", ()), None
    try:
        model = models.get(query.model)
        rendered = model.render(prompt)
    except ModelError as reason:
        error = reason
    digest = keys.request_digest(
        "query",
        model_digest=model.info.digest if error is None else str(error),
        pack_digest=pack.digest,
        text=query.prompt,
        rendered=rendered.text,
        parameters={name: value for name, value in asdict(sampling).items() if value is not None},
    )
    rank = keys.rank(digest, query.key)
    occurrence, repeat = asker.count(rank), asker.count(f"text:{query.prompt}")
    key = keys.query_key(asker.key, rank, occurrence)
    call = Request(
        rendered,
        sampling,
        keys.seed(config.seed, key),
        query.prompt,
        repeat,
        asker.key,
        asker.depth,
    )
    return Attempt(model, prompt, call, digest, rank, occurrence, key, error)


def _sampling(sampling: Sampling, query: protocol.Query, limit: int) -> Sampling:
    return replace(
        sampling,
        max_tokens=min(query.max_tokens or limit, limit),
        temperature=sampling.temperature if query.temperature is None else query.temperature,
    )
