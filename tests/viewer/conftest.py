"""Reports, and a browser to look at them with."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from recursor.export import recording
from recursor.viewer import report
from tests.conftest import environment_of_tests

GALLERY = Path(__file__).parents[2] / "runs" / "gallery"
NAMES = ("paperclips", "denials", "smollm2")
PATIENCE_MS = 60_000
"""A browser may have to wait for its turn: what is to be seen comes, sooner or later."""
expect.set_options(timeout=PATIENCE_MS)

Open = Callable[..., Page]


@contextmanager
def viewing(db: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`recursor view` of a database, and the address that it prints."""
    process = subprocess.Popen(
        [sys.executable, "-m", "recursor", "view", db], env=environment_of_tests(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def turn(page: Page, view: str) -> None:
    """Have an open page show another view, and wait until it is read."""
    page.evaluate(
        """(view) => location.hash === view || new Promise((done) => {
            addEventListener("hashchange", () => done(), { once: true });
            location.hash = view;
        })""",
        view,
    )
    page.wait_for_selector("main:not([aria-busy])", state="attached")


@pytest.fixture(scope="package")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of the runs of the gallery."""
    path = tmp_path_factory.mktemp("report") / "gallery.html"
    with ExitStack() as opened:
        stores = [
            opened.enter_context(recording.opened(GALLERY / f"{name}.recursor")) for name in NAMES
        ]
        report.write(report.Chosen([(store, store.run("last")) for store in stores]), path)
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; one a module, since while it is there no other event loop can run."""
    program = shutil.which("chromium")
    assert program, "chromium is not installed: `./setup chromium`"
    with sync_playwright() as playwright:
        # It is root's, and what it opens is ours.
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Open an address; whatever the page complains of, or asks others for, fails the test."""
    complaints: list[str] = []
    pages: list[Page] = []

    def opened(address: Path | str, view: str = "", **options: object) -> Page:
        url = f"file://{address}" if isinstance(address, Path) else address
        page = browser.new_page(**options)  # type: ignore[arg-type]
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text))
        page.on(
            "request",
            lambda asked: None if asked.url.startswith(url) else complaints.append(asked.url),
        )
        page.goto(url + view)
        page.wait_for_selector("main:not([aria-busy]) > *")
        pages.append(page)
        return page

    yield opened
    for page in pages:
        page.close()
    assert not complaints
