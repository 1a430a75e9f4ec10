"""A fork: a recorded run branches at a node, and something is different from there on.

The subtree of that node, the *inside*, grows live. The programs above it are executed again and are
told what the record knows; where they ask something new, for they may see other output, they are
answered live. Everything else is played from the record (`frozen`), or lives too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from recursor.broker import protocol
from recursor.broker.door import Gone
from recursor.errors import ModelError, UsageError
from recursor.jail.launcher import Jails
from recursor.models.base import Models
from recursor.prompts import Pack
from recursor.records import EventRecord, NodeRecord, QueryRecord
from recursor.runs.ask import Attempt
from recursor.runs.grow import Approve, Growth
from recursor.runs.node import Asker
from recursor.runs.past import Past
from recursor.runs.record import Origin
from recursor.runs.retrace import Retrace
from recursor.store import Store
from recursor.types import (
    Answer,
    Denial,
    Program,
    RunConfig,
    RunEnd,
)

FLIPPED = Denial("flipped", 0, 1, randomised=True)


class Outside(StrEnum):
    """What becomes of the programs that are neither inside nor above."""

    FROZEN = "frozen"
    LIVE = "live"


@dataclass(frozen=True)
class Edit:
    """Where a run branches, and what is different there besides the configuration."""

    at: NodeRecord
    program: Program | None = None
    """Takes the place of the node's own."""
    flip: QueryRecord | None = None
    """A query that is denied if it was granted, and granted if it was denied."""
    outside: Outside = Outside.FROZEN
    said: Mapping[str, Any] | None = None
    """All that is different, for the record."""

    @property
    def replaced(self) -> dict[str, Program]:
        """The program that takes another one's place, by that one's key."""
        return {} if self.program is None else {self.at.key: self.program}

    def __post_init__(self) -> None:
        if self.program is not None and self.at.kind == "scope":
            raise UsageError(
                f"{self.at.id} is a text that its parent evaluates: it cannot be another one"
            )
        if self.flip is not None and self.flip.node != self.at.id:
            raise UsageError(f"the query {self.flip.id} is none of the node {self.at.id}")


class Fork(Retrace):
    """One fork of a run."""

    def __init__(
        self,
        trail: Past,
        edit: Edit,
        config: RunConfig,
        models: Models,
        pack: Pack,
        store: Store,
        jails: Jails,
        approve: Approve | None = None,
    ) -> None:
        """`config`, `models` and `pack` are those of the inside."""
        key = edit.at.key if edit.program is None else trail.key_of(edit.at, edit.program)
        now = {
            "inside": key,
            "before": [terms.as_dict() for terms in trail.terms],
            "replaced": {k: asdict(p) for k, p in (trail.replaced | edit.replaced).items()},
        }
        origin = Origin("fork", trail.run.id, edit.at.id, edit.said, now)
        super().__init__(trail, origin, config, models, pack, store, jails, approve)
        self._edit = edit
        self._inside = {edit.at.key, key}
        above = trail.lineage(edit.at)
        self._above = {node.key for node in above} - self._inside

    async def course(self) -> RunEnd:
        """Do what the operator did."""
        await self.play(self.operator, None)
        return RunEnd.COMPLETED

    # --- which part of the tree is which

    def _is_inside(self, asker: Asker) -> bool:
        return any(each.key in self._inside for each in asker.lineage())

    def _is_told(self, asker: Asker) -> bool:
        """Return whether an asker is told what the record knows."""
        if self._is_inside(asker):
            return False
        is_above = asker is self.operator or asker.key in self._above
        return is_above or self._edit.outside is Outside.FROZEN

    def is_played(self, parent: Asker, recorded: NodeRecord) -> bool:
        if recorded.key in self._inside | self._above or self._is_inside(parent):
            return False
        return self._edit.outside is Outside.FROZEN

    def _holds_for(self, asker: Asker) -> RunConfig:
        return self.config if self._is_inside(asker) else super()._holds_for(asker)

    # --- queries

    def _attempt(self, asker: Asker, query: protocol.Query) -> Attempt:
        if self._is_inside(asker):
            return Growth._attempt(self, asker, query)
        return super()._attempt(asker, query)

    def told(self, asker: Asker, query: QueryRecord) -> QueryRecord | None:
        found, flip = super().told(asker, query), self._edit.flip
        if flip is not None and found is not None and found.node == flip.node:
            return found if found.arrival < flip.arrival else None
        return found if self._is_told(asker) else None

    async def unknown_query(
        self, asker: Asker, attempt: Attempt, row: QueryRecord, gone: Gone | None
    ) -> Answer | Denial | ModelError:
        flip = self._edit.flip
        if flip is not None and row.key == flip.key:
            return await self._flipped(asker, attempt, row, gone)
        return await super().unknown_query(asker, attempt, row, gone)

    async def _flipped(
        self, asker: Asker, attempt: Attempt, row: QueryRecord, gone: Gone | None
    ) -> Answer | Denial | ModelError:
        assert self._edit.flip is not None
        if self._edit.flip.decision == "denied" and attempt.error is None:
            tokens = attempt.model.count(attempt.call.rendered) + attempt.call.sampling.max_tokens
            grant = self.ledger.grant_query(asker.id, tokens)
            with asker.asking(attempt.rank) as pending:
                return await self._complete(asker, attempt, row, grant, pending, gone)
        return await self._deny(row, FLIPPED)

    # --- programs

    def replacement(self, key: str) -> Program | None:
        return self._edit.replaced.get(key) or super().replacement(key)

    async def _refusal(self, parent: Asker, program: Program, key: str) -> Denial | None:
        if self._is_inside(parent) or not self._is_told(parent):
            return await Growth._refusal(self, parent, program, key)
        return await super()._refusal(parent, program, key)

    def recalled(self, asker: Asker, kind: str, facts: dict[str, Any]) -> EventRecord | None:
        return super().recalled(asker, kind, facts) if self._is_told(asker) else None
