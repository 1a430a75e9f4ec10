"""A run is seen growing, in a real browser, from the command line's server."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from subprocess import DEVNULL

import pytest
from playwright.sync_api import Page, expect

from recursor.store import Store
from tests.conftest import environment_of_tests, root_rule
from tests.viewer.conftest import Open, viewing
from tests.viewer.test_documents import a_run, keep

pytestmark = [pytest.mark.jail, pytest.mark.once]

ENDLESS = """
while sleep 0.5; do
    echo "echo another child" | ./run-program
done
"""


@pytest.fixture
def served(db: str) -> Iterator[str]:
    """The address of the live page of a database with one run."""
    with Store(f"sqlite:///{db}", write=True) as store:
        keep(store, a_run())
    with viewing(db) as (_, url):
        yield url


def test_a_run_is_seen_growing(
    served: str, open_page: Open, db: str, stub: Callable[[str], str]
) -> None:
    page = open_page(served)
    expect(page.locator("table.runs tbody tr")).to_have_count(1)
    command = [
        *(sys.executable, "-m", "recursor", "run", "goal", "-m", stub(root_rule(ENDLESS))),
        *("--breadth", "1000", "--nodes", "1000", "--program-time", "1h"),
    ]
    environment = {**environment_of_tests(), "RECURSOR_DB": db}
    with subprocess.Popen(command, env=environment, stdout=DEVNULL, stderr=DEVNULL) as run:
        try:
            _see_it_grow(page)
        finally:
            run.send_signal(signal.SIGINT)
    expect(page.locator("header.run .summary")).to_contain_text("ended: interrupted")
    with Store(f"sqlite:///{db}") as store:
        nodes = len(store.nodes(store.run("last").id, content=False))
    expect(page.locator("canvas")).to_have_attribute("data-drawn", str(nodes))
    page.get_by_role("link", name="Charts").click()
    expect(page.locator("figure").first).to_be_visible()


def _see_it_grow(page: Page) -> None:
    row = page.get_by_role("row", name="living")
    row.get_by_role("link").click()
    summary, canvas = page.locator("header.run .summary"), page.locator("canvas")
    expect(summary).to_contain_text("living")
    canvas.focus()
    page.keyboard.press("ArrowDown")
    drawn = [0]
    while len({*drawn}) < 4:
        drawn.append(int(canvas.get_attribute("data-drawn") or 0))
        page.wait_for_timeout(50)
    expect(summary).to_contain_text("living")
    assert drawn == sorted(drawn)
