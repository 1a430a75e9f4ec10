"""What a probe's runs foretell. No jail is started."""

from __future__ import annotations

from pathlib import Path

from recursor.experiments.probe import Probe
from tests.analysis.frames import a_frame
from tests.experiments.plans import SMALL, loaded


def test_an_effect_that_a_share_cannot_have_is_a_note(tmp_path: Path) -> None:
    asked = '\n[[comparison]]\nfactor = "depth"\nlevels = [1, 2]\ndetect = 0.5\n'
    plan = loaded(
        tmp_path, SMALL + asked, measures='measures = ["grows", "nodes"]', seeds="seeds = 9"
    )
    frame = a_frame(
        (
            (f"depth {depth}", "text-1", seed, float(seed > 1))
            for depth in (1, 2)
            for seed in range(6)
        ),
        measure="grows",
    )
    frame = frame.assign(nodes=range(12), tokens=1.0, failure=None)
    grows, nodes = Probe(plan, frame, planned=12, runs=12, failed=0, wall_s=1).powers()
    assert (grows.effect, grows.power) == (0.5, None)
    assert grows.note is not None and "cannot change by 0.5" in grows.note
    assert nodes.power is not None
    assert grows.pairs == nodes.pairs == 9
