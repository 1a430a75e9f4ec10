"""The record: `store.Store` is its only reader and writer."""

from recursor.store.branches import Branches
from recursor.store.database import place
from recursor.store.moments import Moment
from recursor.store.outline import NodeOutline, Outline, QueryOutline, Refusal
from recursor.store.store import Store
from recursor.store.tally import Tally, Totals

__all__ = [
    "Branches",
    "Moment",
    "NodeOutline",
    "Outline",
    "QueryOutline",
    "Refusal",
    "Store",
    "Tally",
    "Totals",
    "place",
]
