"""A recording: one run with everything that was recorded of it, as one file to pass on.

It is a SQLite database with the schema of ours and nothing but that run, compressed with zstandard:
`zstd -d RUN.recursor -o run.db` is enough to look into it. Opened, it is a stranger's word:
bounded, checked and copied before anything reads it (`store.foreign`).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import zstandard

from recursor.errors import StoreError
from recursor.export.output import beside
from recursor.records import RunRecord
from recursor.store import Store, foreign

SUFFIX = ".recursor"
PLAIN_BYTES = 2**30
"""No recording may be larger before it is compressed."""
_LEVEL = 17
"""What is above takes three times as long, for a twentieth less."""
_CHUNK = 2**20


def write(store: Store, run: RunRecord, path: Path) -> None:
    """Write a run that has ended to a file that does not exist yet; the whole file or none.

    The same run gives the same bytes, as long as SQLite's and zstandard's versions are the same.
    Raises StoreError.
    """
    with beside(path, [(store, run)]) as unfinished, tempfile.TemporaryDirectory() as folder:
        alone = Path(folder, "run.db")
        store.extract(run.id, alone)
        if alone.stat().st_size > PLAIN_BYTES:
            raise StoreError(f"the run {run.id} is larger than a recording can be (1 GiB)")
        _pack(alone, unfinished)


@contextmanager
def opened(path: Path) -> Iterator[Store]:
    """Open a recording for reading, as a database that is gone afterwards.

    It holds one run. Raises StoreError if the file is no whole, sound recording.
    """
    with tempfile.TemporaryDirectory() as folder:
        unpacked, database = Path(folder, "unpacked.db"), Path(folder, "recursor.db")
        try:
            _unpack(path, unpacked)
            foreign.adopt(unpacked, database)
        except OSError as error:
            raise StoreError(f"cannot read {path}: {error.strerror}") from error
        except zstandard.ZstdError as error:
            raise StoreError(f"{path} is no recording, or a damaged one") from error
        except StoreError as error:
            raise StoreError(f"{path} is no sound recording: {error}") from error
        unpacked.unlink()
        with Store(f"sqlite:///{database}") as store:
            yield store


def _pack(plain: Path, path: Path) -> None:
    compressor = zstandard.ZstdCompressor(_LEVEL, write_checksum=True, write_content_size=True)
    with plain.open("rb") as source, path.open("xb") as target:
        compressor.copy_stream(source, target, size=plain.stat().st_size)
        target.flush()
        os.fsync(target.fileno())


def _unpack(path: Path, plain: Path) -> None:
    """Decompress a file, as far as it says how much it holds and that is not too much."""
    with path.open("rb") as source, plain.open("wb") as target:
        promised = zstandard.get_frame_parameters(source.read(32)).content_size
        if promised > PLAIN_BYTES:
            raise StoreError("it is larger than 1 GiB, or does not say how large it is")
        source.seek(0)
        reader = zstandard.ZstdDecompressor().stream_reader(source, read_across_frames=True)
        while chunk := reader.read(_CHUNK):
            if target.tell() + len(chunk) > promised:
                raise StoreError("it holds more than it says")
            target.write(chunk)
        if target.tell() < promised:
            raise StoreError("its end is missing")
