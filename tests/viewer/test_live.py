"""A run is seen growing, in a real browser, from the command line's server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from recursor.store import Store
from tests.conftest import environment_of_tests, root_rule
from tests.viewer.conftest import Open
from tests.viewer.test_documents import a_run, keep

pytestmark = [pytest.mark.jail, pytest.mark.once]

SLOWLY = """
for NUMBER in 1 2 3; do
    sleep 1
    echo "echo child $NUMBER" | ./run-program
done
"""


@pytest.fixture
def started(db: str, tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that are ended after the test."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.terminate()
        process.communicate(timeout=20)


def start(db: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "recursor", *arguments], text=True,
        env={**environment_of_tests(), "RECURSOR_DB": db},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def test_a_run_is_seen_growing(
    db: str, tmp_path: Path, started: list[subprocess.Popen[str]], open_page: Open
) -> None:
    with Store(f"sqlite:///{db}", write=True) as store:
        keep(store, a_run())
    rules = tmp_path / "slow.toml"
    rules.write_text(root_rule(SLOWLY), encoding="utf-8")
    server = start(db, "view", db)
    started.append(server)
    assert server.stdout
    url = server.stdout.readline().strip()
    page = open_page(url)
    expect(page.locator("table.runs tbody tr")).to_have_count(1)
    started.append(start(db, "run", "goal", "-m", f"stub:{rules}"))
    row = page.get_by_role("row", name="living")
    expect(row).to_be_visible(timeout=20_000)
    row.get_by_role("link").click()
    summary, canvas = page.locator("header.run .summary"), page.locator("canvas")
    expect(summary).to_contain_text("living")
    drawn = [int(canvas.get_attribute("data-drawn") or 0)]
    canvas.focus()
    page.keyboard.press("ArrowDown")
    while "living" in summary.inner_text():
        drawn.append(int(canvas.get_attribute("data-drawn") or 0))
        page.wait_for_timeout(50)
    expect(summary).to_contain_text("ended: completed")
    expect(canvas).to_have_attribute("data-drawn", "4")
    assert drawn == sorted(drawn) and len({*drawn, 4}) >= 3, drawn
    page.get_by_role("link", name="Charts").click()
    expect(page.locator("figure").first).to_be_visible()
