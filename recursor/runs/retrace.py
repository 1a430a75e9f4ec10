"""A run along a recorded one: what it answered and decided is served by key, not by arrival.

Each request of a program has the name that it had in the recorded run, whatever the schedule. What
the record knows of a name is told again: answers, failures, denials, what was left of the budget. A
program is executed again, or it is *played*: what it did is done step by step from the record, its
output and its end with it. Which programs are played, and what becomes of a request that the record
does not know, is where a replay, a fork and a resumed run differ.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from recursor import keys
from recursor.broker import protocol
from recursor.broker.door import Gone
from recursor.errors import ModelError
from recursor.jail.launcher import Jails, Sink
from recursor.models.base import NOT_ASKED, Models
from recursor.programs import Delivered
from recursor.prompts import Pack
from recursor.records import EventRecord, NodeRecord, QueryRecord
from recursor.runs import past, record
from recursor.runs.ask import Attempt
from recursor.runs.grow import Approve, Growth, break_off_the_dead
from recursor.runs.life import event_subject
from recursor.runs.node import Asker, Node
from recursor.runs.past import Past
from recursor.runs.record import Origin
from recursor.store import Store
from recursor.types import (
    OWN_CODE,
    Answer,
    Decision,
    Denial,
    Language,
    Link,
    NodeEnd,
    Outcome,
    Program,
    RunConfig,
)

_BECAME = (
    "decision", "denial", "error", "exchangeable", "answer", "answer_token_ids", "finish_reason",
    "prompt_tokens", "answer_tokens",
)  # fmt: skip
"""What the record says of a query besides what was asked, and how long the model took for it."""


class Retrace(Growth):
    """One run along a recorded one."""

    def __init__(
        self,
        trail: Past,
        origin: Origin,
        config: RunConfig,
        models: Models,
        pack: Pack,
        store: Store,
        jails: Jails,
        approve: Approve | None = None,
    ) -> None:
        """`trail` is the recorded run."""
        super().__init__(config, models, pack, store, jails, approve)
        self.origin = origin
        self.past = trail
        self._again: dict[str, str] = {}
        """Of each query of the recorded run that was asked again, what it is here."""

    # --- what a kind of such runs decides

    def is_played(self, parent: Asker, recorded: NodeRecord) -> bool:
        """Return whether a child's program is not executed again."""
        raise NotImplementedError

    async def unknown_query(
        self, asker: Asker, attempt: Attempt, row: QueryRecord, gone: Gone | None
    ) -> Answer | Denial | ModelError:
        """Answer what the record has no answer to: by default as any run does."""
        if attempt.error is None:  # it was named as by the model of then
            try:
                model = self.models.get(row.model)
                call = replace(attempt.call, rendered=model.render(attempt.prompt))
                attempt = replace(attempt, model=model, call=call)
            except ModelError as error:
                attempt = replace(attempt, error=error)
        return await super()._decide(asker, attempt, row, gone)

    async def unknown_program(self, parent: Asker, program: Program, key: str) -> Denial | None:
        """Decide about a program that the record does not know: by default as any run does."""
        return await super()._refusal(parent, program, key)

    def told(self, asker: Asker, query: QueryRecord) -> QueryRecord | None:
        """Return the recorded query that answers one, if there is any."""
        found = self.past.query(query.key)
        return found if found and past.holds_answer(found) else None

    def replacement(self, key: str) -> Program | None:
        """Return the program that takes the place of the one with a key, if one does."""
        return self.past.replaced.get(key)

    # --- queries

    def _attempt(self, asker: Asker, query: protocol.Query) -> Attempt:
        return self.past.terms_of(asker).attempt(asker, query)

    def _holds_for(self, asker: Asker) -> RunConfig:
        return self.past.terms_of(asker).config

    async def _decide(
        self, asker: Asker, attempt: Attempt, row: QueryRecord, gone: Gone | None
    ) -> Answer | Denial | ModelError:
        told = self.told(asker, row)
        if told is None:
            return await self.unknown_query(asker, attempt, row, gone)
        return await self._tell_again(asker, row, told)

    async def _tell_again(
        self, asker: Asker, row: QueryRecord, told: QueryRecord
    ) -> Answer | Denial | ModelError:
        source = "recorded" if told.key == row.key else "recorded_normalised"
        became = {name: getattr(told, name) for name in _BECAME}
        self._again[told.id] = row.id
        if told.decision != "denied" and told.finish_reason not in NOT_ASKED:
            tokens = (told.prompt_tokens or 0) + (told.answer_tokens or 0)
            self.ledger.spend_query(asker.id, tokens)
        served = replace(row, ended_at=record.now(), source=source, **became)
        await self._durable(self._store.add(served))
        if told.decision == "denied":
            denial = Denial(**(told.denial or {}))
            self.denials[denial.limit] += 1
            return denial
        if told.decision == "failed":
            return ModelError(told.error or "", told.finish_reason or "failed")
        assert told.answer is not None
        self.answer_tokens += told.answer_tokens or 0
        asker.hear(Delivered(row.id, told.answer))
        return Answer(
            text=told.answer,
            token_ids=None,
            finish_reason=told.finish_reason or "stop",
            prompt_tokens=told.prompt_tokens or 0,
            answer_tokens=told.answer_tokens or 0,
        )

    # --- programs

    async def begin(
        self,
        parent: Asker,
        program: Program,
        link: Link,
        sink: Sink | None = None,
        kind: str = "jail",
    ) -> Node | Denial:
        while (other := self.replacement(self.next_key(parent, program))) is not None:
            self._name(parent, program)  # counted: equal ones that come later keep their names
            program, link = other, OWN_CODE
        return await super().begin(parent, program, link, sink, kind)

    def next_key(self, parent: Asker, program: Program) -> str:
        """Return how a program would be named if it were wanted now."""
        occurrence = parent.counts[f"child:{program.language}:{program.digest}"]
        return keys.node_key(parent.key, program.language, program.digest, occurrence)

    async def _refusal(self, parent: Asker, program: Program, key: str) -> Denial | None:
        break_off_the_dead(parent)
        denial = self.past.refused(key)
        if denial is not None:
            await self._refuse(parent, program, key, denial)
        elif self.past.node(key) is not None:
            self.ledger.spend_node(parent.id)
        else:
            return await self.unknown_program(parent, program, key)
        return denial

    async def _live(
        self, node: Node, row: NodeRecord, program: Program, sink: Sink | None
    ) -> Outcome:
        recorded = self.past.node(node.key)
        assert node.parent is not None
        if recorded is None or not self.is_played(node.parent, recorded):
            return await super()._live(node, row, program, sink)
        return await self._play(node, row, recorded, sink)

    async def _play(
        self, node: Node, row: NodeRecord, recorded: NodeRecord, sink: Sink | None
    ) -> Outcome:
        """Do what a program did, without executing it, and say what it said."""
        node.record = row = replace(row, source="recorded", isolation=recorded.isolation)
        ended = Outcome.unheard(NodeEnd.KILLED, "recursor")
        try:
            await self._durable(self._store.add(row))
            await self.play(node, recorded)
            ended = self.past.outcome(recorded)
            if sink is not None:
                sink("stdout", ended.stdout.data)
                sink("stderr", ended.stderr.data)
        except asyncio.CancelledError:
            ended = Outcome.unheard(*self._stop_cause(node))
            if not node.is_stopped:
                raise
        finally:
            await self._close(node, row, ended, recorded.waited_s or 0.0)
        return ended

    async def play(self, actor: Asker, recorded: NodeRecord | None) -> None:
        """Do what was done in a node's jail, or by the operator, in the recorded order.

        Programs that it executed are begun again, and waited for where it came later than their
        recorded ends: what they wrote into the memory is there then.
        """
        actors: dict[str | None, Asker] = {recorded.id if recorded else None: actor}
        children: list[tuple[float, Node]] = []
        scopes: list[tuple[Node, NodeRecord]] = []
        for at, deed in self.past.deeds(recorded.id if recorded else None):
            await _ended(child for ended_at, child in children if ended_at <= at)
            match deed:
                case QueryRecord() if past.holds_answer(deed):
                    await self.answer(actors[deed.node], past.again(deed))
                case QueryRecord():
                    await self._unanswered_again(actors[deed.node], deed)
                case EventRecord():
                    await self._event_again(actors[deed.node], deed)
                case NodeRecord(kind="scope"):
                    assert isinstance(actor, Node)
                    scope = await self._scope_again(actors[deed.parent], deed, actor)
                    actors[deed.id] = scope
                    scopes.append((scope, deed))
                case NodeRecord():
                    program = Program(Language(deed.language), deed.program)
                    child = await self.begin(
                        actors[deed.parent], program, self._link(deed), kind=deed.kind
                    )
                    if isinstance(child, Node):
                        children.append((_end(deed), child))
        until = _end(recorded) if recorded else float("inf")
        await _ended(child for ended_at, child in children if ended_at <= until)
        for scope, deed in reversed(scopes):
            self.leave(scope, self.past.outcome(deed))

    async def _unanswered_again(self, asker: Asker, told: QueryRecord) -> None:
        _, row = self._asked(asker, past.again(told))
        self.ledger.spend_query(asker.id, 0)
        failed = replace(
            row,
            decision=Decision.FAILED,
            error=told.error or "the record holds no answer",
            finish_reason=told.finish_reason,
            ended_at=record.now(),
            source="recorded",
        )
        await self._durable(self._store.add(failed))

    async def _event_again(self, asker: Asker, event: EventRecord) -> None:
        name, content = event.detail.get("key", ""), event.content or ""
        match event.kind:
            case "refused":
                program = Program(Language(event.detail["language"]), content)
                await self._refusal(asker, program, self._name(asker, program).key)
                return
            case "memory_put" | "memory_append" if "denial" not in event.detail:
                self.memory.write(asker, name, content, replaces=event.kind == "memory_put")
            case "memory_get" if "denial" not in event.detail:
                asker.read(name, *self.memory.read(asker, name))
        await self._durable(
            self.note(asker, event.kind, event.detail, event.content, event.observer, key=event.key)
        )

    async def _scope_again(self, parent: Asker, recorded: NodeRecord, jail: Node) -> Node:
        program = Program(Language(recorded.language), recorded.program)
        name = self._name(parent, program)
        self.ledger.spend_node(parent.id)
        link = self._link(recorded)
        scope, row = self._sprout(parent, program, link, "scope", name, jail)
        scope.record = replace(row, source="recorded")
        await self._durable(self._store.add(scope.record))
        return scope

    def _link(self, recorded: NodeRecord) -> Link:
        coverage = recorded.link_coverage
        return Link(
            query=self._again.get(recorded.origin_query or ""),
            evidence=recorded.link_evidence,
            coverage=(coverage[0], coverage[1]) if coverage else None,
            candidates=recorded.link_candidates,
        )

    # --- what a program is told of its surroundings

    async def tell(self, asker: Asker, kind: str, told: str, value: Any, **facts: Any) -> Any:
        found = self.recalled(asker, kind, facts)
        if found is not None:
            value = found.detail[told]
        return await super().tell(asker, kind, told, value, **facts)

    def recalled(self, asker: Asker, kind: str, facts: dict[str, Any]) -> EventRecord | None:
        """Return the recorded event whose name the next one of a kind will have."""
        subject = event_subject(kind, facts)
        return self.past.event(keys.event_key(asker.key, subject, asker.counts[subject]))


async def _ended(children: Iterable[Node]) -> None:
    works = [child.work for child in children if child.work is not None]
    if works:
        await asyncio.wait(works)


def _end(recorded: NodeRecord) -> float:
    return past.instant(recorded.ended_at) if recorded.ended_at else float("inf")
