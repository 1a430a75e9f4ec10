"""On which terms each part of a run was grown, if it is a fork or goes along one.

Nearly every run has one model, one pack, one seed. A fork has others inside, and a program there
may have taken another one's place. Who goes along a fork has to name each request as it was named
then: by the terms of the newest fork that its asker is inside, else by those of the run where it
began.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from recursor import prompts
from recursor.broker.protocol import Query
from recursor.models.base import Models
from recursor.models.recorded import Silent, silent
from recursor.prompts import Pack
from recursor.records import RunRecord
from recursor.runs import ask
from recursor.runs.ask import Attempt
from recursor.runs.node import Asker
from recursor.types import Language, ModelInfo, Program, RunConfig


@dataclass(frozen=True)
class Terms:
    """Those of the inside of a fork, or of a whole run."""

    inside: str | None
    """The key of the node where the fork branched."""
    config: RunConfig
    models: Models
    pack: Pack

    def hold_for(self, asker: Asker) -> bool:
        return self.inside is None or any(a.key == self.inside for a in asker.lineage())

    def attempt(self, asker: Asker, query: Query) -> Attempt:
        """Name and count a query."""
        return ask.attempt(self.config, self.models, self.pack, asker, query)

    def as_dict(self) -> dict[str, Any]:
        """Return them as a later run records them."""
        return {
            "inside": self.inside,
            "model": asdict(self.models.default.info),
            "models": {name: asdict(info) for name, info in self.models.infos.items()},
            "pack": self.pack.name,
            "pack_content": self.pack.content,
            "seed": self.config.seed,
            "answer_tokens": self.config.limits.answer_tokens,
            "program_seconds": self.config.limits.program_seconds,
        }


def of(run: RunRecord, config: RunConfig, pack: Pack) -> tuple[Terms, ...]:
    """Return a run's terms, those of its newest fork first."""
    recorded = run.terms or {}
    own = Terms(recorded.get("inside"), config, silent(run), pack)
    return own, *(_before(terms, config) for terms in recorded.get("before", ()))


def replaced(run: RunRecord) -> dict[str, Program]:
    """Return the programs that took the place of others, by the keys of those."""
    programs: Mapping[str, Any] = (run.terms or {}).get("replaced", {})
    return {key: Program(Language(p["language"]), p["text"]) for key, p in programs.items()}


def _before(terms: Mapping[str, Any], config: RunConfig) -> Terms:
    limits = replace(
        config.limits,
        answer_tokens=terms["answer_tokens"],
        program_seconds=terms["program_seconds"],
    )
    named = {name: Silent(ModelInfo(**info)) for name, info in terms["models"].items()}
    return Terms(
        terms["inside"],
        replace(config, seed=terms["seed"], limits=limits),
        Models(Silent(ModelInfo(**terms["model"])), named),
        prompts.recorded(terms["pack"], terms["pack_content"]),
    )
