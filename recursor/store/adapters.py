"""How psycopg writes and reads text: see `escape`. Imported where PostgreSQL is asked for."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.types.string import StrDumperUnknown, TextLoader

from recursor.store import escape


class _Marked(StrDumperUnknown):
    def dump(self, obj: str) -> Buffer | None:
        return escape.mark(obj).encode()


class _Unmarked(TextLoader):
    def load(self, data: Buffer) -> str:
        return escape.unmark(str(data, "utf-8"))


def adapt(connection: psycopg.Connection[Any]) -> None:
    """Have a connection write and read text so."""
    connection.adapters.register_dumper(str, _Marked)
    for kind in ("text", "varchar"):
        connection.adapters.register_loader(kind, _Unmarked)
