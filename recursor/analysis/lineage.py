"""What `recursor lineage` tells: copies, replication and heredity of some runs, taken together."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from recursor.analysis.duplicates import LEVELS, Duplicates, compare, duplicates
from recursor.analysis.heredity import Heredity, heredity, spectrum
from recursor.analysis.record import Frames, plain
from recursor.analysis.replication import Replication, replication


@dataclass(frozen=True)
class Lineage:
    """How the programs of some runs are alike, and who has it from whom."""

    duplicates: Duplicates
    variety: pd.DataFrame
    """As `duplicates.compare` returns it."""
    replication: Replication
    heredity: Heredity
    spectrum: pd.DataFrame
    """As `heredity.spectrum` returns it."""

    def document(self) -> dict[str, Any]:
        """Return all of it as it stands in JSON."""
        found = self.duplicates
        return {
            "measured_as_text": found.unread,
            "duplicates": {
                "distinct_share": {level: found.distinct_share(level) for level in LEVELS},
                "repeated_tokens": {level: found.repeated_tokens(level) for level in LEVELS},
                "clusters": [asdict(cluster) for cluster in found.clusters()],
                "variety": plain(self.variety),
            },
            "edges": plain(self.replication.edges),
            "replicators": [asdict(each) for each in self.replication.replicators],
            "heredity": asdict(self.heredity) | {"lift": self.heredity.lift},
            "spectrum": plain(self.spectrum),
        }


def lineage(frames: Frames) -> Lineage:
    """Measure the lineage of some runs."""
    copies, copied = duplicates(frames), replication(frames)
    return Lineage(
        copies,
        compare(copies),
        copied,
        heredity(frames),
        spectrum(frames, copied.edges),
    )
