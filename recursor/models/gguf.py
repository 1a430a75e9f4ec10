"""GGUF files as files: what can be known of a model without loading it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from recursor import keys

PROVENANCE = "recursor.provenance"
"""The key under which a file says where its model's behaviour comes from."""


def parts(path: Path) -> list[Path]:
    """Return all files of a model by its first one."""
    named = re.fullmatch(r"(.+)-00001-of-(\d{5})\.gguf", path.name)
    if named is None:
        return [path]
    stem, number = named.groups()
    return [path.with_name(f"{stem}-{n:05}-of-{number}.gguf") for n in range(1, int(number) + 1)]


def digest(path: Path) -> str:
    """Return the SHA-256 of a model's file; of several, of all their SHA-256s. Raises OSError."""
    digests = []
    for part in parts(path):
        with part.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    return digests[0] if len(digests) == 1 else keys.digest(digests)
