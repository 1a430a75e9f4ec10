"""The run's side of a door: a jail's requests become the verbs, their results replies.

Whose request it is, ancestry says. The scopes that open and close inside the jail are kept here.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from recursor import programs
from recursor.broker import protocol
from recursor.broker.ancestry import Ancestry
from recursor.broker.door import Gone, Reply
from recursor.errors import ModelError
from recursor.models.base import NOT_ASKED, UNKNOWN_MODEL
from recursor.runs.node import Node
from recursor.runs.trace import Room, Trace
from recursor.types import Denial, Link, NodeEnd, Outcome, Program, StopReach, Visible

if TYPE_CHECKING:
    from recursor.runs.grow import Growth

DENIALS_FREE, DENIALS_END = 1_000, 10_000
"""From the first on a denial takes longer and longer to be told; after the last the node ends."""
DELAY_S = 10e-6
"""How much longer each takes."""
RECORD_BYTES = 4096
"""Each so many bytes that a denial adds to the record weigh as one more denial."""
TRACES = 64
"""So many processes of one jail are traced at once."""
REASON_CHARACTERS = 200
OPERATIONS = 20_000
"""So many things that leave only an event may be done in one jail."""
OWN_CODE_EVENTS, OWN_CODE_BYTES = 1_000, 4 * 2**20
"""So many texts of its own, that a jail executes, are kept; the rest is counted."""
TOLD = (UNKNOWN_MODEL, "context_overflow", "no_rule")
"""The kinds of a model's failure that a program is told of."""
KILLED = 137
"""The exit code that a parent sees of a child that was killed (128 + SIGKILL, as in a shell)."""


class Guest:
    """The door's view of one jail: requests in, replies out."""

    def __init__(self, growth: Growth, node: Node, pid: int) -> None:
        """`pid` is the process that becomes the node's program."""
        self._growth = growth
        self._node = node
        self._ancestry: Ancestry[Node] = Ancestry(node, pid)
        self._scopes: dict[str, tuple[Node, int]] = {}
        self._watched: dict[int, int] = {}
        self._traces: list[Trace] = []
        self._trace_room = Room()
        self._operations = 0
        self._own_code: set[str] = set()
        self._own_code_bytes = 0
        self._own_code_left_out = 0
        self._has_started = False
        self._ended: Outcome | None = None

    async def serve(
        self, message: protocol.Asked, pid: int, reply: Reply, gone: Gone
    ) -> dict[str, Any]:
        """Answer what a process of the jail asks."""
        asker = self._ancestry.scope(pid)
        if isinstance(
            message, protocol.Budget | protocol.Unknown | protocol.Living | protocol.Memory
        ):
            self._operations += 1
            if self._operations > OPERATIONS:
                denial = Denial("operations", OPERATIONS, self._operations)
                return await self._denied(denial, "")
        match message:
            case protocol.Query():
                return await self._query(asker, message, gone)
            case protocol.Run():
                return await self._run(asker, message, reply)
            case protocol.Budget():
                return await self._budget(asker)
            case protocol.Enter():
                return await self._enter(asker, message, pid)
            case protocol.Leave():
                return self._leave(message, pid)
            case protocol.Unknown():
                await self._growth.event(
                    asker, "unknown_command", {"command": message.command}, observer="hook"
                )
                return {"noted": True}
            case protocol.Living():
                return await self._living(asker, message)
            case protocol.Memory():
                return await self._memory(asker, message)

    def trace(self, pid: int) -> Trace:
        """Take the commands that a process of the jail is about to execute."""
        if not self._growth.config.trace:
            raise protocol.ProtocolError("unknown operation")
        self._traces = [trace for trace in self._traces if not trace.is_over]
        if len(self._traces) >= TRACES:
            raise protocol.ProtocolError("too many traces at once")
        trace = Trace(self._growth, self._ancestry.scope(pid), self._trace_room)
        self._traces.append(trace)
        return trace

    async def refused(self, reason: str, pid: int) -> None:
        asker = self._ancestry.scope(pid)
        reason = reason[:REASON_CHARACTERS]
        await self._growth.event(asker, "bad_request", {"reason": reason})
        await self._count(reason)

    def fault(self, error: Exception) -> None:
        self._growth.fault(error)

    # --- queries and programs

    async def _query(self, asker: Node, query: protocol.Query, gone: Gone) -> dict[str, Any]:
        async with asker.waiting():
            answer = await self._growth.answer(asker, query, gone)
        if isinstance(answer, Denial):
            if answer.randomised:  # it must look like any other
                answer = self._growth.ledger.like_a_denial(asker.id)
            return await self._denied(answer, query.prompt)
        if isinstance(answer, ModelError):
            if answer.kind in NOT_ASKED:  # the budget counts no such query
                await self._count(query.prompt)
            # What else an error says may be the host's: paths, addresses.
            told = f": {answer}" if answer.kind in TOLD else ""
            return {"failed": f"the model gave no answer{told}"}
        if not query.code:
            return {"answer": answer.text}
        program = programs.extract(answer.text, self._growth.config.language)
        return {"answer": program and program.text}

    async def _run(self, asker: Node, run: protocol.Run, reply: Reply) -> dict[str, Any]:
        unread = 0

        def stream(name: str, data: bytes) -> None:
            nonlocal unread
            if not reply({"stream": name, "data": data.decode("latin-1")}):
                unread += len(data)

        text = programs.unfenced(run.program)
        link = self._link(asker, text, "broker")
        program = Program(run.language or link.language or programs.guess(text), text)
        if run.detach:
            async with asker.waiting():
                node = await self._growth.begin(asker, program, link, kind="detached")
            return await self._denied(node, text) if isinstance(node, Denial) else {"id": node.name}
        async with asker.waiting():
            outcome = await self._growth.execute(asker, program, link, stream)
        if isinstance(outcome, Denial):
            return await self._denied(outcome, text)
        return {"exit_code": _exit_code(outcome.exit_code), "unread": unread}

    def _link(self, asker: Node, text: str, exact: str = "exact") -> Link:
        return programs.link(text, asker.near(), asker.far(), asker.own_programs(), exact)

    async def _budget(self, asker: Node) -> dict[str, Any]:
        if self._growth.config.budget_visible is not Visible.COMMAND:
            raise protocol.ProtocolError("unknown operation")
        left = self._growth.left(asker)
        return {"left": await self._growth.tell(asker, "budget", "left", left)}

    # --- scopes

    async def _enter(self, asker: Node, enter: protocol.Enter, pid: int) -> dict[str, Any]:
        if self._is_start(enter.text, pid):
            return {"own": True}
        link = self._link(asker, enter.text)
        if link.evidence is None:
            self._note_own_code(asker, enter)
            return {"own": True}
        program = Program(enter.language, enter.text)
        scope: Node | Denial | None = None
        try:
            async with asker.waiting():
                scope = await self._growth.enter(asker, program, link, enter.how)
        finally:
            # Also if the request is broken off while it waits for a place: the scope has begun.
            if isinstance(scope, Node):
                self._begin(scope, pid)
        if isinstance(scope, Denial):
            return await self._denied(scope, enter.text)
        assert scope is not None
        return {"scope": scope.name}

    def _begin(self, scope: Node, pid: int) -> None:
        """Keep a scope, until it is left or whoever entered it ends."""
        self._scopes[scope.name] = scope, pid
        self._ancestry.enter(pid, scope)
        if self._ended is not None:
            self._close(scope, self._ended)
        elif pid not in self._watched:
            self._watch(pid)

    def _is_start(self, text: str, pid: int) -> bool:
        """Return whether this is the jail's own program, about to begin."""
        begins = not self._has_started and self._ancestry.is_first(pid)
        if begins and text == self._node.record.program:
            self._has_started = True
            return True
        return False

    def _note_own_code(self, asker: Node, enter: protocol.Enter) -> None:
        """Keep a text of the program's own, once."""
        digest = hashlib.sha256(f"{asker.key} {enter.text}".encode()).hexdigest()
        if digest in self._own_code:
            return
        size = self._own_code_bytes + len(enter.text.encode())
        if len(self._own_code) >= OWN_CODE_EVENTS or size > OWN_CODE_BYTES:
            self._own_code_left_out += 1
            return
        self._own_code_bytes = size
        self._own_code.add(digest)
        detail = {"how": enter.how, "language": enter.language}
        self._growth.note(asker, "own_code", detail, content=enter.text, observer="hook")

    def _leave(self, leave: protocol.Leave, pid: int) -> dict[str, Any]:
        scope, owner = self._scopes.get(leave.scope, (None, None))
        if scope is None or owner != pid:
            raise protocol.ProtocolError("there is no such scope")
        for ended in self._ancestry.leave(pid, scope):
            self._close(ended, _exited(leave.status if ended is scope else None))
        return {"left": True}

    def _watch(self, pid: int) -> None:
        """Close a process's scopes when it ends."""
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            self._gone(pid)
            return
        self._watched[pid] = descriptor
        asyncio.get_running_loop().add_reader(descriptor, self._gone, pid)

    def _gone(self, pid: int) -> None:
        self._unwatch(pid)
        killed = self._node.cell.jail.killed if self._node.cell else None
        outcome = Outcome.unheard(*killed) if killed else _exited(None)
        for scope, owner in list(self._scopes.values()):
            if owner == pid:
                self._close(scope, outcome)

    def _unwatch(self, pid: int) -> None:
        descriptor = self._watched.pop(pid, None)
        if descriptor is not None:
            asyncio.get_running_loop().remove_reader(descriptor)
            os.close(descriptor)

    def _close(self, scope: Node, outcome: Outcome) -> None:
        self._scopes.pop(scope.name, None)
        self._growth.leave(scope, outcome)

    def end(self, outcome: Outcome) -> None:
        """The jail has ended so: every scope in it ends with it."""
        self._ended = Outcome.unheard(outcome.end_cause, outcome.killed_by)
        for pid in list(self._watched):
            self._unwatch(pid)
        for scope, _ in list(self._scopes.values()):
            self._close(scope, self._ended)
        if self._trace_room.not_kept:
            self._growth.note(self._node, "command", {"not_kept": self._trace_room.not_kept})
        if self._own_code_left_out:
            self._growth.note(self._node, "own_code", {"not_kept": self._own_code_left_out})

    # --- living programs

    async def _living(self, asker: Node, living: protocol.Living) -> dict[str, Any]:
        visible = [node for node in self._growth.nodes if self._sees(asker, node)]
        if living.action == "list":
            listed = [
                {"id": n.name, "depth": n.depth, "language": n.record.language}
                for n in visible
                if n.is_living
            ]
            told = await self._growth.tell(asker, "program_list", "programs", listed)
            return {"programs": told}
        found = [node for node in visible if node.name == living.program]
        if not found:
            raise protocol.ProtocolError(f"there is no program {living.program!r}")
        if living.action == "wait":
            return await self._wait(asker, found[0])
        return await self._stop(asker, found[0])

    def _sees(self, asker: Node, node: Node) -> bool:
        if node.within is not None or node is asker.jail:
            return False
        return self._growth.config.stop_scope is StopReach.RUN or node.is_below(asker)

    async def _wait(self, asker: Node, node: Node) -> dict[str, Any]:
        if asker.is_below(node) or node.awaits(asker.jail):
            raise protocol.ProtocolError("that program waits for this one")
        assert node.work is not None
        asker.jail.awaited.append(node)
        try:
            async with asker.waiting():
                await asyncio.wait([node.work])
        finally:
            asker.jail.awaited.remove(node)
        self._growth.note(asker, "program_wait", {"key": node.name, "target": node.id})
        return {"exit_code": _exit_code(node.record.exit_code)}

    async def _stop(self, asker: Node, node: Node) -> dict[str, Any]:
        allowed = self._growth.config.stop_scope is not StopReach.NONE
        was_living = await self._growth.tell(
            asker, "program_stop", "was_living", node.is_living,
            key=node.name, target=node.id, allowed=allowed,
        )  # fmt: skip
        if not allowed:
            return await self._denied(Denial("stop_scope", 0, 1), node.name)
        # Who stops a program above itself ends too, and does not hear of it.
        await asyncio.shield(self._growth.stop_for(asker, node))
        return {"stopped": was_living}

    # --- memory

    async def _memory(self, asker: Node, request: protocol.Memory) -> dict[str, Any]:
        memory, name = self._growth.memory, request.name
        denial = memory.refuses()
        found: list[str] | str | None = None
        if denial is None and request.action == "list":
            found = memory.names(asker, name)
        elif denial is None and request.action == "get":
            found, quotes = memory.read(asker, name)
            asker.read(name, found, quotes)
        elif denial is None:
            found = request.value or ""
            denial = memory.write(asker, name, found, replaces=request.action == "put")
        detail: dict[str, Any] = {"key": name, "found": found is not None}
        if isinstance(found, str):
            detail["sha256"] = hashlib.sha256(found.encode()).hexdigest()
        if denial is not None:
            detail["denial"] = asdict(denial)
        content = request.value if denial is None else None
        await self._growth.event(asker, f"memory_{request.action}", detail, content=content)
        if denial is not None:
            return await self._denied(denial, request.value or name)
        return {"names": found} if isinstance(found, list) else {"value": found}

    # --- refusals

    async def _denied(self, denial: Denial, asked: str) -> dict[str, Any]:
        for trace in self._traces:
            trace.denied()
        await self._count(asked)
        visible = self._growth.config.budget_visible
        if visible is Visible.NONE:
            return {"denied": {"limit": None}, "message": "denied"}
        return {"denied": {"limit": denial.limit}, "message": str(denial)}

    async def _count(self, asked: str) -> None:
        """Bound what a program that goes on asking in vain costs: host's time and the record."""
        node = self._node
        node.denials += 1 + len(asked) // RECORD_BYTES
        if node.denials > DENIALS_END and node.cell is not None:
            node.cell.jail.kill(NodeEnd.DENIALS, "denials")
        await asyncio.sleep(max(0, node.denials - DENIALS_FREE) * DELAY_S)


def _exited(status: int | None) -> Outcome:
    return Outcome.unheard(NodeEnd.EXITED, None, status)


def _exit_code(code: int | None) -> int:
    return KILLED if code is None else code
