"""A run's options as a person writes them, with the names of `recursor run`'s flags."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from recursor import config, prompts
from recursor.errors import UsageError
from recursor.jail.kit import COMMANDS
from recursor.models import registry
from recursor.programs import language_of
from recursor.prompts import Pack
from recursor.quantities import duration, size
from recursor.tomlfile import Document
from recursor.types import (
    Allocation,
    Among,
    Language,
    LeftFile,
    Limits,
    MemoryReach,
    Policies,
    Program,
    RunConfig,
    StopReach,
    Visible,
)

ANY = "any"
FIXTURE_BYTES = 8 * 2**20
_NAMED = re.compile(r"([\w.-]+)=(.+)")

_Word = Annotated[str, StringConstraints(min_length=1)]
_Count = Annotated[int, Field(ge=1)]
_Share = Annotated[float, Field(ge=0, le=1)]
_Quantity = str | int | float


class Options(Document):
    """What may be said of the runs of an experiment, as in `recursor run`."""

    model_config = ConfigDict(alias_generator=lambda name: name.rstrip("_").replace("_", "-"))

    model: _Word | dict[str, _Word] | None = None
    """One spec, or several by the names that programs ask them by."""
    pack: _Word | None = None
    temperature: Annotated[float, Field(ge=0)] | None = None
    root: _Word | None = None
    language: Literal["bash", "python", "any"] = "any"
    depth: _Count | None = None
    breadth: _Count | None = None
    nodes: _Count | None = None
    queries: _Count | None = None
    tokens: _Count | None = None
    answer_tokens: _Count | None = None
    time: _Quantity | None = None
    program_time: _Quantity | None = None
    memory_limit: _Quantity | None = None
    disk: _Quantity | None = None
    processes: Annotated[int, Field(ge=8)] | None = None
    allocation: Annotated[Allocation, Field(strict=False)] = Allocation.POOL
    parallel: _Count | None = None
    memory: Annotated[MemoryReach, Field(strict=False)] = MemoryReach.LINEAGE
    stop_scope: Annotated[StopReach, Field(strict=False)] = StopReach.DESCENDANTS
    budget_visible: Annotated[Visible, Field(strict=False)] = Visible.COMMAND
    guest_names: str = ""
    files: _Word | None = None
    trace: bool = False
    forbid_copies: _Quantity | None = None
    forbid_program: _Word | None = None
    filter_: _Word | None = None
    deny_random: _Share = 0.0
    fail_random: _Share = 0.0
    tag: list[str] = []

    def chosen(self) -> dict[str, Any]:
        """Return what `configure` takes. Raises UsageError for a value that no run accepts."""
        plain = ("depth", "breadth", "nodes", "queries", "tokens", "answer_tokens", "processes")
        measured = {
            "seconds": (duration, self.time),
            "program_seconds": (duration, self.program_time),
            "memory_bytes": (size, self.memory_limit),
            "disk_bytes": (size, self.disk),
        }
        default, named = models(self.model)
        given = {name: getattr(self, name) for name in (*plain, "parallel")}
        given |= {name: read(text) for name, (read, text) in measured.items() if text is not None}
        return {
            **{name: value for name, value in given.items() if value is not None},
            **likeness(None if self.forbid_copies is None else str(self.forbid_copies)),
            "model": default,
            "models": named,
            "pack": pack_for(default, self.pack),
            "root": program_in(Path(self.root), self.language) if self.root else None,
            "language": None if self.language == ANY else Language(self.language),
            "allocation": self.allocation,
            "memory": self.memory,
            "stop_scope": self.stop_scope,
            "budget_visible": self.budget_visible,
            "guest_names": names(self.guest_names),
            "files": fixtures(Path(self.files)) if self.files else (),
            "trace": self.trace,
            "forbid_programs": patterns(Path(self.forbid_program) if self.forbid_program else None),
            "forbid_prompts": patterns(Path(self.filter_) if self.filter_ else None),
            "deny_random": self.deny_random,
            "fail_random": self.fail_random,
            "tags": tuple(self.tag),
        }

    def prompt_pack(self) -> Pack:
        """Load the pack. Raises UsageError or ConfigError."""
        default, _ = models(self.model)
        return prompts.load(pack_for(default, self.pack), self.temperature)


def configure(goal: str, *, model: str, pack: str | None = None, **options: Any) -> RunConfig:
    """Return a run's configuration; without a pack it has the one that fits its model.

    `options` are the other fields of `RunConfig`, and those of `Limits` and of `Policies`. Raises
    UsageError for a goal that is empty, a limit that is not positive, or an option that does not
    exist.
    """
    limits, policies = (
        {name: options.pop(name) for name in set(kind.__dataclass_fields__) & set(options)}
        for kind in (Limits, Policies)
    )
    chosen: dict[str, Any] = {"parallel": config.parallel_default(), **options}
    chosen.setdefault("warm", chosen["parallel"])
    chosen |= {"goal": goal, "model": model, "pack": pack_for(model, pack)}
    try:
        return RunConfig(limits=Limits(**limits), policies=Policies(**policies), **chosen)
    except (TypeError, ValueError) as error:
        raise UsageError(str(error).removeprefix("RunConfig.__init__() got an ")) from error


# --- how values are read


def pack_for(model: str, named: str | None) -> str:
    """Return the pack that is named; if none is, the one that fits a model.

    The seedling knows no other words than its corpus'.
    """
    if named is not None:
        return named
    return "seedling" if registry.is_seedling(model) else "examples"


def models(model: str | Mapping[str, str] | None) -> tuple[str, Mapping[str, str]]:
    """Return the spec that is asked by default, and those that have names."""
    if model is None:
        return registry.default(), {}
    if isinstance(model, str):
        return model, {}
    if not model:
        raise UsageError("a run needs a model")
    return next(iter(model.values())), model


def named_models(specs: Sequence[str]) -> str | dict[str, str] | None:
    """Read `[NAME=]SPEC`s; several need names. None stands for none."""
    if not specs:
        return None
    if len(specs) == 1 and not _NAMED.fullmatch(specs[0]):
        return specs[0]
    found: dict[str, str] = {}
    for word in specs:
        named = _NAMED.fullmatch(word)
        if named is None:
            raise UsageError(f"of several models each needs a name: -m NAME={word}")
        name, spec = named.groups()
        if name in found:
            raise UsageError(f"two models are called {name!r}")
        found[name] = spec
    return found


def names(pairs: str) -> dict[str, str]:
    """Read `A=B,...`: other names for the guest's commands."""
    found = {}
    for pair in filter(None, pairs.split(",")):
        own, equals, name = pair.partition("=")
        if not (own and equals and name):
            raise UsageError(f"guest names look like query-model=ask, not {pair!r}")
        found[own.strip()] = name.strip()
    return found


def fixtures(folder: Path) -> tuple[LeftFile, ...]:
    """Read the files that lie beside the first program."""
    if not config.is_folder(folder):
        raise UsageError(f"{folder} is no folder")
    try:
        paths = sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
        for path in paths:
            if path.is_symlink() or not path.is_file():
                raise UsageError(f"{path} is no regular file")
        found = tuple(LeftFile(str(p.relative_to(folder)), p.read_bytes()) for p in paths)
    except OSError as error:
        raise UsageError(f"cannot read {error.filename}: {error.strerror}") from error
    taken = {*COMMANDS, ".guest", "program.sh", "program.py"}
    for file in found:
        if file.path.partition("/")[0] in taken:
            raise UsageError(f"a file cannot be called {file.path!r}: that name is taken")
    if sum(len(file.data) for file in found) > FIXTURE_BYTES:
        raise UsageError(f"the files in {folder} are larger than {FIXTURE_BYTES} bytes together")
    return found


def likeness(text: str | None) -> dict[str, Any]:
    """Read `X[:AMONG]`: the likeness from which a program is refused, and to which others."""
    if text is None:
        return {}
    share, _, among = text.partition(":")
    try:
        return {"forbid_copies": float(share), "copies_among": Among(among or Among.RUN)}
    except ValueError:
        raise UsageError(f"copies are forbidden like 0.8 or 0.8:living, not {text!r}") from None


def patterns(path: Path | None) -> tuple[str, ...]:
    """Read regular expressions, one a line."""
    if path is None:
        return ()
    try:
        return tuple(filter(None, path.read_text(encoding="utf-8").splitlines()))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the patterns in {path}: {error}") from error


def program_in(path: Path, language: str = ANY) -> Program:
    """Read a program of the person's own; raises UsageError."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read the root program {path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise UsageError(f"the root program {path} is not UTF-8 text") from None
    if not text.strip():
        raise UsageError(f"the root program {path} is empty; there is nothing to execute")
    if language != ANY:
        return Program(Language(language), text)
    named = Language.PYTHON if path.suffix == ".py" else Language.BASH
    return Program(language_of(text, named), text)
