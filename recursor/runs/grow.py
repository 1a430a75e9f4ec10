"""The recursion: two verbs, each calling the other through the door.

    answer(query)     reserve -> complete -> settle -> record -> text back to the guest
    execute(program)  reserve -> record -> jail -> outcome -> record -> status back to the guest

A program that executes another one inside its own jail makes a scope: `enter` and `leave` are the
two ends of an execute without a jail.

The operator asks the root query; the program in its answer is executed; everything after that is
asked for by programs. What a program does wrong is data: a denial, a failed query, an exit code.
Only faults of the instrument itself (no proof of isolation, no record) end a run.

Every record is durable before its effect is visible: a node before its program starts, an attempt
before the model is asked, an answer before the guest reads it.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, replace
from functools import partial
from typing import Any, NamedTuple

from recursor import keys, programs
from recursor.broker import protocol
from recursor.broker.door import Gone
from recursor.budget import Reservation, Wait
from recursor.errors import ModelError, SandboxError
from recursor.jail.launcher import Jails, Sink
from recursor.models.base import Models
from recursor.policies import chance, copies, patterns
from recursor.policies.chance import Fate
from recursor.policies.copies import Other
from recursor.programs import Delivered
from recursor.prompts import Pack
from recursor.records import NodeRecord, QueryRecord
from recursor.runs import ask, record
from recursor.runs.ask import Attempt
from recursor.runs.busy import Busy
from recursor.runs.guest import Guest
from recursor.runs.life import Life
from recursor.runs.memory import Memory
from recursor.runs.node import Asker, Node, Pending
from recursor.runs.pool import Cell
from recursor.runs.turn import Turn
from recursor.store import Store
from recursor.types import (
    OWN_CODE,
    Answer,
    Approval,
    Decision,
    Denial,
    Limit,
    Link,
    NodeEnd,
    Outcome,
    Program,
    RunConfig,
    RunEnd,
)

STOPPED = "the run was stopped"


class Name(NamedTuple):
    """How something that somebody wants to execute is called, whether it may or not."""

    key: str
    occurrence: int
    """How often the same program was wanted before, by the same one."""


Approve = Callable[[Program, Asker], Awaitable[bool]]
"""Asks the person whether a program may run, as a child of somebody."""


class Growth(Life):
    """One run while it grows."""

    def __init__(
        self,
        config: RunConfig,
        models: Models,
        pack: Pack,
        store: Store,
        jails: Jails,
        approve: Approve | None = None,
    ) -> None:
        """`approve` asks the person whether a program may run; without it nobody is asked."""
        super().__init__(config, models, pack, store, jails)
        self.memory = Memory(config.memory)
        self.denials: Counter[str] = Counter()
        self.answer_tokens = 0
        self.model_busy = Busy()
        self.operator = Asker(keys.operator_key(config.goal))
        self._approve = approve
        self._places = asyncio.Semaphore(config.parallel)
        self._settled = asyncio.Event()
        self._arrivals = 0

    async def follow_goal(self) -> RunEnd:
        """Ask the root query and execute the program in its answer."""
        ended: Outcome | Denial | None
        if self.config.root is not None:
            ended = await self.execute(self.operator, self.config.root, OWN_CODE)
        else:
            answer = await self.answer(self.operator, protocol.Query(self.config.goal))
            if isinstance(answer, Denial):
                return RunEnd.BUDGET
            if isinstance(answer, ModelError):
                raise answer
            ended = await self.execute_answer(answer)
        if ended is None:
            return RunEnd.NO_PROGRAM
        if isinstance(ended, Denial):
            return RunEnd.BUDGET if ended.limit in list(Limit) else RunEnd.REFUSED
        return RunEnd.COMPLETED

    async def execute_answer(
        self, answer: Answer, sink: Sink | None = None
    ) -> Outcome | Denial | None:
        """Execute the program in an answer to the operator; return None if it holds none."""
        program = programs.extract(answer.text, self.config.language)
        if program is None:
            return None
        link = programs.link(program.text, self.operator.near(), exact="broker")
        return await self.execute(self.operator, program, link, sink)

    # --- the first verb

    async def answer(
        self, asker: Asker, query: protocol.Query, gone: Gone | None = None
    ) -> Answer | Denial | ModelError:
        """Answer a query of a node, or of the operator, unless it is gone meanwhile."""
        attempt, row = self._asked(asker, query)
        return await self._decide(asker, attempt, row, gone)

    def _asked(self, asker: Asker, query: protocol.Query) -> tuple[Attempt, QueryRecord]:
        """Name and count a query; return it and its row."""
        attempt = self._attempt(asker, query)
        arrival, self._arrivals = self._arrivals, self._arrivals + 1
        return attempt, attempt.begin(self._run_id, asker, query, self.ledger.state(), arrival)

    def _holds_for(self, asker: Asker) -> RunConfig:
        """Return the configuration that holds for a node."""
        return self.config

    def _attempt(self, asker: Asker, query: protocol.Query) -> Attempt:
        return ask.attempt(self.config, self.models, self._pack, asker, query)

    async def _decide(
        self, asker: Asker, attempt: Attempt, row: QueryRecord, gone: Gone | None
    ) -> Answer | Denial | ModelError:
        """Deny a query, or let the model answer it."""
        config = self._holds_for(asker)
        policies = config.policies
        fate = chance.draw(policies, config.seed, row.key) if row.node else Fate.NOTHING
        try:
            if attempt.error is not None:
                raise attempt.error
            refusal = patterns.judge("filter", policies.forbid_prompts, row.prompt)
            if refusal is None and fate is Fate.DENIED:
                refusal = chance.DENIAL
            grant = refusal or await self._reserve(asker, attempt)
        except (ModelError, asyncio.CancelledError) as error:
            failed = replace(
                row,
                decision=Decision.FAILED,
                error=str(error) or STOPPED,
                finish_reason=getattr(error, "kind", None),
                ended_at=record.now(),
            )
            await self._durable(self._store.add(failed))
            if isinstance(error, ModelError):
                return error
            raise
        if isinstance(grant, Denial):
            return await self._deny(row, grant)
        if fate is Fate.FAILED:
            row = replace(row, denial=asdict(chance.DENIAL))
        with asker.asking(attempt.rank) as pending:
            return await self._complete(asker, attempt, row, grant, pending, gone)

    async def _deny(self, row: QueryRecord, denial: Denial) -> Denial:
        self.denials[denial.limit] += 1
        denied = replace(
            row, decision=Decision.DENIED, denial=asdict(denial), ended_at=record.now()
        )
        await self._durable(self._store.add(denied))
        return denial

    async def _complete(
        self,
        asker: Asker,
        attempt: Attempt,
        row: QueryRecord,
        grant: Reservation,
        pending: Pending,
        gone: Gone | None,
    ) -> Answer | ModelError:
        """Ask the model and complete the query's record, whatever happens."""
        asked = time.monotonic()
        outcome: dict[str, Any] = {"decision": Decision.FAILED, "error": STOPPED}
        used = 0
        try:
            await self._durable(self._store.add(row))
            if row.denial is not None:
                raise ModelError(chance.FAILURE)
            with self.model_busy.under_way():
                answer = await _unless_gone(attempt.model.complete(attempt.call), gone)
            queue_s = answer.queue_s
            if queue_s is None:
                queue_s = max(0.0, time.monotonic() - asked - answer.prefill_s - answer.decode_s)
            used = answer.prompt_tokens + answer.answer_tokens
            self.answer_tokens += answer.answer_tokens
            outcome = {
                "answer": answer.text,
                "answer_token_ids": answer.token_ids and list(answer.token_ids),
                "finish_reason": answer.finish_reason,
                "prompt_tokens": answer.prompt_tokens,
                "cached_prompt_tokens": answer.cached_tokens,
                "answer_tokens": answer.answer_tokens,
                "queue_s": queue_s,
                "prefill_s": answer.prefill_s,
                "decode_s": answer.decode_s,
                "source": answer.source,
            }
        except ModelError as error:
            outcome = {
                "decision": Decision.FAILED,
                "error": str(error),
                "finish_reason": error.kind,
            }
            return error
        finally:
            self._settle(grant, used)
            ended = replace(
                row, ended_at=record.now(), exchangeable=pending.exchangeable, **outcome
            )
            await self._durable(self._store.complete(row, ended))
        asker.hear(Delivered(row.id, answer.text))
        return answer

    async def _reserve(self, asker: Asker, attempt: Attempt) -> Reservation | Denial:
        """Reserve, waiting as long as only other queries' reservations stand in the way."""
        denial = self.ledger.refuses_query(asker.id, self.elapsed_s)
        if denial is not None:  # its tokens need not be counted: that can take a while
            return denial
        tokens = attempt.model.count(attempt.call.rendered) + attempt.call.sampling.max_tokens
        while True:
            grant = self.ledger.reserve_query(asker.id, tokens, self.elapsed_s)
            if not isinstance(grant, Wait):
                return grant
            await self._settled.wait()
            if self._stopped.done():  # what settled was broken off: nobody is told of a denial
                raise asyncio.CancelledError

    def _settle(self, grant: Reservation, tokens: int) -> None:
        self.ledger.settle(grant, tokens)
        self._settled.set()
        self._settled = asyncio.Event()

    # --- the second verb

    async def execute(
        self, parent: Asker, program: Program, link: Link, sink: Sink | None = None
    ) -> Outcome | Denial:
        """Execute a program as a child of a node, or of the operator; return how it ended."""
        node = await self.begin(parent, program, link, sink)
        if isinstance(node, Denial):
            return node
        assert node.work is not None
        try:
            await asyncio.wait([node.work])
        except asyncio.CancelledError:
            node.work.cancel()
            await asyncio.gather(node.work, return_exceptions=True)
            raise
        return node.work.result()

    async def begin(
        self,
        parent: Asker,
        program: Program,
        link: Link,
        sink: Sink | None = None,
        kind: str = "jail",
    ) -> Node | Denial:
        """Start a program in a jail of its own; its work goes on by itself."""
        name = self._name(parent, program)
        denial = await self._refusal(parent, program, name.key)
        if denial is not None:
            return denial
        node, row = self._sprout(parent, program, link, kind, name)
        # A task of its own, so that a node can be stopped without its parent's request.
        node.work = asyncio.create_task(self._live(node, row, program, sink))
        node.work.add_done_callback(partial(self._heed, node, row))
        return node

    def _heed(self, node: Node, row: NodeRecord, work: asyncio.Task[Outcome]) -> None:
        """A fault of the instrument ends the run, whether somebody waits for the program or not."""
        if node.is_living:  # its work was broken off before its first step
            self._store.add(row)
            node.record = record.end_node(row, Outcome.unheard(*self._stop_cause(node)), 0.0)
            self._store.complete(row, node.record)
        error = None if work.cancelled() else work.exception()
        if isinstance(error, Exception):
            self.fault(error)

    async def enter(self, parent: Node, program: Program, link: Link, how: str) -> Node | Denial:
        """Let a program execute another one inside its own jail."""
        name = self._name(parent, program)
        denial = await self._refusal(parent, program, name.key)
        if denial is not None:
            return denial
        scope, row = self._sprout(parent, program, link, "scope", name, parent.jail)
        added = self._store.add(row)
        self.note(scope, "enter", {"how": how}, observer="hook")
        try:
            await self._durable(added)
        except asyncio.CancelledError:
            self.leave(scope, Outcome.unheard(*self._stop_cause(scope)))
            raise
        return scope

    def leave(self, scope: Node, outcome: Outcome) -> None:
        """Complete the record of a scope that is over."""
        before = scope.record
        scope.record = record.end_node(before, outcome, 0.0)
        self._store.complete(before, scope.record)

    def _name(self, parent: Asker, program: Program) -> Name:
        """Name and count what somebody wants to execute."""
        occurrence = parent.count(f"child:{program.language}:{program.digest}")
        key = keys.node_key(parent.key, program.language, program.digest, occurrence)
        return Name(key, occurrence)

    async def _refusal(self, parent: Asker, program: Program, key: str) -> Denial | None:
        """Reserve a node for a program, or record why it must not run.

        What a program asked for whose jail has ended is broken off.
        """
        break_off_the_dead(parent)
        denial = (
            patterns.judge("forbid_program", self.config.policies.forbid_programs, program.text)
            or copies.judge(self.config.policies, program.text, self._others(parent))
            or self.ledger.reserve_node(parent.id, parent.depth + 1, self.elapsed_s)
        )
        if denial is None:
            try:
                approved = await self._approved(parent, program)
                break_off_the_dead(parent)
            except asyncio.CancelledError:
                self.ledger.give_back_node(parent.id)
                broken: dict[str, Any] = {"language": program.language}
                self.note(parent, "broken_off", broken, content=program.text, key=key)
                raise
            if not approved:
                self.ledger.give_back_node(parent.id)
                denial = Denial("approval", 0, 1)
        if denial is not None:
            await self._refuse(parent, program, key, denial)
        return denial

    async def _refuse(self, parent: Asker, program: Program, key: str, denial: Denial) -> None:
        self.denials[denial.limit] += 1
        detail = {"denial": asdict(denial), "language": program.language}
        await self._durable(self.note(parent, "refused", detail, content=program.text, key=key))

    def _others(self, parent: Asker) -> Iterator[Other]:
        above = set(map(id, parent.lineage()))
        for node in self.nodes:
            yield Other(node.record.program, node.is_living, id(node) in above)

    async def _approved(self, parent: Asker, program: Program) -> bool:
        asked = self.config.approve
        if asked is Approval.NONE or (asked is Approval.ROOT and parent is not self.operator):
            return True
        return self._approve is not None and await self._approve(program, parent)

    async def _live(
        self, node: Node, row: NodeRecord, program: Program, sink: Sink | None
    ) -> Outcome:
        """Run a node's program in a jail and complete its record, whatever happens."""
        ended = Outcome.unheard(NodeEnd.KILLED, "recursor")
        try:
            await self._durable(self._store.add(row))
            await node.turn.take()
            async with self._pool.cell(self._nodes_left) as node.cell:
                await self._in_cell(node, node.cell, program, sink)
        except asyncio.CancelledError:
            ended = Outcome.unheard(*self._stop_cause(node))
            if not node.is_stopped:
                raise
        except SandboxError:
            ended = Outcome.unheard(NodeEnd.REFUSED, "recursor")
            raise
        finally:
            if node.cell is not None:
                ended = node.cell.jail.outcome()
            if node.guest is not None:
                node.guest.end(ended)
            node.turn.end()
            await self._close(node, row, ended, node.turn.waited_s)
        return ended

    async def _close(self, node: Node, row: NodeRecord, ended: Outcome, waited_s: float) -> None:
        """Complete a node's record, with what its program left behind; `row` is what was added."""
        node.record = record.end_node(node.record, ended, waited_s)
        written = [self._store.add(left) for left in record.files(node.record, ended)]
        written.append(self._store.complete(row, node.record))
        for each in written:  # all are on their way: being cancelled here loses nothing
            await self._durable(each)

    async def _in_cell(self, node: Node, cell: Cell, program: Program, sink: Sink | None) -> None:
        """Send a cell its program and wait for its end."""
        node.record = replace(node.record, isolation=cell.isolation.as_dict())
        node.guest = Guest(self, node, cell.pid)
        files = self.config.files if node.parent is self.operator else ()
        timeout = asyncio.create_task(node.turn.used_up())
        try:
            seed = keys.seed(self._holds_for(node).seed, node.key)
            cell.send(program, node.guest, sink, files, seed)
            node.turn.begin()
            await asyncio.wait((cell.jail.ended, timeout), return_when=asyncio.FIRST_COMPLETED)
            cell.jail.kill(NodeEnd.TIMEOUT, "program_seconds")
            await cell.jail.wait()
        except asyncio.CancelledError:
            cell.jail.kill(*self._stop_cause(node))
            raise
        finally:
            timeout.cancel()

    def _sprout(
        self,
        parent: Asker,
        program: Program,
        link: Link,
        kind: str,
        name: Name,
        within: Node | None = None,
    ) -> tuple[Node, NodeRecord]:
        """Make the node that a granted execution becomes."""
        index, parent.children = parent.children, parent.children + 1
        jail = within.record.jail if within else str(len(self.nodes) + 1)
        row = NodeRecord(
            id=record.new_id(),
            run=self._run_id,
            parent=parent.id,
            depth=parent.depth + 1,
            index=index,
            key=name.key,
            occurrence=name.occurrence,
            origin_query=link.query,
            link_evidence=link.evidence,
            link_coverage=link.coverage and list(link.coverage),
            link_candidates=link.candidates,
            language=program.language,
            program=program.text,
            jail=jail,
            kind=kind,
            started_at=record.now(),
        )
        limits = self._holds_for(Asker(name.key, row.depth, parent)).limits
        turn = within.turn if within else Turn(self._places, limits.program_seconds)
        node = Node(name.key, row.depth, parent, record=row, turn=turn, within=within)
        self.nodes.append(node)
        self.ledger.open(parent.id, node.id)
        return node, row

    # --- what a program is told of its surroundings

    def left(self, asker: Asker) -> dict[str, float]:
        """Return what is left of the budget, as a node sees it."""
        return self.ledger.left(asker.id, asker.depth, self.elapsed_s)

    async def tell(self, asker: Asker, kind: str, told: str, value: Any, **facts: Any) -> Any:
        """Record what a program is to be told of the run; return it."""
        await self.event(asker, kind, {**facts, told: value})
        return value

    async def stop_for(self, asker: Node, node: Node) -> None:
        """Stop a program, and all below it, for another one."""
        await self.stop_below(node, f"program {asker.name}")


async def _unless_gone(answering: Awaitable[Answer], gone: Gone | None) -> Answer:
    """Wait for an answer. Raise ModelError, and let it go, if nobody is there any more to hear."""
    asked = asyncio.ensure_future(answering)
    others = [asyncio.ensure_future(gone())] if gone else []
    try:
        await asyncio.wait((asked, *others), return_when=asyncio.FIRST_COMPLETED)
        if not asked.done():
            raise ModelError("whoever asked is gone", "gone")
    finally:
        for future in (asked, *others):
            future.cancel()
        await asyncio.gather(asked, *others, return_exceptions=True)
    return asked.result()


def break_off_the_dead(parent: Asker) -> None:
    """Raise CancelledError for whoever is not there any more."""
    if isinstance(parent, Node) and (parent.jail.is_stopped or not parent.jail.is_living):
        raise asyncio.CancelledError
