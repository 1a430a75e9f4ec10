"""What a query is before it is granted: the prompt as the model reads it, its names, its seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from recursor import keys, prompts
from recursor.broker import protocol
from recursor.models.base import Model
from recursor.prompts import Pack
from recursor.records import QueryRecord
from recursor.runs import record
from recursor.runs.node import Asker
from recursor.types import Decision, Language, Request, RunConfig, Sampling


def attempt(
    config: RunConfig, model: Model, pack: Pack, asker: Asker, query: protocol.Query
) -> tuple[Request, str, str]:
    """Name and count an attempt: the model call that it wants, its rank, and its key.

    Raises ModelError if the model's template cannot hold the prompt.
    """
    language = config.language or Language.BASH
    words = prompts.attribute(query.prompt, asker.heard(), asker.readings.items())
    put = pack.root if asker.id is None else pack.guest
    prompt, sampling = put(words, language)
    sampling = _sampling(sampling, query, config.limits.answer_tokens)
    rendered = model.render(prompt)
    digest = keys.request_digest(
        "query",
        model_digest=model.info.digest,
        pack_digest=pack.digest,
        text=query.prompt,
        rendered=rendered.text,
        parameters=asdict(sampling),
    )
    rank = keys.rank(digest, query.key)
    occurrence, repeat = asker.count(rank), asker.count(f"text:{query.prompt}")
    key = keys.query_key(asker.key, rank, occurrence)
    seed = keys.seed(config.seed, key)
    return Request(rendered, sampling, seed, query.prompt, repeat, digest, occurrence), rank, key


def begin(
    run: str, asker: Asker, query: protocol.Query, call: Request, key: str,
    ledger: Mapping[str, Any], arrival: int,
) -> QueryRecord:  # fmt: skip
    """Return the row of a query that begins now."""
    return QueryRecord(
        id=record.new_id(),
        run=run,
        node=asker.id,
        key=key,
        label=query.key,
        occurrence=call.occurrence,
        exchangeable=False,
        request_digest=call.digest,
        prompt=query.prompt,
        rendered=call.rendered.text,
        spans=[asdict(span) for span in call.rendered.spans],
        parameters=asdict(call.sampling),
        seed=call.seed,
        decision=Decision.GRANTED,
        ledger=ledger,
        arrival=arrival,
        started_at=record.now(),
    )


def _sampling(sampling: Sampling, query: protocol.Query, limit: int) -> Sampling:
    return replace(
        sampling,
        max_tokens=min(query.max_tokens or limit, limit),
        temperature=sampling.temperature if query.temperature is None else query.temperature,
    )
