"""A replay: the whole tree again without a model; what the record does not know is a divergence.

Programs are executed again in real jails. Every answer, denial and reading of the budget comes from
the record by key; the budget and the policies have been applied then and are not asked again. A
request without a counterpart in the record is refused, marked, and never guessed at. Programs that
were ended from outside (time, memory, a person, ...) are played from the record: when they would
end now is nothing that a replay could show.
"""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict
from contextlib import suppress
from dataclasses import replace
from typing import Any

from recursor import keys
from recursor.broker import protocol
from recursor.broker.door import Gone
from recursor.errors import ModelError
from recursor.jail.launcher import Jails, Sink
from recursor.masks import normalised
from recursor.models.base import MISSING
from recursor.models.recorded import silent
from recursor.records import NodeRecord, QueryRecord
from recursor.runs import record
from recursor.runs.ask import Attempt
from recursor.runs.node import Asker, Node
from recursor.runs.past import Past, holds_answer, lasted_s
from recursor.runs.record import Origin
from recursor.runs.retrace import Retrace
from recursor.store import Store
from recursor.types import Answer, Decision, Denial, Outcome, Program, RunConfig, RunEnd

NATURAL_ENDS = (RunEnd.COMPLETED, RunEnd.NO_PROGRAM, RunEnd.REFUSED, RunEnd.BUDGET, RunEnd.MODEL)
"""Why a run ends that nothing and nobody broke off."""


class Replay(Retrace):
    """One run replayed."""

    def __init__(
        self,
        trail: Past,
        config: RunConfig,
        store: Store,
        jails: Jails,
        *,
        lenient: bool = False,
        strict: bool = False,
    ) -> None:
        """`lenient`: a query may differ in times, numbers of processes and the like.

        `strict`: the first difference ends the replay.
        """
        edit = {"lenient": True} if lenient else None
        origin = Origin("replay", trail.run.id, edit=edit, terms=trail.run.terms)
        models = silent(trail.run)
        super().__init__(trail, origin, config, models, trail.pack, store, jails)
        self._wall_s = math.inf
        self._is_strict = strict
        self._alike: dict[str, list[QueryRecord]] = defaultdict(list)
        for query in trail.queries.values() if lenient else ():
            if holds_answer(query):
                asker = trail.nodes[query.node].key if query.node else self.operator.key
                self._alike[_roughly(asker, query)].append(query)

    async def course(self) -> RunEnd:
        """Do what the operator did."""
        await self.play(self.operator, None)
        end = self.past.run.end_cause
        return RunEnd(end) if end in NATURAL_ENDS else RunEnd.COMPLETED

    def is_played(self, parent: Asker, recorded: NodeRecord) -> bool:
        return not recorded.ended_by_itself

    def told(self, asker: Asker, query: QueryRecord) -> QueryRecord | None:
        alike = self._alike[_roughly(asker.key, query)]
        found = super().told(asker, query)
        if found is None and self.past.query(query.key) is None and alike:
            found = alike[0]
        if found in alike:
            alike.remove(found)  # the next that is nearly alike gets another one
        return found

    async def unknown_query(
        self, asker: Asker, attempt: Attempt, row: QueryRecord, gone: Gone | None
    ) -> Answer | Denial | ModelError:
        """Wait until the asker is gone, as in the record; or say that there is no answer.

        Who is still there much later than in the record is not waited for: it may stay for good.
        """
        known = self.past.query(row.key)
        error = ModelError("the record holds no such request", MISSING)
        try:
            if known is not None:
                error = ModelError("the record holds no answer", "gone")
                if gone is not None:
                    patience_s = lasted_s(known) + self.config.limits.program_seconds
                    with suppress(TimeoutError):
                        await asyncio.wait_for(gone(), patience_s)
            else:
                self._differs(f"a query that is not in the record: {row.prompt[:60]!r}")
        finally:
            failed = replace(
                row,
                decision=Decision.FAILED,
                error=str(error),
                finish_reason=error.kind,
                ended_at=record.now(),
                source="recorded" if known else "missing",
            )
            await self._durable(self._store.add(failed))
        return error

    async def unknown_program(self, parent: Asker, program: Program, key: str) -> Denial | None:
        denial = Denial("record", 0, 1)
        await self._refuse(parent, program, key, denial)
        self._differs("a program that is not in the record")
        return denial

    async def tell(self, asker: Asker, kind: str, told: str, value: Any, **facts: Any) -> Any:
        if self.recalled(asker, kind, facts) is None:
            self._differs(f"a reading that is not in the record: {kind}")
            raise protocol.ProtocolError("the record holds no such reading")
        return await super().tell(asker, kind, told, value, **facts)

    async def stop_for(self, asker: Node, node: Node) -> None:
        """Do nothing: a program that was stopped is played to its end anyway."""

    async def _live(
        self, node: Node, row: NodeRecord, program: Program, sink: Sink | None
    ) -> Outcome:
        ended = await super()._live(node, row, program, sink)
        recorded = self.past.node(node.key)
        if recorded is not None and recorded.ended_by_itself:
            was = self.past.outcome(recorded)
            for name in ("end_cause", "exit_code", "stdout", "stderr", "left"):
                if getattr(was, name) != getattr(ended, name):
                    self._differs(f"the {name} of {recorded.id}")
        return ended

    def _differs(self, how: str) -> None:
        if self._is_strict:
            self.stop(RunEnd.DIVERGED, how)


def _roughly(asker: str, query: QueryRecord) -> str:
    """Return what alike queries of an asker have in common."""
    return keys.digest([asker, normalised(query.prompt), query.model, query.parameters])
