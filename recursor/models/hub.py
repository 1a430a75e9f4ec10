"""GGUF files from the Hugging Face Hub.

A file that the cache holds (`HF_HOME`) is not fetched again; with `HF_HUB_OFFLINE`, or without a
network, the cache is all there is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import httpx2
from huggingface_hub import hf_hub_download, model_info, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from recursor.errors import ModelError, UsageError

_SPEC = re.compile(r"hf:(?P<repo>[^/@:]+/[^/@:]+)(@(?P<revision>[^:]+))?(:(?P<quant>.+))?")
_PART = re.compile(r"-\d{5}-of-(\d{5})(?=\.gguf$)")


def fetch(spec: str) -> Path:
    """Return the path of the GGUF of a spec `hf:ORG/REPO[@REVISION][:QUANT]`, fetched if need be.

    Of a model in several files it is the first one's. Raises UsageError or ModelError.
    """
    repo, revision, quant = _asked(spec)
    try:
        try:
            siblings = model_info(repo, revision=revision).siblings or ()
        except (httpx2.TransportError, OfflineModeIsEnabled):
            return _cached(repo, revision, quant)
        names = choose([sibling.rfilename for sibling in siblings], quant)
        first, *_ = [hf_hub_download(repo, name, revision=revision) for name in names]
        return Path(first)
    except HFValidationError as error:
        raise UsageError(f"{repo!r} is no repository of the Hub: {error}") from error
    except GatedRepoError as error:
        raise ModelError(
            f"{repo} is gated; ask for access at https://huggingface.co/{repo} and set HF_TOKEN"
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelError(
            f"there is no repository {repo} on the Hub, or it is private and needs HF_TOKEN"
        ) from error
    except RevisionNotFoundError as error:
        raise ModelError(f"{repo} has no revision {revision}") from error
    except LocalEntryNotFoundError as error:
        raise ModelError(
            f"the Hub cannot be reached, and {spec} is not in the cache; try again with a network"
        ) from error
    except (httpx2.HTTPError, OSError) as error:
        raise ModelError(f"cannot fetch {spec}: {error}") from error


def find(spec: str) -> Path:
    """Return the path of the GGUF of a spec in the cache. Raises UsageError or ModelError."""
    try:
        return _cached(*_asked(spec))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise ModelError(f"{spec} is not in the Hub's cache") from error


def choose(names: Iterable[str], quant: str | None) -> list[str]:
    """Return the file, or the parts in their order, of the one model that a quantisation names.

    A model whose name ends with the quantisation comes before those that hold it elsewhere. Raises
    ModelError if there is not exactly one.
    """
    models: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        if name.endswith(".gguf") and "mmproj" not in name.lower():
            models[_PART.sub("", name)].append(name)
    word = re.compile(rf"(?<![^./_-]){re.escape(quant or '')}(?![^./_-])", re.IGNORECASE)
    found = [model for model in models if quant is None or word.search(model)]
    if quant is not None:
        ending = f"{quant}.gguf".lower()
        found = [model for model in found if model.lower().endswith(ending)] or found
    if len(found) != 1:
        what = "no GGUF" if not found else "more than one GGUF"
        of = f" for {quant}" if quant else ""
        raise ModelError(f"there is {what}{of}; there are: {', '.join(models) or 'none'}")
    parts = models[found[0]]
    number = _PART.search(parts[0])
    if number is not None and len(parts) != int(number[1]):
        raise ModelError(f"only {len(parts)} of the {int(number[1])} parts of {found[0]} are there")
    return parts


def _asked(spec: str) -> tuple[str, str | None, str | None]:
    asked = _SPEC.fullmatch(spec)
    if asked is None:
        raise UsageError(f"a model of the Hub looks like hf:ORG/REPO:QUANT, not {spec!r}")
    return asked["repo"], asked["revision"], asked["quant"]


def _cached(repo: str, revision: str | None, quant: str | None) -> Path:
    # Nothing matches no pattern: this finds the folder, complete or not.
    folder = Path(
        snapshot_download(repo, revision=revision, local_files_only=True, allow_patterns=[])
    )
    names = [str(path.relative_to(folder)) for path in folder.rglob("*.gguf")]
    return folder / choose(names, quant)[0]
