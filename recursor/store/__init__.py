"""The record: `store.Store` is its only reader and writer."""

from recursor.store.branches import Branches
from recursor.store.database import place
from recursor.store.moments import Moment
from recursor.store.store import Store
from recursor.store.tally import Tally

__all__ = ["Branches", "Moment", "Store", "Tally", "place"]
