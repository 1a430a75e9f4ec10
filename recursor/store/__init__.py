"""The record: `store.Store` is its only reader and writer."""

from recursor.store.store import Store

__all__ = ["Store"]
