"""Every view of the page, in a real browser, on the runs of the gallery."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from recursor.experiments import conduct
from recursor.experiments.results import Experiment
from recursor.export import recording
from recursor.records import AttributionRecord, CheckRecord, Recording
from recursor.store import Store
from recursor.viewer import report
from tests.experiments.plans import loaded
from tests.viewer.conftest import GALLERY, NAMES, Open, turn
from tests.viewer.test_documents import a_run, keep


@pytest.fixture(scope="module")
def recorded() -> dict[str, Recording]:
    """The runs of the gallery by name."""
    found = {}
    for name in NAMES:
        with recording.opened(GALLERY / f"{name}.recursor") as store:
            found[name] = store.recording("last")
    return found


@pytest.fixture
def show(
    open_page: Open, gallery: Path, recorded: dict[str, Recording]
) -> Callable[..., tuple[Page, Recording]]:
    """Open a view of a run of the gallery: `show("denials", "charts")`."""

    def shown(name: str, *view: str, **options: object) -> tuple[Page, Recording]:
        run = recorded[name]
        return open_page(gallery, "/".join(["#", "runs", run.run.id, *view]), **options), run

    return shown


Show = Callable[..., tuple[Page, Recording]]


def ends(text: str) -> re.Pattern[str]:
    """Return what an address that ends so matches."""
    return re.compile(f"{re.escape(text)}$")


# --- the runs


def test_runs_are_sorted_filtered_and_compared(
    open_page: Open, gallery: Path, recorded: dict[str, Recording]
) -> None:
    page = open_page(gallery)
    rows = page.locator("table.runs tbody tr")
    expect(rows).to_have_count(3)
    page.get_by_role("button", name="nodes", exact=True).click()
    counts = [len(run.nodes) for run in recorded.values()]
    column = rows.locator("td:nth-child(4)")
    assert column.all_inner_texts() == [str(count) for count in sorted(counts)]
    page.get_by_role("button", name="nodes", exact=True).click()
    assert column.all_inner_texts() == [str(count) for count in sorted(counts, reverse=True)]
    expect(page.locator("th[aria-sort=descending]")).to_have_text("nodes")
    page.get_by_label("Filter the runs").fill("SMOLLM2")
    expect(rows).to_have_count(1)
    expect(page.get_by_role("status")).to_have_text("1 of 3 runs")
    page.get_by_label("Filter the runs").fill("")
    compare = page.get_by_role("button", name="Compare two")
    expect(compare).to_be_disabled()
    for name in ("smollm2", "paperclips"):
        page.get_by_label(f"Compare {recorded[name].run.name}").check()
    compare.click()
    ids = sorted(recorded[name].run.id for name in ("smollm2", "paperclips"))
    expect(page).to_have_url(ends(f"#/pairs/{ids[0]}/{ids[1]}"))


def test_of_two_views_the_one_that_was_asked_for_last_is_shown(
    open_page: Open, gallery: Path, recorded: dict[str, Recording]
) -> None:
    page = open_page(gallery)
    slow, quick = (recorded[name].run for name in ("paperclips", "denials"))
    page.evaluate(
        """(slow) => {
            const load = Run.load;
            Run.load = async (source, id) => {
                if (id === slow) await new Promise((done) => { window.release = done; });
                return load(source, id);
            };
            location.hash = `#/runs/${slow}`;
        }""",
        slow.id,
    )
    expect(page.locator("main")).to_have_attribute("aria-busy", "true")
    page.evaluate("(quick) => { location.hash = `#/runs/${quick}`; }", quick.id)
    title = page.get_by_role("heading", level=1)
    expect(title).to_have_text(quick.goal)
    page.evaluate("release(); new Promise((done) => setTimeout(done, 300))")
    expect(title).to_have_text(quick.goal)


# --- the tree


@pytest.mark.parametrize("name", NAMES)
def test_every_node_is_drawn_and_listed(show: Show, name: str) -> None:
    page, run = show(name)
    canvas, outline = page.locator("canvas"), page.get_by_role("tree")
    expect(canvas).to_have_attribute("data-drawn", str(len(run.nodes)))
    expect(outline).to_have_attribute("data-lines", str(len(run.nodes) + 1))
    expect(page.get_by_role("heading", level=1)).to_have_text(run.run.goal)
    expect(page.locator("header.run")).to_contain_text(f"{len(run.nodes)} nodes")


def test_denials_are_seen_where_they_happened(show: Show) -> None:
    page, run = show("denials")
    refused = sum(event.kind == "refused" for event in run.events)
    denied = sum(query.decision == "denied" for query in run.queries)
    expect(page.locator(".legend .wall")).to_contain_text(f"denied{denied + refused}")
    expect(page.locator("canvas")).to_have_attribute("data-denials", re.compile("[1-9]"))


def test_the_keyboard_walks_the_tree(show: Show) -> None:
    page, run = show("paperclips")
    nodes = run.nodes
    first = nodes[0]
    children = [node for node in nodes if node.parent == first.id]
    canvas = page.locator("canvas")
    canvas.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[role=treeitem][aria-selected=true]")).to_contain_text(children[0].id[-6:])
    expect(page).to_have_url(ends(f"/nodes/{children[0].id}"))
    expect(page.locator("aside.panel")).to_contain_text(children[0].id[-6:])
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(ends(f"/nodes/{children[1].id}"))
    page.keyboard.press("ArrowUp")
    expect(page).to_have_url(ends(f"/nodes/{first.id}"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("canvas:not([data-zoom='1.000'])")
    page.keyboard.press("0")
    page.wait_for_selector("canvas[data-zoom='1.000']")
    page.keyboard.press("+")
    page.wait_for_selector("canvas:not([data-zoom='1.000'])")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


def test_a_wheel_zooms_and_a_drag_moves(show: Show) -> None:
    page, _ = show("paperclips")
    canvas = page.locator("canvas")
    expect(canvas).to_have_attribute("data-zoom", "1.000")
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 30)
    page.mouse.wheel(0, -400)
    page.wait_for_selector("canvas:not([data-zoom='1.000'])")
    drawn = int(canvas.get_attribute("data-drawn") or 0)
    assert 0 < drawn <= 10


def test_programs_are_searched(show: Show) -> None:
    page, run = show("paperclips")
    page.keyboard.press("/")
    page.keyboard.type("BEND")
    holding = [node for node in run.nodes if "bend" in node.program.lower()]
    assert 0 < len(holding) < len(run.nodes)
    expect(page.locator(".matches")).to_have_text(f"{len(holding)} of {len(run.nodes)} nodes")
    page.keyboard.press("Enter")
    selected = page.locator("[role=treeitem][aria-selected=true]")
    expect(selected).to_contain_text(
        holding[0].id[-6:] if holding[0] is not run.nodes[0] else holding[1].id[-6:]
    )
    page.locator("input.sought").fill("depth:3 exit:1")
    deep = [node for node in run.nodes if (node.depth, node.exit_code) == (3, 1)]
    expect(page.locator(".matches")).to_have_text(f"{len(deep)} of {len(run.nodes)} nodes")


def test_time_goes_back_and_forth(show: Show) -> None:
    page, run = show("paperclips")
    slider = page.get_by_label("Instant of the run")
    counts = page.locator(".counts")
    expect(counts).to_contain_text(f"{len(run.nodes)} begun, 0 living")
    slider.evaluate("(range) => { range.value = 0; range.dispatchEvent(new Event('input')) }")
    expect(counts).to_contain_text("0 begun")
    expect(page.locator("canvas")).to_have_attribute("data-drawn", "0")
    for begun in (1, 2):
        while f"{begun} begun" not in counts.inner_text():
            page.get_by_label("To the next event").click()
        expect(page.locator("canvas")).to_have_attribute("data-drawn", str(begun))
    page.get_by_label("Speed").select_option("1000")
    page.get_by_role("button", name="Play").click()
    expect(counts).to_contain_text(f"{len(run.nodes)} begun, 0 living")
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_widths_and_colours(show: Show) -> None:
    page, run = show("paperclips")
    for width, colour in (
        ("tokens", "depth"), ("time", "language"), ("nodes", "family"), ("time", "motif"),
    ):  # fmt: skip
        page.locator("label", has_text="Width").locator("select").select_option(width)
        page.locator("label", has_text="Colour").locator("select").select_option(colour)
        expect(page.get_by_label("Colours")).not_to_contain_text("exit")
        expect(page.get_by_label("Colours").locator("button")).not_to_have_count(0)
        expect(page.locator("canvas")).to_have_attribute("data-drawn", str(len(run.nodes)))
        counts = page.get_by_label("Colours").locator("button .muted").all_inner_texts()
        assert sum(int(count.replace(",", "")) for count in counts) == len(run.nodes), colour


# --- a node


def test_a_node_shows_all_that_is_recorded_of_it(
    show: Show, recorded: dict[str, Recording]
) -> None:
    node = recorded["paperclips"].nodes[1]
    page, run = show("paperclips", "nodes", node.id)
    panel = page.locator("aside.panel")
    code = panel.get_by_label("program", exact=True)
    assert code.first.text_content() == node.program
    assert code.first.locator("[class^=hljs-]").count() > 0
    origin = next(query for query in run.queries if query.id == node.origin_query)
    prompt = panel.get_by_label("prompt", exact=True).first
    assert prompt.text_content() == origin.rendered
    kinds = {span["source"].split(":")[0] for span in origin.spans}
    for kind in kinds:
        assert prompt.locator(f".from-{kind}").count() > 0
    for said in ("Lineage", "Motifs", "Queries", "stdout", "Isolation", "Used of the budget"):
        expect(panel).to_contain_text(said)


def test_the_operator_has_a_panel_too(show: Show) -> None:
    page, run = show("paperclips")
    page.get_by_role("treeitem", name="operator").click()
    expect(page.locator("aside.panel")).to_contain_text("Operator")
    expect(page.locator("aside.panel")).to_contain_text(run.run.goal)
    page.get_by_role("treeitem").nth(1).click()
    page.locator("aside.panel").get_by_role("link", name="operator").first.click()
    expect(page).to_have_url(ends("/nodes/operator"))
    page.reload()
    expect(page.locator("aside.panel")).to_contain_text("Operator")


def test_a_program_is_coloured_by_where_its_bits_came_from(open_page: Open, tmp_path: Path) -> None:
    """Offsets are code points, of which some are two units in a browser."""
    made = a_run()
    answer = "😀 echo root"
    first = replace(made.queries[0], answer=answer)
    scored = [
        AttributionRecord(first.run, first.id, "", [], 20.0, [8.0, 12.0], [1, 11]),
        AttributionRecord(first.run, first.id, "goal", [[0, 4]], 9.0, [9.0, 0.0]),
        AttributionRecord(first.run, first.id, "pack", [[0, 0]], 1.0, [-1.0, 2.0]),
        AttributionRecord(first.run, first.id, "everything", [[0, 4]], 10.0, [8.0, 2.0]),
    ]
    path = tmp_path / "a.html"
    with Store(f"sqlite:///{tmp_path}/a.db", write=True) as store:
        keep(store, replace(made, queries=[first, *made.queries[1:]]))
        store.add_together(scored).result()
        report.write(report.Chosen([(store, store.run("last"))]), path)
    page = open_page(path, f"#/runs/{first.run}/nodes/{made.nodes[0].id}")
    heat = page.get_by_label("answer by source")
    assert heat.text_content() == answer
    assert heat.locator(".token").all_text_contents() == ["😀", " echo root"]
    assert "goal: 9 bits" in (heat.locator(".token").first.get_attribute("title") or "")
    expect(page.locator(".heat table")).to_contain_text("all of these together")


# --- charts


def test_charts_show_what_their_tables_say(show: Show) -> None:
    page, run = show("denials", "charts")
    figures = page.locator("figure.chart")
    expect(figures).to_have_count(10)
    for number in range(10):
        expect(figures.nth(number).locator("svg")).to_be_visible()
    width = figures.filter(has_text="Width by depth")
    width.locator("summary").click()
    refused = [event.node for event in run.events if event.kind == "refused"]
    depths = {node.id: node.depth for node in run.nodes}
    rows = []
    for depth in range(1, 5):
        nodes = sum(each == depth for each in depths.values())
        walls = sum(depths[node or ""] + 1 == depth for node in refused)
        rows.append(f"{depth}\t{nodes}\t{walls}")
    assert width.locator("tbody tr").all_inner_texts() == rows
    expect(page.get_by_text("Behaviour: planted.")).to_be_visible()
    branching = figures.filter(has_text="Branching")
    expect(branching.locator("circle")).to_have_count(3)


# --- two runs


def test_two_runs_are_aligned(
    open_page: Open, gallery: Path, recorded: dict[str, Recording]
) -> None:
    a, b = (recorded[name] for name in ("paperclips", "smollm2"))
    page = open_page(gallery, f"#/pairs/{b.run.id}/{a.run.id}")
    rows = page.get_by_role("option")
    expect(rows).to_have_count(len(a.nodes) + len(b.nodes))
    expect(page.locator(".headline")).to_contain_text("in the answer of the operator")
    expect(page.locator(".is-frontier")).to_have_count(2)
    selected = page.locator("[role=option][aria-selected=true]")
    expect(selected).to_contain_text(a.nodes[0].id[-6:])
    page.keyboard.press("n")
    expect(selected).to_contain_text(b.nodes[0].id[-6:])
    expect(page.locator(".detail")).to_contain_text("only in the second")
    page.get_by_label("Both trees, aligned").focus()
    page.keyboard.press("ArrowDown")
    expect(selected).to_contain_text(b.nodes[1].id[-6:])
    page.keyboard.press("Home")
    expect(selected).to_contain_text(a.nodes[0].id[-6:])


def test_what_differs_in_a_pair_is_shown(open_page: Open, tmp_path: Path) -> None:
    made, other = a_run(), a_run(1)
    changed = replace(made.nodes[1], stdout=b"one\nother\nthree\n", stdout_bytes=16)
    plain = replace(made.nodes[1], stdout=b"one\ntwo\nthree\n", stdout_bytes=14)
    names = {old.id: new.id for old, new in zip(made.nodes, other.nodes, strict=True)}
    nodes = [
        replace(each, id=names[each.id], run=other.run.id, parent=names.get(each.parent or ""))
        for each in [made.nodes[0], changed, *made.nodes[2:]]
    ]
    path = tmp_path / "a.html"
    with Store(f"sqlite:///{tmp_path}/a.db", write=True) as store:
        keep(store, replace(made, nodes=[made.nodes[0], plain, *made.nodes[2:]]))
        keep(store, replace(other, nodes=nodes))
        check = CheckRecord(
            other.run.id, made.run.id, changed.key, "stdout", False, "clock", "date"
        )
        store.add(check).result()
        report.write(report.Chosen([(store, made.run), (store, other.run)]), path)
    page = open_page(path, f"#/pairs/{made.run.id}/{other.run.id}")
    expect(page.locator(".is-frontier")).to_contain_text("clock")
    detail = page.locator(".detail")
    expect(detail).to_contain_text("The replay's cause: clock, date")
    assert detail.locator("ins").all_inner_texts() == ["+ other\n"]
    assert detail.locator("del").all_inner_texts() == ["- two\n"]


def test_a_pair_that_is_not_there_says_how_to_have_it(open_page: Open, gallery: Path) -> None:
    page = open_page(gallery, "#/pairs/none/other")
    expect(page.get_by_role("alert")).to_contain_text("recursor report RUN RUN -o pair.html")
    page.evaluate("location.hash = '#/runs/none'")
    expect(page.get_by_role("alert")).to_contain_text("There is nothing of that name here.")


# --- an experiment


def test_an_experiment_shows_measures_and_runs(open_page: Open, tmp_path: Path) -> None:
    plan, url = loaded(tmp_path), f"sqlite:///{tmp_path}/a.db"
    with Store(url, write=True) as store:
        record = conduct.begin(store, plan, resume=False)
        for trial in store.trials(record.id):
            made = a_run(trial.number)
            run = replace(made.run, experiment=record.id, trial=trial.number)
            keep(store, replace(made, run=replace(run, condition=trial.condition)))
            ended = replace(trial, run=made.run.id, ended_at=made.run.ended_at)
            store.complete(trial, ended).result()
        experiment = Experiment(record, url)
        runs = [(store, store.run(run)) for run in experiment.runs()]
        assert len(runs) == 4
        report.write(report.Chosen(runs, [experiment]), tmp_path / "a.html")
    page = open_page(tmp_path / "a.html")
    page.get_by_role("link", name="small").click()
    expect(page.locator("figure.chart")).to_have_count(2)
    expect(page.locator("figure.chart circle")).to_have_count(4)
    expect(page.locator(".card")).to_have_count(4)
    page.locator(".card").first.scroll_into_view_if_needed()
    expect(page.locator(".card rect").first).to_be_visible()
    expect(page.locator("main")).to_contain_text("What does depth change?")
    page.locator(".card a").first.click()
    expect(page.locator("canvas")).to_have_attribute("data-drawn", "4")


# --- how it looks


@pytest.mark.parametrize("view", ["", "charts"])
def test_a_phone_is_wide_enough(show: Show, view: str) -> None:
    page, _ = show("paperclips", *filter(None, [view]), viewport={"width": 360, "height": 740})
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


_FAINT = """() => {
    const channels = (colour) => {
        const canvas = new OffscreenCanvas(1, 1).getContext("2d");
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
        .map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, place) => sum + c * [0.2126, 0.7152, 0.0722][place], 0);
    const ground = (element) => {
        for (let each = element; each; each = each.parentElement) {
            const colour = channels(getComputedStyle(each).backgroundColor);
            if (colour[3] === 255) return colour;
        }
        return channels("Canvas");
    };
    const faint = new Set();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        if (!texts.currentNode.data.trim() || !element.checkVisibility()) continue;
        if (element.closest("script, style, svg, noscript")) continue;
        const [a, b] = [light(channels(getComputedStyle(element).color)), light(ground(element))];
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        const said = `${element.className}: ${element.textContent.slice(0, 40)}`;
        if (contrast < 4.5) faint.add(`${said}, ${contrast}`);
    }
    return [...faint];
}"""
"""The texts whose contrast with what is behind them is below 4.5 (WCAG 2.2, 1.4.3)."""


_NAMELESS = """[...document.querySelectorAll('button, select, input, canvas, summary')]
    .filter((each) => !(each.ariaLabel || each.textContent.trim() || each.labels?.length))
    .map((each) => each.outerHTML)"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_and_everything_has_a_name(show: Show, scheme: str) -> None:
    page, run = show("denials", color_scheme=scheme)
    places = ["", "/charts", f"/nodes/{run.nodes[2].id}"]
    for place in [f"#/runs/{run.run.id}{each}" for each in places] + ["#/"]:
        turn(page, place)
        page.wait_for_timeout(200)
        assert page.evaluate(_FAINT) == [], place
        nameless = page.evaluate(_NAMELESS)
        assert nameless == [], place


def test_dark_and_light_are_turned_and_the_controls_are_not_printed(show: Show) -> None:
    page, _ = show("paperclips", color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_title("Dark or light").click()
    assert page.evaluate(ground) != light
    page.emulate_media(media="print")
    expect(page.get_by_title("Dark or light")).to_be_hidden()
    expect(page.locator("canvas")).to_be_visible()
