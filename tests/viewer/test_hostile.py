"""Whatever is in a recording stays text, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from recursor.experiments.results import Experiment
from recursor.store import Store
from recursor.viewer import page, report
from tests.viewer import hostile
from tests.viewer.conftest import PATIENCE_MS, Open, turn, viewing
from tests.viewer.test_documents import keep

COUNTED = (
    "script:not([type]), img, iframe, object, embed, form, link, base, meta[http-equiv], svg *"
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("hostile") / "recursor.db"
    with Store(f"sqlite:///{path}", write=True) as store:
        made = [hostile.a_run(number) for number in range(2)]
        record, trials = hostile.an_experiment(made[0].run.id)
        store.plan(record, trials)
        for each in made:
            of = replace(each.run, experiment=record.id, trial=0)
            keep(store, replace(each, run=of))
        yield store


@pytest.fixture(scope="module")
def written(runs: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "report.html"
    experiments = [Experiment(record, runs.url) for record in runs.experiments()]
    report.write(report.Chosen([(runs, run) for run in runs.runs()], experiments), path)
    return path


@pytest.fixture
def served(runs: Store) -> Iterator[str]:
    """The address of the live page of the same."""
    with viewing(runs.url) as (_, url):
        yield url


def test_the_attacks_are_real(browser: Browser, tmp_path: Path) -> None:
    """Where nothing stops them, they take effect: else what follows would say nothing."""
    here = [attack for attack in hostile.ATTACKS if "refresh" not in attack]
    counting = "<script>hits = []; function hit(name) { hits.push(name) }</script>"
    path = tmp_path / "plain.html"
    path.write_text(f"{counting}<main>{' '.join(here)}</main>", encoding="utf-8")
    plain = browser.new_page()
    plain.goto(f"file://{path}")
    plain.wait_for_function("new Set(hits).size === 5", timeout=PATIENCE_MS)
    assert set(plain.evaluate("hits")) == {"script", "end", "img", "svg", "frame"}
    assert plain.evaluate("getComputedStyle(document.querySelector('main')).display") == "none"
    plain.close()


def test_nothing_takes_effect_in_any_view_of_a_report(
    open_page: Open, written: Path, runs: Store
) -> None:
    first, _ = runs.runs()
    nodes = [f"#/runs/{first.id}/nodes/{node.id}" for node in runs.nodes(first.id, content=False)]
    unknown = ["#/runs/%3Cimg%20src=x%20onerror=hit(1)%3E", "#/experiments/%3Cscript%3Ehit(1)"]
    _look(open_page(written), [*_views(runs), *nodes, *unknown])


def test_nothing_takes_effect_in_the_live_page(served: str, open_page: Open, runs: Store) -> None:
    _look(open_page(served), _views(runs))


def _views(runs: Store) -> list[str]:
    first, second = runs.runs()
    (experiment,) = runs.experiments()
    return [
        "#/", f"#/runs/{first.id}", f"#/runs/{first.id}/charts", f"#/pairs/{first.id}/{second.id}",
        f"#/experiments/{experiment.id}",
    ]  # fmt: skip


def _look(shown: Page, views: list[str]) -> None:
    shown.evaluate(
        "window.hits = []; window.hit = (name) => hits.push(name);"
        "document.addEventListener('securitypolicyviolation', (said) => hits.push(said.blockedURI))"
    )
    for view in views:
        _show(shown, view)
        for details in shown.query_selector_all("details:not([open])"):
            details.evaluate("(element) => element.open = true")
        assert shown.evaluate("hits") == [], view
        _check_elements(shown, view)
    assert shown.evaluate("({}).polluted") is None


def test_nothing_is_loaded_and_nothing_else_is_allowed(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    markup = re.sub(r"<(script|style)\b[^>]*>.*?</\1>", "", text, flags=re.DOTALL)
    assert not re.search(r"\b(src|href|action|on\w+|style)\s*=", markup)
    assert len(re.findall(r"<script>", text)) == 1
    rules = dict(rule.split(" ", 1) for rule in page.policy(live=False).split("; "))
    assert rules["default-src"] == rules["connect-src"] == rules["form-action"] == "'none'"
    assert rules["script-src"].startswith("'sha256-") and "unsafe" not in str(rules)


def _show(shown: Page, view: str) -> None:
    turn(shown, view)
    shown.wait_for_selector("text=measuring…", state="detached")
    shown.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")


def _check_elements(shown: Page, view: str) -> None:
    """What the page makes itself is there, and nothing else."""
    assert shown.evaluate("document.querySelectorAll('script:not([type])').length") == 1
    found = shown.evaluate("[...document.querySelectorAll('*')].map((each) => each.localName)")
    assert not {"img", "iframe", "object", "embed", "form", "link", "base"} & set(found), view
    assert shown.evaluate("getComputedStyle(document.querySelector('main')).display") == "block"
    hidden = r"/[\x00\x1b\u200b-\u200f\u202a-\u202e\u2066-\u2069]/"
    text = "document.title + document.body.innerText"
    assert not shown.evaluate(f"{hidden}.test({text})"), view
    links = shown.evaluate("[...document.links].map((link) => link.getAttribute('href'))")
    assert all(link.startswith("#") for link in links), view
