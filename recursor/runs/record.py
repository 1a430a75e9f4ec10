"""The rows that a run opens and closes: ids, instants, and what a run or a node is at its end."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ulid import ULID

from recursor.errors import StoreError
from recursor.jail import profile as firejail
from recursor.prompts import Pack
from recursor.records import FileRecord, FixtureRecord, NodeRecord, RunRecord
from recursor.types import (
    Allocation,
    Among,
    Approval,
    Language,
    LeftFile,
    Limits,
    MemoryReach,
    ModelInfo,
    Outcome,
    Policies,
    Program,
    Provenance,
    RunConfig,
    Sampling,
    StopReach,
    Visible,
)
from recursor.version import __version__


@dataclass(frozen=True)
class Origin:
    """Where a run comes from."""

    mode: str = "live"
    """`live`, `replay`, `fork` or `resumed`."""
    run: str | None = None
    node: str | None = None
    edit: Mapping[str, Any] | None = None
    terms: Mapping[str, Any] | None = None


def new_id() -> str:
    """Return a new ULID."""
    return str(ULID())


def now() -> str:
    """Return this instant in RFC 3339, UTC, with microseconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def begin(
    config: RunConfig,
    info: ModelInfo,
    models: Mapping[str, ModelInfo],
    pack: Pack,
    sampling: Sampling,
    isolation: Mapping[str, Any],
    profile: str,
    origin: Origin,
    *,
    hooks: bool,
) -> RunRecord:
    """Return the row of a run that starts now."""
    return RunRecord(
        id=new_id(),
        goal=config.goal,
        name=config.name,
        tags=list(config.tags),
        seed=config.seed,
        mode=origin.mode,
        model=info.spec,
        model_digest=info.digest,
        model_family=info.family,
        model_parameters=info.parameters,
        model_quantisation=info.quantisation,
        model_provenance=_provenance(info, models, origin),
        engine=info.engine,
        inference=info.inference,
        rendering=info.rendering,
        models={name: asdict(other) for name, other in models.items()},
        pack=pack.name,
        pack_digest=pack.digest,
        pack_content=pack.content,
        plants=list(pack.plants),
        language=config.language or "any",
        root=asdict(config.root) if config.root else None,
        sampling=asdict(sampling),
        budget=asdict(config.limits),
        allocation=config.allocation,
        parallel=config.parallel,
        isolation=isolation,
        guest=_guest(config, hooks=hooks),
        policies={**asdict(config.policies), "approve": config.approve},
        profile=profile,
        code_version=__version__,
        host=host(),
        started_at=now(),
        parent_run=origin.run,
        fork_node=origin.node,
        fork_edit=origin.edit,
        terms=origin.terms,
        **(vars(config.place) if config.place else {}),
    )


def config(run: RunRecord, fixtures: Iterable[FixtureRecord]) -> RunConfig:
    """Return a recorded run's configuration. Raises StoreError if no run can have had it."""
    try:
        return _config(run, fixtures)
    except (KeyError, TypeError, ValueError) as error:
        what = f"there is no {error}" if isinstance(error, KeyError) else error
        raise StoreError(f"{run.id} has no configuration to execute it by: {what}") from error


def _config(run: RunRecord, fixtures: Iterable[FixtureRecord]) -> RunConfig:
    policies, guest, root = dict(run.policies), run.guest, run.root
    for name in ("forbid_programs", "forbid_prompts"):
        policies[name] = tuple(policies[name])
    approve = Approval(policies.pop("approve"))
    return RunConfig(
        goal=run.goal,
        model=run.model,
        models={name: info["spec"] for name, info in run.models.items()},
        pack=run.pack,
        language=None if run.language == "any" else Language(run.language),
        seed=run.seed,
        limits=Limits(**run.budget),
        allocation=Allocation(run.allocation),
        parallel=run.parallel,
        root=Program(Language(root["language"]), root["text"]) if root else None,
        guest_names=guest["names"],
        budget_visible=Visible(guest["budget_visible"]),
        memory=MemoryReach(guest["memory"]),
        stop_scope=StopReach(guest["stop_scope"]),
        files=tuple(LeftFile(file.path, file.content) for file in fixtures),
        trace=guest["trace"],
        approve=approve,
        policies=Policies(**{**policies, "copies_among": Among(policies["copies_among"])}),
    )


def fixtures(run: str, config: RunConfig) -> Iterator[FixtureRecord]:
    """Yield the rows of what lies beside the first program."""
    for file in config.files:
        yield FixtureRecord(run, file.path, file.data)


def end_node(row: NodeRecord, outcome: Outcome, waited_s: float) -> NodeRecord:
    """Return a node's completed row."""
    return replace(
        row,
        ended_at=now(),
        end_cause=str(outcome.end_cause),
        exit_code=outcome.exit_code,
        signal=outcome.signal,
        killed_by=outcome.killed_by,
        waited_s=round(waited_s, 6),
        stdout=outcome.stdout.data,
        stdout_bytes=outcome.stdout.bytes_total,
        stderr=outcome.stderr.data,
        stderr_bytes=outcome.stderr.bytes_total,
        files=len(outcome.left.files),
        files_left_out=outcome.left.left_out,
    )


def files(row: NodeRecord, outcome: Outcome) -> Iterator[FileRecord]:
    """Yield the rows of what a node's program left behind."""
    for left in outcome.left.files:
        yield FileRecord(row.run, row.id, left.path, left.data, len(left.data))


def hooked(bash: bool) -> list[str]:
    """Return the languages in which it is seen what programs evaluate."""
    return ["bash", "python"] if bash else ["python"]


def _provenance(info: ModelInfo, models: Mapping[str, ModelInfo], origin: Origin) -> str:
    """Return whose behaviour a run is: of all models that answer in it, or did where it forked off.

    What is planted makes it planted, else a shadow makes it one.
    """
    before = (origin.terms or {}).get("before", ())
    answering = {
        *(model.provenance for model in (info, *models.values())),
        *(terms["model"]["provenance"] for terms in before),
    }
    told = (one for one in (Provenance.PLANTED, Provenance.SHADOW) if one in answering)
    return next(told, info.provenance)


def _guest(config: RunConfig, *, hooks: bool) -> dict[str, Any]:
    return {
        "hooks": hooked(hooks),
        "names": dict(config.guest_names),
        "budget_visible": config.budget_visible,
        "memory": config.memory,
        "stop_scope": config.stop_scope,
        "trace": config.trace,
        "files": {file.path: hashlib.sha256(file.data).hexdigest() for file in config.files},
    }


def host() -> dict[str, Any]:
    """Return what is recorded of the machine."""
    return {
        "system": platform.system(),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "firejail": firejail.version(),
    }
