"""What Python programs call; the command line is a thin face over it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from recursor import config as settings
from recursor.errors import RecursorError, UsageError
from recursor.records import WEAK, NodeRecord, Recording, RunRecord
from recursor.types import Language, Limits, ModelInfo, Program, RunConfig, RunEnd

if TYPE_CHECKING:
    from recursor.analysis.fidelity import Fidelity
    from recursor.analysis.record import Frame, Frames
    from recursor.experiments.conduct import Progress
    from recursor.experiments.probe import Probe
    from recursor.experiments.results import Experiment
    from recursor.runs.grow import Approve, Growth
    from recursor.store import Store
    from recursor.tree import Branch

V = TypeVar("V", RunConfig, Limits)


def run(
    goal: str,
    *,
    model: str | Mapping[str, str] | None = None,
    db: str | None = None,
    watch: Callable[[Growth], None] = lambda _: None,
    ask: Approve | None = None,
    course: Callable[[Growth], Awaitable[RunEnd]] | None = None,
    temperature: float | None = None,
    **options: Any,
) -> Run:
    """Grow a tree from a goal and return the run; blocks until it ends.

    `model` is a model spec, or several by the names that programs ask them by; the first one is
    asked by default. Without one it is `smollm2` where that is installed, else `seedling`; without
    a `pack` it is the one that fits the model. `db` is a path or SQLAlchemy URL, `options` are the
    fields of `RunConfig`, of `Limits` and of `Policies` (`depth=3, breadth=4, seed=7,
    language=Language.PYTHON, ...`). `watch` receives the growing run once, when it starts; `ask`
    asks the person whether a program may run, as far as the option `approve` says; `course` is what
    the operator does instead of one root query; `temperature` holds instead of the pack's. Ctrl-C
    ends the run as `interrupted`. Raises RecursorError.
    """
    from recursor import prompts
    from recursor.runs import options as reading
    from recursor.runs import start
    from recursor.runs.grow import Growth

    default, named = reading.models(model)
    configuration = reading.configure(goal, model=default, models=named, **options)
    pack = prompts.load(configuration.pack, temperature)
    pack.form(configuration.language or Language.BASH)
    course, url = course or Growth.follow_goal, settings.database_url(db)
    return Run(start.grown(Growth, course, configuration, pack, url, watch, ask), url)


def replay(
    run: str,
    *,
    db: str | None = None,
    lenient: bool = False,
    strict: bool = False,
    parallel: int | None = None,
    watch: Callable[[Growth], None] = lambda _: None,
) -> Replayed:
    """Execute a recorded run's programs again, without a model, and compare; blocks until done.

    `run` is a run's id, a prefix of it, its name, `last`, or the path of a recording (whose replay
    is not kept). `lenient` accepts queries that differ from the recorded ones in times and the
    like, `strict` ends the replay at the first difference, `parallel` is how many programs run at a
    time. Raises RecursorError.
    """
    from recursor.analysis import fidelity
    from recursor.runs import start
    from recursor.runs.past import Past
    from recursor.runs.replay import Replay
    from recursor.store import Store

    with place_of(run, db) as (url, reference):
        original = _recorded(reference, url)
        trail = Past(original)
        configuration = start.suited(trail.config)
        if parallel is not None:
            configuration = _changed(configuration, parallel=parallel, warm=parallel)
        with start.jails(configuration, url) as jails, Store(url, write=True) as store:
            make = partial(
                Replay, trail, configuration, store, jails, lenient=lenient, strict=strict
            )
            grown = start.grow(make, Replay.course, watch)
            found = fidelity.compare(original, store.recording(grown.id))
            for check in found.checks:
                store.add(check)
    return Replayed(grown, url, found)


def resume(
    run: str,
    *,
    db: str | None = None,
    watch: Callable[[Growth], None] = lambda _: None,
    ask: Approve | None = None,
) -> Run:
    """Go on with a run that was broken off, as a new run; blocks until it ends.

    Raises UsageError for a run that ended by itself, and ModelError if the model is another one.
    """
    from recursor.runs import resume as onward
    from recursor.runs import start
    from recursor.runs.past import Past
    from recursor.runs.record import Origin

    url = settings.database_url(db)
    original = _recorded(run, url)
    onward.check(original)
    trail, origin = Past(original), Origin("resumed", original.run.id, terms=original.run.terms)
    kind, course = partial(onward.Resume, trail, origin), onward.Resume.follow_goal
    configuration = start.suited(trail.config)
    same = original.run
    return Run(start.grown(kind, course, configuration, trail.pack, url, watch, ask, same), url)


def rerun(
    run: str,
    *,
    db: str | None = None,
    watch: Callable[[Growth], None] = lambda _: None,
    ask: Approve | None = None,
    **options: Any,
) -> Run:
    """Grow a tree afresh from a recorded run's configuration; blocks until it ends.

    `options` are fields of `RunConfig` that are different (`seed=7`). Raises RecursorError.
    """
    from recursor.runs import past, record, start
    from recursor.runs import resume as onward
    from recursor.runs.grow import Growth

    url = settings.database_url(db)
    original = _recorded(run, url)
    onward.check_course(original)
    configuration = _changed(
        start.suited(record.config(original.run, original.fixtures)), **options
    )
    pack = past.pack(original.run)
    course = Growth.follow_goal
    same = original.run
    return Run(start.grown(Growth, course, configuration, pack, url, watch, ask, same), url)


def fork(
    run: str,
    at: str | None = None,
    *,
    db: str | None = None,
    model: str | None = None,
    program: Program | None = None,
    pack: str | None = None,
    flip: str | None = None,
    outside: str = "frozen",
    seed: int | None = None,
    name: str | None = None,
    watch: Callable[[Growth], None] = lambda _: None,
    ask: Approve | None = None,
    **limits: Any,
) -> Run:
    """Branch off a recorded run at a node, as a new run; blocks until it ends.

    `at` is the node's id, a beginning or end of it, or its place (`1.3`); without one it is the
    asker of the flipped query, else the first program. In its subtree hold another `model` (a
    spec), `pack`, `seed`, or other `limits` (fields of `Limits`); `program` takes the place of the
    node's own; `flip` is a query of it, denied instead of granted or the other way round. `outside`
    is what becomes of the rest, `frozen` or `live`. Raises RecursorError.
    """
    from recursor import prompts
    from recursor.runs import start
    from recursor.runs.fork import Edit, Fork, Outside
    from recursor.runs.past import Past

    url = settings.database_url(db)
    original = _recorded(run, url)
    trail = Past(original)
    recorded = start.suited(trail.config)
    query = trail.find_query(flip) if flip else None
    node = trail.find(at) if at else trail.asker(query) if query else trail.first
    changed: dict[str, Any] = {"seed": seed, "model": model, "pack": pack}
    changed = {name: value for name, value in changed.items() if value is not None}
    said = {**changed, **limits, "outside": outside}
    said |= {"program": program.digest} if program else {}
    said |= {"flip": query.id} if query else {}
    if outside not in list(Outside):
        raise UsageError(f"what is outside is {' or '.join(Outside)}, not {outside!r}")
    edit = Edit(node, program, query, Outside(outside), said)
    configuration = _changed(
        recorded, **changed, name=name, limits=_changed(recorded.limits, **limits)
    )
    chosen = prompts.load(pack) if pack else trail.pack
    kind, same = partial(Fork, trail, edit), original.run if model is None else None
    return Run(start.grown(kind, Fork.course, configuration, chosen, url, watch, ask, same), url)


def experiment(
    file: str | Path,
    *,
    db: str | None = None,
    resume: bool = False,
    executor: str = "local",
    at_once: int | None = None,
    watch: Callable[[Progress], None] = lambda _: None,
) -> Experiment:
    """Carry out a planned experiment and return it; blocks until it ends.

    `file` is its plan, which is recorded before the first run; `resume` goes on with one that was
    broken off. `executor` is `local` or `dask://HOST:PORT`, `at_once` how many runs grow at a time,
    `watch` hears of the progress whenever a run begins or ends. Ctrl-C ends the runs under way,
    which are lost, and raises KeyboardInterrupt. Raises RecursorError.
    """
    from recursor import analysis
    from recursor.store import Store

    analysis.check_installed()
    from recursor.experiments import conduct, expand, places
    from recursor.experiments.results import Experiment

    planned, url = expand.load(Path(file)), settings.database_url(db)
    with Store(url, write=True) as store:
        place = places.executor(executor, at_once, store)
        record = conduct.begin(store, planned, resume=resume)
        with conduct.held(store, record):
            conduct.run(conduct.Conduct(record, planned, store, url, watch), place)
    return Experiment(record, url)


def probe(
    file: str | Path,
    *,
    seconds: float = 60.0,
    at_once: int | None = None,
    watch: Callable[[Progress], None] = lambda _: None,
) -> Probe:
    """Grow a few runs of a plan, in so much time, to foretell its cost and power; keep none.

    Raises RecursorError.
    """
    from recursor import analysis

    analysis.check_installed()
    from recursor.experiments import expand
    from recursor.experiments import probe as probing

    return probing.grow(expand.load(Path(file)), seconds, at_once, watch)


def recorded_experiments(db: str | None = None) -> list[Experiment]:
    """Return the experiments of the record, the oldest first."""
    from recursor import analysis
    from recursor.store import Store

    analysis.check_installed()
    from recursor.experiments.results import Experiment

    url = settings.database_url(db)
    with Store(url) as store:
        return [Experiment(record, url) for record in store.experiments()]


def recorded_experiment(reference: str = "last", *, db: str | None = None) -> Experiment:
    """Return an experiment of the record, by its name, its id, a prefix of it, or `last`."""
    from recursor import analysis
    from recursor.store import Store

    analysis.check_installed()
    from recursor.experiments.results import Experiment

    url = settings.database_url(db)
    with Store(url) as store:
        return Experiment(store.experiment(reference), url)


def attribute(
    run: str,
    node: str | None = None,
    *,
    db: str | None = None,
    watch: Callable[[int, int], None] = lambda _done, _total: None,
) -> Attribution:
    """Say in bits what each source of its prompt gave to each answer that became a program.

    The model that answered scores the answers again, with one source left out at a time; what was
    scored before is not scored again. `node` is a node's id, or a beginning or end of it: of all,
    without it. `watch` hears how many of how many answers are done. Ctrl-C keeps what is. Raises
    UsageError if nothing can be scored, ModelError if the model is another one or not here.
    """
    from recursor import analysis
    from recursor.store import Store

    analysis.check_installed()
    from recursor.analysis import attribution
    from recursor.runs import attribute as scoring

    url = settings.database_url(db)
    original = _recorded(run, url)
    with Store(url, write=True) as store:
        nodes = [store.node(original.run.id, node)] if node else original.nodes
        work = scoring.plan(original, nodes)
        scoring.attribute(work, store, watch)
        scored = store.attributions(original.run.id)
    bits = attribution.frame(scored, nodes, original.queries)
    answers = {query.id: query.answer or "" for query in original.queries}
    if bits.empty:
        why = "; ".join(work.reasons) or "no model was asked for its programs"
        raise UsageError(f"no answer of {original.run.id} can be scored: {why}")
    pieces = {
        row.query: attribution.pieces(answers[row.query], row.ends or ())
        for row in scored
        if row.source == attribution.WHOLE and row.query in set(bits["query"])
    }
    return Attribution(original.run, url, nodes, bits, pieces, work.reasons)


def attribution_df(run: str, *, db: str | None = None) -> Frame:
    """Return what was scored of a run's answers: a row a token and source, see `attribute`.

    Columns: `query`, `node`, `depth`, `source`, `kind`, `token` (its number in the answer), `bits`.
    """
    from recursor import analysis
    from recursor.store import Store

    analysis.check_installed()
    from recursor.analysis import attribution

    with Store(settings.database_url(db)) as store:
        id_ = store.run(run).id
        rows, nodes, queries = store.attributions(id_), store.nodes(id_), store.queries(id_)
    return attribution.tokens(attribution.frame(rows, nodes, queries))


def propose(
    goal: str,
    *,
    model: str | Mapping[str, str] | None = None,
    temperature: float | None = None,
    **options: Any,
) -> Proposal:
    """Return what a run would begin with; nothing is executed, nothing recorded.

    `options` are those of `run`. Raises RecursorError.
    """
    from recursor import keys, loops, programs, prompts
    from recursor.broker.protocol import Query
    from recursor.models import registry
    from recursor.runs import ask
    from recursor.runs import options as reading
    from recursor.runs.node import Asker

    default, _ = reading.models(model)
    configuration = reading.configure(goal, model=default, **options)
    pack = prompts.load(configuration.pack, temperature)
    loaded = registry.load_all(default)
    info = loaded.default.info
    try:
        operator = Asker(keys.operator_key(goal))
        attempt = ask.attempt(configuration, loaded, pack, operator, Query(goal))
        if attempt.error is not None:
            raise attempt.error
        answer = loops.run(attempt.model.complete(attempt.call))
    finally:
        loaded.close()
    return Proposal(programs.extract(answer.text, configuration.language), info)


@dataclass(frozen=True)
class Proposal:
    """The program that a run would begin with, None if the answer holds none, and whose it is."""

    program: Program | None
    model: ModelInfo


@dataclass(frozen=True, repr=False)
class Run:
    """A recorded run; a notebook shows its totals, and its tree to unfold."""

    record: RunRecord
    url: str
    """The database that it is in, or the file that it is."""

    @property
    def id(self) -> str:
        return self.record.id

    def __repr__(self) -> str:
        end = self.record.end_cause or "living"
        return f"<{type(self).__name__} {self.id} {self.record.goal!r}: {end}>"

    def totals(self) -> dict[str, Any]:
        """Return what the run amounts to: counts, profiles by depth, tokens, ends, times."""
        from recursor.analysis.summary import summary

        with self._reading() as store:
            return summary(store, self.record)

    def tree(self) -> Branch:
        """Return the operator's branch: its queries, events and children, each of them likewise."""
        from recursor import tree

        with self._reading() as store:
            id_ = self.id
            return tree.build(store.nodes(id_), store.queries(id_), store.events(id_))

    def frames(self) -> Frames:
        """Return the run as frames, which every measure is a function of."""
        return frames(self._reference, db=self.url)

    def nodes_df(self) -> Frame:
        """Return a row a node, columns as in `records.NodeRecord`."""
        return self.frames().typed().nodes

    def queries_df(self) -> Frame:
        """Return a row a query, columns as in `records.QueryRecord`."""
        return self.frames().typed().queries

    def events_df(self) -> Frame:
        """Return a row an event, columns as in `records.EventRecord`."""
        return self.frames().typed().events

    def _repr_html_(self) -> str | None:
        from recursor.analysis.summary import summary
        from recursor.viewer import notebook

        try:
            with self._reading() as store:
                return notebook.html(store, self.record, summary(store, self.record))
        except RecursorError:  # deleted, or never kept: its name is shown
            return None

    @contextmanager
    def _reading(self) -> Iterator[Store]:
        from recursor.store import Store

        with place_of(self._reference, self.url) as (url, run), Store(url) as store:
            store.run(run)  # it may have been deleted meanwhile
            yield store

    @property
    def _reference(self) -> str:
        """What finds it again: a recording is its own file, whatever the database."""
        return self.id if "://" in self.url else self.url


@dataclass(frozen=True, repr=False)
class Replayed(Run):
    """A replay, which is a run too, and how far it agrees with its original.

    That of a recording's file is not kept: there is only its record, and how far it agrees.
    """

    fidelity: Fidelity


@dataclass(frozen=True, repr=False)
class Attribution(Run):
    """A run, and what the sources of its prompts gave to its answers."""

    nodes: list[NodeRecord]
    """Those that were looked at."""
    bits: Frame
    """A row a query and source: see `analysis.attribution`."""
    pieces: dict[str, list[str]]
    """The text of each token of an answer, by the query."""
    skipped: dict[str, int]
    """How many answers were not scored, by the reason."""

    @property
    def weak_links(self) -> int:
        """How many nodes are linked to their answer by evidence that is weaker than exact."""
        return sum(node.link_evidence == WEAK for node in self.nodes)

    @property
    def without_answer(self) -> int:
        """How many nodes came of no recorded answer."""
        return sum(node.origin_query is None for node in self.nodes)

    def rows(self) -> list[dict[str, Any]]:
        """Return the same as JSON can hold it."""

        from recursor.analysis.record import plain

        return plain(self.bits)


def recorded_run(run: str = "last", *, db: str | None = None) -> Run:
    """Return a run of the record, or one that is a recording's file; `run` as for `replay`."""
    from recursor.export import recording
    from recursor.store import Store

    with place_of(run, db) as (url, reference), Store(url) as store:
        found = store.run(reference)
    return Run(found, str(Path(run).resolve()) if run.endswith(recording.SUFFIX) else url)


def recorded_runs(db: str | None = None) -> list[Run]:
    """Return the runs of the record, the oldest first."""
    from recursor.store import Store

    url = settings.database_url(db)
    with Store(url) as store:
        return [Run(record, url) for record in store.runs()]


def open(db: str | None = None) -> Store:
    """Open a database for reading; use it as a context manager."""
    from recursor.store import Store

    return Store(settings.database_url(db))


def frames(*runs: str, db: str | None = None) -> Frames:
    """Return recorded runs (`last` without any) as frames, which every measure is a function of.

    Each is a run's id, a prefix of it, its name, `last`, or the path of a recording. A measure is
    called as `recursor.analysis.branching.by_depth(frames)`. Raises RecursorError; UsageError
    without the extra `analysis`.
    """
    from recursor import analysis
    from recursor.store import Store

    analysis.check_installed()
    from recursor.analysis import record

    read = {}
    for run in runs or ("last",):
        with place_of(run, db) as (url, reference), Store(url) as store:
            found = store.run(reference)
            read[found.id] = record.read(store, [found])
    return record.together(list(read.values()))


def runs_df(*runs: str, db: str | None = None) -> Frame:
    """Return a row a run, columns as in `records.RunRecord`; `runs` as for `frames`."""
    return frames(*runs, db=db).typed().runs


def nodes_df(*runs: str, db: str | None = None) -> Frame:
    """Return a row a node, columns as in `records.NodeRecord`; `runs` as for `frames`."""
    return frames(*runs, db=db).typed().nodes


def queries_df(*runs: str, db: str | None = None) -> Frame:
    """Return a row a query, columns as in `records.QueryRecord`; `runs` as for `frames`."""
    return frames(*runs, db=db).typed().queries


def events_df(*runs: str, db: str | None = None) -> Frame:
    """Return a row an event, columns as in `records.EventRecord`; `runs` as for `frames`."""
    return frames(*runs, db=db).typed().events


@contextmanager
def place_of(run: str, db: str | None) -> Iterator[tuple[str, str]]:
    """Yield the database (a URL) that a run is in, and what it is called there.

    Raises UsageError if it is a recording that is not there.
    """
    from recursor.export import recording

    if run.endswith(recording.SUFFIX):
        if not settings.is_file(Path(run)):
            raise UsageError(f"there is no recording {run}")
        with recording.opened(Path(run)) as store:
            yield store.url, "last"
    elif ("/" in run or run.endswith((".db", ".sqlite"))) and settings.is_file(Path(run)):
        raise UsageError(f"{run} is no recording (*{recording.SUFFIX}); --db names a database")
    else:
        yield settings.database_url(db), run


def _changed(values: V, **changes: Any) -> V:
    """Return values of which some are different. Raises UsageError for what no run can have."""
    try:
        return replace(values, **changes)
    except (TypeError, ValueError) as error:
        raise UsageError(str(error)) from error


def _recorded(run: str, url: str) -> Recording:
    """Read a run."""
    from recursor.export import recording
    from recursor.store import Store

    if run.endswith(recording.SUFFIX):
        raise UsageError(f"what comes of {run} is to be recorded: `recursor import` it first")
    with Store(url) as store:
        return store.recording(run)
