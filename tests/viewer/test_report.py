"""A report is one file with everything in it, or no file."""

from __future__ import annotations

import base64
import gzip
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from recursor.errors import StoreError
from recursor.planted.plant import Plant
from recursor.records import RunRecord
from recursor.store import Store
from recursor.viewer import documents, page, report
from tests.conftest import Cli
from tests.viewer.conftest import GALLERY
from tests.viewer.test_documents import ROOT, a_run, keep


@pytest.fixture
def store(db: str) -> Iterator[Store]:
    with Store(f"sqlite:///{db}", write=True) as opened:
        for seed in range(6):
            made = a_run(seed)
            origin = a_run(seed - 1).run.id if seed else None
            keep(opened, replace(made, run=replace(made.run, parent_run=origin)))
        yield opened


def embedded(path: Path) -> dict[str, Any]:
    """The documents of a report by name."""
    found = re.findall(r'<script type="application/gzip" id="([^"]+)">([^<]*)<', path.read_text())
    return {name: json.loads(gzip.decompress(base64.b64decode(text))) for name, text in found}


def written(path: Path, store: Store, *runs: RunRecord) -> dict[str, Any]:
    report.write(report.Chosen([(store, run) for run in runs]), path)
    return embedded(path)


def test_every_document_is_in_it(store: Store, tmp_path: Path) -> None:
    first, second, *_ = store.runs()
    found = written(tmp_path / "a.html", store, first, second)
    for run in (first, second):
        place = f"runs/{run.id}"
        names = ("tree", "programs", "measures", "nodes/operator", "nodes/0")
        assert {f"{place}/{name}" for name in names} <= set(found)
        outline = documents.tree(run, store.outline(run.id))
        assert found[f"{place}/tree"]["nodes"] == outline["nodes"]
    assert [row["id"] for row in found["index"]["runs"]] == [first.id, second.id]
    assert f"pairs/{first.id}/{second.id}" in found


def test_what_stands_in_it_already_is_not_repeated(store: Store, tmp_path: Path) -> None:
    run = store.runs()[0]
    found = written(tmp_path / "a.html", store, run)
    operator = found[f"runs/{run.id}/nodes/operator"]
    assert operator["queries"][0]["answer"] == ["```\n", 0, "\n```"]
    assert found[f"runs/{run.id}/programs"]["programs"][0] == ROOT
    (block,) = (found[name] for name in found if name.endswith("/nodes/0"))
    assert len(block["nodes"]) == 4 and "program" not in block["nodes"][0]["node"]


def test_a_node_may_come_of_a_query_without_an_answer(db: str, tmp_path: Path) -> None:
    """Nothing that runs records such a thing, but a recording may hold it."""
    plant = Plant("odd", goal="goal")
    plant.grow(None, "", origin=plant.ask(None, "goal", error="none"))
    with Store(f"sqlite:///{db}", write=True) as store:
        keep(store, plant.recording())
        found = written(tmp_path / "a.html", store, store.run("last"))
    assert found[f"runs/{plant.run}/nodes/operator"]["queries"][0]["answer"] is None


def test_nodes_lie_in_blocks(db: str, tmp_path: Path) -> None:
    plant = Plant("many", goal="goal")
    root = plant.grow(None, "true")
    for _ in range(report.BLOCK):
        plant.grow(root, "true")
    with Store(f"sqlite:///{db}", write=True) as store:
        keep(store, plant.recording())
        found = written(tmp_path / "a.html", store, store.run("last"))
    blocks = [len(found[name]["nodes"]) for name in found if re.search(r"/nodes/\d+$", name)]
    assert blocks == [report.BLOCK, 1]


def test_of_many_runs_each_is_compared_with_its_origin(store: Store, tmp_path: Path) -> None:
    runs = store.runs()
    few = written(tmp_path / "few.html", store, *runs[: report.COMPARED])
    pairs = {f"pairs/{a.id}/{b.id}" for a, b in combinations(runs[: report.COMPARED], 2)}
    assert {name for name in few if name.startswith("pairs/")} == pairs
    many = written(tmp_path / "many.html", store, *reversed(runs))
    origins = {f"pairs/{run.parent_run}/{run.id}" for run in runs if run.parent_run}
    assert {name for name in many if name.startswith("pairs/")} == origins


def test_no_name_of_the_page_is_declared_twice() -> None:
    """Its scripts share one scope, in which the later of two functions would silently hold."""
    own = [name for name in page.SCRIPTS if not name.startswith("vendor/")]
    text = "\n".join((page.FOLDER / name).read_text() for name in own)
    names = re.findall(r"^(?:async )?(?:function|class|const|let) (\w+)", text, re.MULTILINE)
    assert len(names) > 100 and [name for name in names if names.count(name) > 1] == []


def test_the_same_runs_give_the_same_page(store: Store, tmp_path: Path) -> None:
    run = store.runs()[0]
    one, other = (written(tmp_path / f"{name}.html", store, run) for name in "ab")
    assert {**one, "index": None} == {**other, "index": None}


def test_nothing_is_replaced_and_a_living_run_waits(store: Store, tmp_path: Path) -> None:
    run = store.runs()[0]
    path = tmp_path / "a.html"
    path.write_text("mine")
    with pytest.raises(StoreError, match="exists already"):
        written(path, store, run)
    with pytest.raises(StoreError, match="still grows"):
        written(tmp_path / "b.html", store, replace(run, end_cause=None))
    assert [each.name for each in tmp_path.glob("*.html*")] == ["a.html"]


@pytest.mark.root
def test_a_full_disk_leaves_nothing(cli: Cli, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "none", disk], check=True)
    try:
        full = cli("report", str(GALLERY / "paperclips.recursor"), "-o", str(disk / "a.html"))
        assert full.returncode == 1 and list(disk.iterdir()) == []
        assert full.stderr == f"recursor: cannot write {disk / 'a.html'}: No space left on device\n"
    finally:
        subprocess.run(["umount", disk], check=True)


def test_the_command_writes_recordings_and_recorded_runs(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    done = cli("report", str(GALLERY / "paperclips.recursor"), "-o", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{path}: 1 run, {path.stat().st_size} bytes\n"
    assert {"index"} < set(embedded(path))
    again = cli("report", str(GALLERY / "paperclips.recursor"), "-o", str(path))
    assert again.returncode == 1 and "exists already" in again.stderr
    nothing = cli("report", "none", "-o", str(tmp_path / "b.html"))
    assert nothing.returncode == 1 and nothing.stderr.count("\n") == 1
