"""The store: rows to records and back; nothing of SQLAlchemy leaves this package."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, or_, select

from recursor.errors import StoreError, UsageError
from recursor.records import (
    AttributionRecord,
    CheckRecord,
    EventRecord,
    ExperimentRecord,
    FileRecord,
    FixtureRecord,
    NodeRecord,
    QueryRecord,
    Recording,
    RunRecord,
    TrialRecord,
)
from recursor.store import (
    branches,
    database,
    moments,
    outline,
    rows,
    schema,
    tables,
    tally,
    transfer,
)
from recursor.store.branches import Branches
from recursor.store.living import Lock
from recursor.store.moments import Moment
from recursor.store.outline import Outline
from recursor.store.tally import Tally, Totals
from recursor.store.writer import Writer
from recursor.types import LATEST, PLACE, RunEnd

Nodes = Collection[str | None] | None
"""Ids of nodes, and None for the operator; or nothing, for all of a run."""


class Store:
    """One database, open for reading, or for writing too."""

    def __init__(self, url: str, *, write: bool = False) -> None:
        self.url = url
        self._database = database.at(url)
        self.place = self._database.place
        """Names it in messages."""
        self._engine = self._database.open(write=write)
        self._living = self._database.living(self._engine)
        self._writer: Writer | None = None
        with ExitStack() as unless_open, database.plain_errors(self.place):
            unless_open.callback(self._engine.dispose)
            if write:
                schema.upgrade(self._engine)
                self._writer = Writer(self._engine)
            else:
                self._check_schema()
            unless_open.pop_all()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Commit what was submitted and let go of the database."""
        if self._writer is not None:
            self._writer.close()
        self._engine.dispose()

    # --- writing

    def add(self, record: rows.Record) -> Future[None]:
        """Insert a record; the future is done when it is durable."""
        return self._submit(lambda connection: rows.add(connection, record))

    def add_together(self, records: Iterable[rows.Record]) -> Future[None]:
        """Insert records, all of them or none; the future is done when they are durable."""

        def write(connection: Connection) -> None:
            for record in records:
                rows.add(connection, record)

        return self._submit(write)

    def plan(self, experiment: ExperimentRecord, trials: Iterable[TrialRecord]) -> None:
        """Record what is planned, whole or not at all."""
        self.add_together([experiment, *trials]).result()

    def complete(self, before: rows.Completed, after: rows.Completed) -> Future[None]:
        """Complete a record once; the future is done when that is durable."""
        return self._submit(lambda connection: rows.complete(connection, before, after))

    def take(self, source: Store, run: str) -> bool:
        """Add a run of another database, whole or not at all; return False if it was there.

        Raises StoreError if another run has its id, or if it is not as a run of ours can be.
        """
        with source._reading() as theirs:
            with self._reading() as ours:
                if rows.fetch(ours, RunRecord, tables.run.c.id == run, content=False):
                    if transfer.same(theirs, ours, run):
                        return False
                    raise StoreError(f"{self.place} holds another run {run}")
            self._submit(lambda ours: transfer.copy(theirs, ours, run)).result()
        return True

    def remove(self, runs: Iterable[str]) -> None:
        """Delete whole runs, and the content that no other run holds.

        Raises StoreError, and deletes nothing, if one of them lives.
        """
        chosen = list(runs)
        with database.plain_errors(self.place):
            for run in chosen:
                if self._living.has(run):
                    raise StoreError(f"the run {run} lives; `recursor stop {run}` ends it")
            with self._database.deleting(self._engine) as connection:
                transfer.remove(connection, chosen)

    def hold(self, id_: str) -> Lock:
        """Say that a run lives, or that an experiment is carried out, until the lock is released.

        It is released when the process ends, too.
        """
        with database.plain_errors(self.place):
            return self._living.hold(id_)

    def lives(self, id_: str) -> bool:
        """Return whether somebody holds a lock."""
        with database.plain_errors(self.place):
            return self._living.has(id_)

    def control(self, run: str) -> Path:
        """Return where a living run listens to whoever wants to stop it."""
        return self._living.control(run)

    def _submit(self, write: Any) -> Future[None]:
        if self._writer is None:
            raise StoreError("the database is open for reading only")
        return self._writer.submit(write)

    # --- reading

    def runs(self) -> list[RunRecord]:
        """Return every run, the oldest first."""
        with self._reading() as connection:
            return [self._seen(run) for run in rows.fetch(connection, RunRecord)]

    def run(self, reference: str) -> RunRecord:
        """Find a run by its id, a unique prefix of it, its name, or `last`."""
        with self._reading() as connection:
            id_ = self._resolve(connection, tables.run, reference)
            return self._seen(rows.fetch(connection, RunRecord, tables.run.c.id == id_)[0])

    def experiments(self) -> list[ExperimentRecord]:
        """Return every experiment, the oldest first."""
        with self._reading() as connection:
            return rows.fetch(connection, ExperimentRecord)

    def experiment(self, reference: str) -> ExperimentRecord:
        """Find an experiment by its id, a unique prefix of it, its name, or `last`."""
        with self._reading() as connection:
            id_ = self._resolve(connection, tables.experiment, reference)
            return rows.fetch(connection, ExperimentRecord, tables.experiment.c.id == id_)[0]

    def trials(self, experiment: str) -> list[TrialRecord]:
        """Return what an experiment planned, in order."""
        with self._reading() as connection:
            found = rows.fetch(connection, TrialRecord, tables.trial.c.experiment == experiment)
            return sorted(found, key=lambda trial: trial.number)

    def runs_of(self, experiment: str) -> list[RunRecord]:
        """Return an experiment's runs, those that were broken off too, the oldest first."""
        with self._reading() as connection:
            found = rows.fetch(connection, RunRecord, tables.run.c.experiment == experiment)
            return [self._seen(run) for run in found]

    def nodes(self, run: str, *, content: bool = True) -> list[NodeRecord]:
        """Return a run's nodes in the order of their start."""
        with self._reading() as connection:
            found = rows.fetch(connection, NodeRecord, tables.node.c.run == run, content=content)
            return sorted(found, key=lambda node: (node.started_at, node.id))

    def node(self, run: str, reference: str) -> NodeRecord:
        """Find a node of a run by its id, or how that begins or ends, or its place.

        Raises UsageError.
        """
        reference = _askable(reference)
        part, column = reference.upper(), tables.node.c
        begins = column.id.between(part, part + "~")
        ends = func.substr(column.id, func.length(column.id) - len(part) + 1) == part
        with self._reading() as connection:
            if PLACE.fullmatch(reference):
                found = branches.at(connection, run, reference)
            else:
                matches = select(column.id).where(column.run == run, begins | ends)
                found = [*connection.scalars(matches)]
            if len(found) != 1:
                many = f"{len(found)} nodes match" if found else "there is no node"
                raise UsageError(f"{many} {reference!r}; `recursor tree` shows the ids")
            return rows.fetch(connection, NodeRecord, column.id == found[0])[0]

    def below(
        self, run: str, node: str | None = None, *, limit: int | None = None, content: bool = True
    ) -> Branches:
        """Return a node and those below it, the nearest first; of no node, the whole run's."""
        with self._reading() as connection:
            return branches.read(connection, run, node, limit, content=content)

    def queries(self, run: str, *, nodes: Nodes = None, content: bool = True) -> list[QueryRecord]:
        """Return a run's queries, or only those of some nodes, in the order of their arrival."""
        with self._reading() as connection:
            where = _of(tables.query, run, nodes)
            found = rows.fetch(connection, QueryRecord, where, content=content)
            return sorted(found, key=lambda query: query.arrival)

    def events(self, run: str, *, nodes: Nodes = None) -> list[EventRecord]:
        """Return a run's events, or only those of some nodes, in order."""
        with self._reading() as connection:
            return rows.fetch(connection, EventRecord, _of(tables.event, run, nodes))

    def outline(self, run: str) -> Outline:
        """Return a run's tree without any text."""
        with self._reading() as connection:
            return outline.read(connection, run)

    def children(self, run: str, node: str | None) -> list[NodeRecord]:
        """Return the nodes right below a node, or at a run's top, in the order of their index."""
        with self._reading() as connection:
            column = tables.node.c
            found = rows.fetch(
                connection, NodeRecord, column.run == run, column.parent == node, content=False
            )
            return sorted(found, key=lambda child: child.index)

    def holding(self, run: str, text: str) -> list[str]:
        """Return the ids of the nodes whose program holds a text, or whose id does.

        Capital letters and small ones are the same.
        """
        with self._reading() as connection:
            return rows.holding(connection, run, text)

    def files(self, run: str, *, nodes: Nodes = None, content: bool = True) -> list[FileRecord]:
        """Return what a run's nodes, or some of them, left behind, in the order of the names."""
        with self._reading() as connection:
            return rows.fetch(connection, FileRecord, _of(tables.file, run, nodes), content=content)

    def fixtures(self, run: str) -> list[FixtureRecord]:
        """Return the files that lay beside a run's first program."""
        with self._reading() as connection:
            return rows.fetch(connection, FixtureRecord, tables.fixture.c.run == run)

    def checks(self, run: str) -> list[CheckRecord]:
        """Return what a replay found."""
        with self._reading() as connection:
            return rows.fetch(connection, CheckRecord, tables.replay_check.c.run == run)

    def attributions(self, run: str) -> list[AttributionRecord]:
        """Return what is known of the sources of a run's answers: nothing in an older record."""
        with self._reading() as connection:
            if (schema.revision(connection) or "") < schema.ATTRIBUTION:
                return []
            return rows.fetch(connection, AttributionRecord, tables.attribution.c.run == run)

    def recording(self, reference: str) -> Recording:
        """Return all of a run, with all its content."""
        run = self.run(reference)
        return Recording(
            run,
            self.fixtures(run.id),
            self.nodes(run.id),
            self.queries(run.id),
            self.events(run.id),
            self.files(run.id),
        )

    def extract(self, run: str, path: Path) -> None:
        """Write a run alone to a new SQLite file, all content as it is."""
        with self._reading() as connection:
            transfer.extract(connection, run, path)

    def copy(self, path: Path) -> None:
        """Write all of the record, as it is at one moment, to a file that is not there yet.

        Raises OSError, StoreError, and UsageError if it lies in no file.
        """
        with database.plain_errors(self.place):
            self._database.copy(self._engine, path)

    def flaws(self) -> Iterator[str]:
        """Yield what is wrong with the record, in a line each: in its file, then run by run."""
        with self._reading() as connection:
            yield from self._database.flaws(connection)
            runs = [*connection.scalars(select(tables.run.c.id))]
        for run in runs:
            try:
                with self._reading() as connection:
                    transfer.check(connection, run)
            except StoreError as error:
                yield f"run {run}: {error}"

    def tally(self, run: str) -> Tally:
        """Return what a run's rows add up to."""
        with self._reading() as connection:
            return tally.tally(connection, run)

    def totals(self) -> dict[str, Totals]:
        """Return what each run amounts to, by its id; a run without a row is left out."""
        with self._reading() as connection:
            return tally.totals(connection)

    def answers(self, run: str) -> list[tuple[float, float, int]]:
        """Return when each answer ended (Unix time), how long the model took (s), its tokens."""
        with self._reading() as connection:
            return tally.answers(connection, run)

    def moments(self, run: str) -> Iterator[Moment]:
        """Yield what happened in a run, in time order."""
        with self._reading() as connection:
            yield from moments.read(connection, run)

    def _resolve(self, connection: Connection, table: Table, reference: str) -> str:
        reference = _askable(reference)
        column = table.c
        lists = "runs" if table is tables.run else "experiment list"
        ordered = select(column.id).order_by(column.id.desc())
        if latest := LATEST.fullmatch(reference):
            earlier = int(latest["earlier"] or 0)
            matches = [*connection.scalars(ordered.limit(1).offset(earlier))]
        else:
            # The whole id first: it alone is found without reading every row.
            matches = [*connection.scalars(ordered.where(column.id == reference))]
            matches = matches or [
                *connection.scalars(ordered.where(column.name == reference).limit(1))
            ]
            prefix = reference.upper()
            matches = matches or [
                *connection.scalars(ordered.where(column.id.startswith(prefix, autoescape=True)))
            ]
        if not matches:
            raise UsageError(
                f"there is no {table} {reference!r} in {self.place}; `recursor {lists}` shows them"
            )
        if len(matches) > 1:
            many = f"{len(matches)} {table}s begin with {reference!r}"
            raise UsageError(f"{many}; give more of the id")
        return str(matches[0])

    def _seen(self, run: RunRecord) -> RunRecord:
        """Say that a run is interrupted if it has no end and its process is gone."""
        if run.end_cause is None and not self._living.has(run.id):
            return dataclasses.replace(run, end_cause=RunEnd.INTERRUPTED)
        return run

    def _check_schema(self) -> None:
        with database.reading(self._engine) as connection:
            found = schema.revision(connection)
        if found is None:
            raise StoreError(f"{self.place} holds no record of Recursor; name another with --db")
        schema.check(found)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with database.plain_errors(self.place), database.reading(self._engine) as connection:
            yield connection


def _askable(reference: str) -> str:
    """Return a reference as a database can be asked for it: bytes that are no UTF-8 escaped."""
    return reference.encode("utf-8", "backslashreplace").decode()


def _of(table: Table, run: str, nodes: Nodes) -> ColumnElement[bool]:
    """Say which rows are of a run, or of some of its nodes."""
    if nodes is None:
        return table.c.run == run
    named = table.c.node.in_([node for node in nodes if node is not None])
    operator = (table.c.run == run) & table.c.node.is_(None)
    return or_(named, operator) if None in nodes else named
