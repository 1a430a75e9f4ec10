"""How politely programs ask, by their depth."""

import pandas as pd

from recursor.analysis.record import Frames


def by_depth(frames: Frames) -> pd.DataFrame:
    """Return the share of queries that say please: columns `depth`, `queries`, `polite`.

    Those of the operator are left out.
    """
    queries = frames.queries[frames.queries["node"].notna()]
    depths = frames.nodes.set_index("id")["depth"]
    polite = queries["prompt"].str.contains(r"\bplease\b", case=False)
    asked = pd.DataFrame({"depth": queries["node"].map(depths), "polite": polite})
    return asked.groupby("depth")["polite"].agg(queries="size", polite="mean").reset_index()
