"""What was found about a model on this machine, kept in the user's cache by the model's digest.

It holds for the version of llama.cpp and the processor that it was found with.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from recursor.types import ModelInfo


def find(digest: str, engine: str, mode: str) -> dict[str, Any] | None:
    """Return what a check of a model found about a mode of an engine, if there was one here."""
    with suppress(OSError, ValueError, KeyError, TypeError, RuntimeError):
        found = json.loads(_path(digest).read_text(encoding="utf-8"))
        if (found["engine"], found["processor"]) == (engine, _processor()):
            of_mode = found["modes"][mode]
            return {"at": found["at"], "same": of_mode["same"], "of": of_mode["of"]}
    return None


def keep(info: ModelInfo, found: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what was found (`modes` and the rest); return it with when and where."""
    known = {
        "model": info.digest,
        "engine": info.engine,
        "processor": _processor(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        **found,
    }
    with suppress(OSError, RuntimeError):  # a user without a home keeps nothing
        target = _path(info.digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f"{target.name}.{os.getpid()}")
        beside.write_text(json.dumps(known, indent=2), encoding="utf-8")
        beside.replace(target)
    return known


def _path(digest: str) -> Path:
    return user_cache_path("recursor") / "checks" / f"{digest}.json"


def _processor() -> str:
    with suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if "model name" in line)
    return platform.machine()
