"""A run in a notebook: what is shown of it, and that nothing recorded becomes markup."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

import recursor
from recursor.planted.plant import Plant
from recursor.records import Recording
from recursor.store import Store
from recursor.viewer import notebook
from tests.viewer import hostile

GALLERY = Path(__file__).parents[2] / "runs" / "gallery"
TAGS = {"div", "b", "code", "br", "details", "summary", "pre", "p"}
STYLES = {"margin-left:1em", "margin:0 1em", "margin-left:1em;color:#c33"}


class Seen(HTMLParser):
    """What a browser would find."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[tuple[str, str | None]] = set()
        self.text = ""
        self.inside: list[bool] = []
        self.deepest = 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(attrs)
        if tag == "div":
            self.inside.append(("style", "margin-left:1em") in attrs)
            self.deepest = max(self.deepest, sum(self.inside))

    def handle_endtag(self, tag: str) -> None:
        if tag == "div":
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(db: str, recording: Recording) -> Seen:
    with Store(db, write=True) as store:
        store.add_together([recording.run, *recording.nodes, *recording.queries]).result()
        store.add_together(recording.events).result()
    return Seen(recursor.recorded_run(db=db)._repr_html_() or "")


def test_a_recording_shows_its_tree_and_what_was_denied() -> None:
    run = recursor.recorded_run(str(GALLERY / "denials.recursor"))
    seen = Seen(run._repr_html_() or "")
    assert seen.tags.count("details") == run.totals()["nodes"] == len(run.nodes_df())
    assert seen.deepest == run.totals()["depth"]
    assert "show every limit" in seen.text
    assert "query denied: queries x1" in seen.text
    assert "program denied: depth" in seen.text
    assert "stopped: 137" in seen.text
    top = run.tree().children[0].node
    assert top and top.program in seen.text
    assert repr(run) == f"<Run {run.id} 'show every limit': completed>"


def test_nothing_recorded_becomes_markup(db: str) -> None:
    seen = shown(f"sqlite:///{db}", hostile.a_run())
    assert set(seen.tags) <= TAGS
    assert seen.attributes == {("style", style) for style in STYLES}
    assert "<script>hit('script')</script>" in seen.text
    assert seen.text.replace("\n", "").isprintable()


def test_attacks_would_become_markup_unescaped(monkeypatch: pytest.MonkeyPatch, db: str) -> None:
    monkeypatch.setattr(notebook, "escape", lambda text: text)
    assert "script" in shown(f"sqlite:///{db}", hostile.a_run()).tags


def test_a_run_without_programs_that_was_broken_off(db: str) -> None:
    plant = Plant("nothing", seed=1, goal="nothing")
    made = plant.recording()
    living = replace(made.run, ended_at=None, end_cause=None)
    seen = shown(f"sqlite:///{db}", replace(made, run=living))
    assert "details" not in seen.tags
    assert "interrupted: nodes 0" in seen.text


def test_a_deep_and_large_tree_is_cut_and_says_so(db: str) -> None:
    plant = Plant("deep", seed=1, goal="deep")
    node = plant.grow(None, "true")
    for _ in range(notebook.NODES + 1000):
        node = plant.grow(node, "true")
    seen = shown(f"sqlite:///{db}", plant.recording())
    assert seen.deepest == notebook.NODES
    assert "1001 more nodes: recursor tree " in seen.text


def test_a_run_that_is_gone_shows_its_name_alone(db: str) -> None:
    plant = Plant("gone", seed=1, goal="gone")
    shown(f"sqlite:///{db}", plant.recording())
    run = recursor.recorded_run(db=db)
    with Store(f"sqlite:///{db}", write=True) as store:
        store.remove([run.id])
    assert run._repr_html_() is None
    with pytest.raises(recursor.RecursorError, match="there is no run"):
        run.totals()


def test_the_id_of_a_run_in_somebody_elses_database_is_no_markup(
    db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebook, "NODES", 1)
    plant = Plant("id", seed=1)
    plant.grow(plant.grow(None, "true"), "true")
    made = plant.recording()
    hostile_id = "<img src=x onerror=alert(1)>"
    run = replace(made.run, id=hostile_id)
    nodes = [replace(node, run=hostile_id) for node in made.nodes]
    seen = shown(f"sqlite:///{db}", replace(made, run=run, nodes=nodes))
    assert "more nodes" in seen.text
    assert set(seen.tags) <= TAGS


def test_a_recording_is_found_from_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GALLERY)
    run = recursor.recorded_run("denials.recursor")
    monkeypatch.chdir("/")
    assert run.totals()["nodes"] == 14
