"""The recursion: two verbs, each calling the other through the door.

    answer(query)     reserve -> complete -> settle -> record -> text back to the guest
    execute(program)  reserve -> record -> jail -> outcome -> record -> status back to the guest

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
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AsyncExitStack
from dataclasses import asdict, replace
from typing import Any

from recursor import keys, programs, prompts
from recursor.broker import protocol
from recursor.broker.door import Door
from recursor.budget import Ledger, Reservation, Wait
from recursor.errors import ModelError, RecursorError, SandboxError, StoreError, UsageError
from recursor.jail.launcher import Jails, Sink
from recursor.models.base import Model
from recursor.programs import Delivered
from recursor.prompts import Pack
from recursor.records import EventRecord, NodeRecord, QueryRecord, RunRecord
from recursor.runs import record
from recursor.runs.control import Control
from recursor.runs.guest import Guest
from recursor.runs.node import Asker, Node, Pending
from recursor.runs.pool import Cell, Pool
from recursor.runs.turn import Turn
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
    Request,
    RunConfig,
    RunEnd,
    Sampling,
)

STOPPED = "the run was stopped"


class Growth:
    """One run while it grows."""

    def __init__(
        self,
        config: RunConfig,
        model: Model,
        pack: Pack,
        store: Store,
        jails: Jails,
    ) -> None:
        self.config = config
        self.ledger = Ledger(config.limits)
        self.nodes: list[Node] = []
        self.denials: Counter[str] = Counter()
        self.decode_tokens = 0
        self.decode_s = 0.0
        self._model = model
        self._pack = pack
        self._store = store
        self._jails = jails
        self._language = config.language or Language.BASH
        self._operator = Asker(keys.operator_key(config.goal))
        self._places = asyncio.Semaphore(config.parallel)
        self._pool = Pool(jails, config.warm)
        self._settled = asyncio.Event()
        self._defect: BaseException | None = None
        self._stopped: asyncio.Future[tuple[RunEnd, str | None]] = asyncio.Future()
        self._arrivals = 0
        self._events = 0
        self._started = time.monotonic()
        self.run: RunRecord | None = None

    # --- the run

    async def grow(self, started: Callable[[Growth], None] = lambda _: None) -> RunRecord:
        """Grow the tree until it ends or is stopped; return the run's completed record.

        Raises SandboxError before anything is recorded if no jail can prove its isolation, and
        StoreError if the record cannot be written.
        """
        async with AsyncExitStack() as until_proven, self._pool.open():
            isolation = await self._pool.prove_fully()
            root, sampling = self._pack.root(self.config.goal, self._language)
            self._model.render(root)
            self._started = time.monotonic()
            self.run = record.begin(
                self.config, self._model.info, self._pack, sampling, isolation,
                self._jails.profile_text,
            )  # fmt: skip
            lock = self._store.hold(self.run.id)
            until_proven.callback(lock.release)
            # Whoever stopped the run hears of its end when no jail and no unwritten row is left.
            control = Control(self, self._store.control(self.run.id), self._jails)
            await until_proven.enter_async_context(control.open())
            self._pool.fill(self._nodes_left)
            await self._durable(self._store.add(self.run))
            started(self)
            end, detail = await self._until_end()
            ended = replace(self.run, ended_at=record.now(), end_cause=str(end), end_detail=detail)
            await self._durable(self._store.complete(self.run, ended))
            self.run = ended
        if self._defect is not None:
            raise self._defect
        return ended

    def stop(self, end: RunEnd, detail: str | None = None) -> None:
        """End the run from outside its tree; the first reason given is the one recorded."""
        if not self._stopped.done():
            self._stopped.set_result((end, detail))

    async def stop_node(self, reference: str) -> list[Node]:
        """End a node and everything below it; return the nodes that still lived.

        `reference` is the node's id or an end of it. Raises UsageError if no single node has it.
        Nothing of the subtree is written any more afterwards.
        """
        part = reference.upper()
        found = [node for node in self.nodes if node.id.endswith(part) or node.id.startswith(part)]
        if len(found) != 1:
            raise UsageError(f"{len(found) or 'no'} nodes match {reference!r}")
        subtree = [node for node in self.nodes if node.is_below(found[0])]
        living = [node for node in subtree if node.record.end_cause is None]
        for node in subtree:
            node.is_stopped = True
        await asyncio.gather(*(node.end(*self._stop_cause(node)) for node in subtree))
        return living

    @property
    def doors_open(self) -> int:
        """How many doors serve a living jail or a request."""
        living = [node for node in self.nodes if node.record.end_cause is None]
        return sum(1 for node in living if node.cell) + sum(bool(d.requests) for d in self._doors)

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self._started

    async def _until_end(self) -> tuple[RunEnd, str | None]:
        loop = asyncio.get_running_loop()
        limit = self.config.limits.seconds
        alarm = loop.call_later(limit, self.stop, RunEnd.BUDGET, f"{limit:g} s are over")
        tree = asyncio.create_task(self._grow_tree())
        try:
            await _first(tree, self._stopped)
        finally:
            alarm.cancel()
            # Every coroutine of the tree completes its own records when it is cancelled.
            self.stop(RunEnd.COMPLETED)
            tree.cancel()
            await asyncio.gather(tree, return_exceptions=True)
            while ending := [door.end() for door in self._doors if door.requests]:
                await asyncio.gather(*ending)
        stopped = self._stopped.result()
        if stopped[0] is not RunEnd.COMPLETED or tree.cancelled():
            return stopped
        if error := tree.exception():
            self._notice(error)
            return _end_of(error), str(error)
        return tree.result(), None

    async def _grow_tree(self) -> RunEnd:
        program, link = self.config.root, OWN_CODE
        if program is None:
            answer = await self.answer(self._operator, protocol.Query(self.config.goal))
            if isinstance(answer, Denial):
                return RunEnd.BUDGET
            if isinstance(answer, ModelError):
                raise answer
            program = programs.extract(answer.text, self.config.language)
            if program is None:
                return RunEnd.NO_PROGRAM
            link = programs.link(program.text, self._operator.heard())
        if isinstance(await self.execute(self._operator, program, link), Denial):
            return RunEnd.BUDGET
        while requests := [task for door in self._doors for task in door.requests]:
            await asyncio.wait(requests)
        return RunEnd.COMPLETED

    # --- the first verb

    async def answer(self, asker: Asker, query: protocol.Query) -> Answer | Denial | ModelError:
        """Answer a query of a node, or of the operator."""
        row, call, rank = self._ask(asker, query)
        tokens = self._model.count(call.rendered) + call.sampling.max_tokens
        try:
            grant = await self._reserve(asker, tokens)
        except asyncio.CancelledError:
            attempt = replace(row, decision=Decision.FAILED, error=STOPPED, ended_at=record.now())
            await self._durable(self._store.add(attempt))
            raise
        if isinstance(grant, Denial):
            self.denials[grant.limit] += 1
            denied = replace(
                row, decision=Decision.DENIED, denial=asdict(grant), ended_at=record.now()
            )
            await self._durable(self._store.add(denied))
            return grant
        with asker.asking(rank) as pending:
            return await self._complete(asker, row, call, grant, pending)

    def _ask(self, asker: Asker, query: protocol.Query) -> tuple[QueryRecord, Request, str]:
        """Name and count an attempt: its record so far, the model call it wants, and its rank."""
        if asker is self._operator:
            prompt, sampling = self._pack.root(query.prompt, self._language)
        else:
            words = prompts.attribute(query.prompt, asker.heard())
            prompt, sampling = self._pack.guest(words, self._language)
        sampling = self._sampling(sampling, query)
        rendered = self._model.render(prompt)
        parameters = asdict(sampling)
        request = keys.request_digest(
            "query",
            model_digest=self._model.info.digest,
            pack_digest=self._pack.digest,
            text=query.prompt,
            rendered=rendered.text,
            parameters=parameters,
        )
        rank = keys.rank(request, query.key)
        occurrence, repeat = asker.count(rank), asker.count(f"text:{query.prompt}")
        key = keys.query_key(asker.key, rank, occurrence)
        arrival, self._arrivals = self._arrivals, self._arrivals + 1
        row = QueryRecord(
            id=record.new_id(),
            run=self._run_id,
            node=asker.id,
            key=key,
            label=query.key,
            occurrence=occurrence,
            exchangeable=False,
            request_digest=request,
            prompt=query.prompt,
            rendered=rendered.text,
            spans=[asdict(span) for span in rendered.spans],
            parameters=parameters,
            seed=keys.seed(self.config.seed, key),
            decision=Decision.GRANTED,
            ledger=self.ledger.state(),
            arrival=arrival,
            started_at=record.now(),
        )
        return row, Request(rendered, sampling, row.seed, query.prompt, repeat), rank

    async def _complete(
        self,
        asker: Asker,
        row: QueryRecord,
        call: Request,
        grant: Reservation,
        pending: Pending,
    ) -> Answer | ModelError:
        """Ask the model and complete the query's record, whatever happens."""
        asked = time.monotonic()
        outcome: dict[str, Any] = {"decision": Decision.FAILED, "error": STOPPED}
        used = 0
        try:
            await self._durable(self._store.add(row))
            answer = await self._model.complete(call)
            spent_s = answer.prefill_s + answer.decode_s
            used = answer.prompt_tokens + answer.answer_tokens
            self.decode_tokens += answer.answer_tokens
            self.decode_s += answer.decode_s
            outcome = {
                "answer": answer.text,
                "answer_token_ids": answer.token_ids and list(answer.token_ids),
                "finish_reason": answer.finish_reason,
                "prompt_tokens": answer.prompt_tokens,
                "answer_tokens": answer.answer_tokens,
                "queue_s": max(0.0, time.monotonic() - asked - spent_s),
                "prefill_s": answer.prefill_s,
                "decode_s": answer.decode_s,
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
        asker.answers.append(Delivered(row.id, row.key, answer.text))
        return answer

    async def _reserve(self, asker: Asker, tokens: int) -> Reservation | Denial:
        """Reserve, waiting as long as only other queries' reservations stand in the way."""
        while True:
            grant = self.ledger.reserve_query(asker.id, tokens, self.elapsed_s)
            if not isinstance(grant, Wait):
                return grant
            await self._settled.wait()

    def _settle(self, grant: Reservation, tokens: int) -> None:
        self.ledger.settle(grant, tokens)
        self._settled.set()
        self._settled = asyncio.Event()

    def _sampling(self, sampling: Sampling, query: protocol.Query) -> Sampling:
        limit = self.config.limits.answer_tokens
        return replace(
            sampling,
            max_tokens=min(query.max_tokens or limit, limit),
            temperature=sampling.temperature if query.temperature is None else query.temperature,
        )

    # --- the second verb

    async def execute(
        self, parent: Asker, program: Program, link: Link, sink: Sink | None = None
    ) -> Outcome | Denial:
        """Execute a program as a child of a node, or of the operator."""
        denial = self.ledger.reserve_node(parent.id, parent.depth + 1, self.elapsed_s)
        if denial is not None:
            self.denials[denial.limit] += 1
            await self.event(
                parent,
                "refused",
                {"denial": asdict(denial), "language": program.language},
                program=program.text,
            )
            return denial
        node, row = self._sprout(parent, program, link)
        # A task of its own, so that a node can be stopped without its parent's request.
        node.work = asyncio.create_task(self._live(node, row, program, sink))
        try:
            await asyncio.wait([node.work])
        except asyncio.CancelledError:
            node.work.cancel()
            await asyncio.gather(node.work, return_exceptions=True)
            raise
        return node.work.result()

    async def _live(
        self, node: Node, row: NodeRecord, program: Program, sink: Sink | None
    ) -> Outcome:
        """Run a node's program in a jail and complete its record, whatever happens."""
        ended = Outcome.unstarted(NodeEnd.KILLED, "recursor")
        try:
            await self._durable(self._store.add(row))
            await node.turn.take()
            async with self._pool.cell(self._nodes_left) as node.cell:
                await self._in_cell(node, node.cell, program, sink)
        except asyncio.CancelledError:
            ended = Outcome.unstarted(*self._stop_cause(node))
            if not node.is_stopped:
                raise
        except SandboxError:
            ended = Outcome.unstarted(NodeEnd.REFUSED, "recursor")
            raise
        finally:
            if node.cell is not None:
                ended = node.cell.jail.outcome()
            node.turn.end()
            node.record = record.end_node(node.record, ended, node.turn.waited_s)
            for file in [self._store.add(left) for left in record.files(node.record, ended)]:
                await self._durable(file)
            await self._durable(self._store.complete(row, node.record))
        return ended

    async def _in_cell(self, node: Node, cell: Cell, program: Program, sink: Sink | None) -> None:
        """Send a cell its program and wait for its end."""
        node.record = replace(node.record, isolation=cell.isolation.as_dict())
        timeout = asyncio.create_task(node.turn.used_up())
        try:
            cell.send(program, Guest(self, node), sink)
            node.turn.begin()
            await _first(cell.jail.ended, timeout)
            cell.jail.kill(NodeEnd.TIMEOUT, "program_seconds")
            await cell.jail.wait()
        except asyncio.CancelledError:
            cell.jail.kill(*self._stop_cause(node))
            raise
        finally:
            timeout.cancel()

    def _sprout(self, parent: Asker, program: Program, link: Link) -> tuple[Node, NodeRecord]:
        """Make the node that a granted execution becomes."""
        what = f"child:{link.key}:{program.language}:{program.digest}"
        occurrence, index = parent.count(what), parent.children
        parent.children += 1
        key = keys.node_key(parent.key, link.key, program.language, program.digest, occurrence)
        row = NodeRecord(
            id=record.new_id(),
            run=self._run_id,
            parent=parent.id,
            depth=parent.depth + 1,
            index=index,
            key=key,
            occurrence=occurrence,
            origin_query=link.query,
            link_evidence=link.evidence,
            link_coverage=link.coverage and list(link.coverage),
            link_candidates=link.candidates,
            language=program.language,
            program=program.text,
            jail=str(len(self.nodes) + 1),
            kind="jail",
            started_at=record.now(),
        )
        turn = Turn(self._places, self.config.limits.program_seconds)
        node = Node(key, row.depth, parent, record=row, turn=turn)
        self.nodes.append(node)
        return node, row

    # --- the record and the end

    async def event(
        self, asker: Asker, kind: str, detail: dict[str, Any], program: str | None = None
    ) -> None:
        """Record a fact about a node that the broker saw."""
        sequence, self._events = self._events, self._events + 1
        row = EventRecord(
            run=self._run_id,
            node=asker.id,
            sequence=sequence,
            time_ns=time.time_ns(),
            kind=kind,
            observer="broker",
            detail=detail,
            program=program,
        )
        await self._durable(self._store.add(row))

    def left(self, asker: Asker) -> dict[str, float]:
        """Return what is left of the budget, as a node sees it."""
        return self.ledger.left(asker.id, asker.depth, self.elapsed_s)

    def fault(self, error: Exception) -> None:
        """End the run because the instrument itself failed."""
        self._notice(error)
        self.stop(_end_of(error), str(error))

    def _notice(self, error: BaseException) -> None:
        """Keep what is no foreseen fault but a defect, to be raised once the record is closed."""
        if not isinstance(error, RecursorError):
            self._defect = error

    def _stop_cause(self, node: Node) -> tuple[NodeEnd, str]:
        match RunEnd.STOPPED if node.is_stopped else self._stopped.result()[0]:
            case RunEnd.STOPPED:
                return NodeEnd.STOPPED, "operator"
            case RunEnd.BUDGET:
                return NodeEnd.BUDGET, "seconds"
            case RunEnd.INTERRUPTED:
                return NodeEnd.KILLED, "operator"
        return NodeEnd.KILLED, "recursor"

    @property
    def _doors(self) -> list[Door]:
        return [node.cell.door for node in self.nodes if node.cell is not None]

    @property
    def _nodes_left(self) -> int:
        return self.config.limits.nodes - self.ledger.nodes

    @property
    def _run_id(self) -> str:
        assert self.run is not None
        return self.run.id

    async def _durable(self, written: Future[None]) -> None:
        await asyncio.wrap_future(written)


def _end_of(error: BaseException) -> RunEnd:
    match error:
        case SandboxError():
            return RunEnd.SANDBOX
        case StoreError():
            return RunEnd.STORE
        case ModelError():
            return RunEnd.MODEL
    return RunEnd.FAULT


async def _first(*awaited: asyncio.Future[Any], timeout_s: float | None = None) -> None:
    await asyncio.wait(awaited, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
