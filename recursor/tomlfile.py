"""TOML files that a person writes: read, validated, or refused with one line that names the key."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from recursor.errors import ConfigError


class Document(BaseModel):
    """Base of what a file holds: unknown keys are refused, types not guessed, numbers finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


D = TypeVar("D", bound=Document)


def read(path: Path) -> dict[str, Any]:
    """Return a file's tables; raise ConfigError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    except RecursionError:
        raise ConfigError(f"{path}: its tables and lists are nested too deeply") from None


def validate(path: Path, data: dict[str, Any], kind: type[D]) -> D:
    """Return a file's content as a document; raise ConfigError for the first thing wrong."""
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(p + 1) if isinstance(p, int) else p for p in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise ConfigError(
            f"{path}: {place}: {message}" if place else f"{path}: {message}"
        ) from None
