"""How large a run the page bears: `python bench/page.py [--quick]`.

Synthetic runs of 1,000, 10,000 and 100,000 nodes, as a report and from the live server, opened in
Debian's Chromium without a screen. A zoom is a turn of the wheel over the tree, a search three
letters typed into the field; each is timed in the page, from the event to the end of the frame that
shows what came of it.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import synthetic
from playwright.sync_api import Browser, Page, sync_playwright

from recursor.store import Store
from recursor.viewer import report

SIZES = (1_000, 10_000, 100_000)
TURNS = 20
WORDS = ("step 99", "echo", "0017", "budget", "nothing has this")

_PAINTED = """
    const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const until = async (holds) => {
        const begun = performance.now();
        do await painted(); while (!holds() && performance.now() < begun + 20_000);
        return performance.now() - begun;
    };
"""
_ZOOM = f"""async (turns) => {{
    {_PAINTED}
    const canvas = document.querySelector("canvas");
    const box = canvas.getBoundingClientRect();
    const place = {{ clientX: box.x + box.width * 0.4, clientY: box.y + box.height * 0.5 }};
    const took = [];
    for (let turn = 0; turn < turns; turn++) {{
        const zoom = canvas.dataset.zoom, deltaY = turn < turns / 2 ? -240 : 240;
        canvas.dispatchEvent(
            new WheelEvent("wheel", {{ ...place, deltaY, bubbles: true, cancelable: true }}));
        took.push(await until(() => canvas.dataset.zoom !== zoom));
    }}
    return Math.max(...took);
}}"""
_SEARCH = f"""async (words) => {{
    {_PAINTED}
    const field = document.querySelector("input.sought");
    const said = document.querySelector(".matches");
    const took = [];
    for (const word of words) {{
        const before = said.textContent;
        field.value = word;
        field.dispatchEvent(new Event("input", {{ bubbles: true }}));
        took.push(await until(() => said.textContent !== before));
    }}
    return Math.max(...took);
}}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="not the run of 100,000 nodes")
    sizes = SIZES[:-1] if parser.parse_args().quick else SIZES
    program = shutil.which("chromium")
    if program is None:
        sys.exit("chromium is not installed: `./setup chromium`")
    print("| nodes | page | written, s | MB | opened, s | slowest zoom, ms | slowest search, ms |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for nodes in sizes:
            database = Path(folder, f"{nodes}.db")
            synthetic.write(database, nodes)
            _report(browser, database, nodes)
            _live(browser, database, nodes)


def _report(browser: Browser, database: Path, nodes: int) -> None:
    path = database.with_suffix(".html")
    begun = time.perf_counter()
    with Store(f"sqlite:///{database}") as store:
        report.write(report.Chosen([(store, store.run("last"))]), path)
    written_s = time.perf_counter() - begun
    size_mb = path.stat().st_size / 1e6
    looked = _looked(browser, f"file://{path}")
    print(f"| {nodes:,} | report | {written_s:.1f} | {size_mb:.1f} | {looked} |", flush=True)


def _live(browser: Browser, database: Path, nodes: int) -> None:
    with _served(database) as url:
        looked = _looked(browser, f"{url}#/runs/{synthetic.RUN}")
    print(f"| {nodes:,} | live |  |  | {looked} |", flush=True)


def _looked(browser: Browser, url: str) -> str:
    page: Page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(120_000)
    begun = time.perf_counter()
    page.goto(url)
    page.wait_for_selector("canvas[data-drawn]")
    opened_s = time.perf_counter() - begun
    zoom_ms, search_ms = page.evaluate(_ZOOM, TURNS), page.evaluate(_SEARCH, WORDS)
    page.close()
    return f"{opened_s:.1f} | {zoom_ms:.0f} | {search_ms:.0f}"


@contextmanager
def _served(database: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "recursor", "view", str(database)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.send_signal(signal.SIGINT)


if __name__ == "__main__":
    main()
