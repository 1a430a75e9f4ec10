"use strict";

// Two runs side by side: their trees aligned by key, and where they part.

const PAIR_LINE = 26; // px, as in style.css
const MARKS = { "=": "the same", "~": "different", "-": "only in the first", "+": "only in the second" };

/** Two runs side by side; a report may hold the pair the other way round only. */
async function pairView(page, a, b) {
  const found = (await page.source.pair(a, b)) ?? (await page.source.pair(b, a));
  if (!found) return { title: "Two runs", element: noPair(page, a, b) };
  const runs = await Promise.all([found.a, found.b].map((id) => Run.load(page.source, id)));
  const view = new PairView(page, found, runs);
  return { title: "Two runs", element: view.element, close: () => view.close() };
}

function noPair(page, a, b) {
  const names = [a, b].map((id) => page.index.runs.find((run) => run.id === id)?.id ?? "RUN").join(" ");
  return h("p", { role: "alert" }, "These two are not compared here. ", h("code", null, `recursor report ${names} -o pair.html`),
    " writes a report that compares them.");
}

class PairView {
  #selected = -1;
  #lines = new Map(); // the elements in sight, by their row
  #frame = 0;

  constructor(page, found, runs) {
    Object.assign(this, { page, found, runs, rows: found.rows });
    this.frontier = found.rows.flatMap((row, place) => row.is_frontier ? [place] : []);
    this.points = d3.group(found.points, ({ a, b }) => `${a} ${b}`);
    this.causes = new Map(found.causes.map((each) => [each.b, each]));
    this.#make();
    this.listener = (event) => this.#key(event);
    document.addEventListener("keydown", this.listener);
    if (this.frontier.length) this.#select(this.frontier[0]);
  }

  close() {
    document.removeEventListener("keydown", this.listener);
    cancelAnimationFrame(this.#frame);
    this.resized.disconnect();
  }

  #make() {
    this.space = h("div", { role: "presentation", style: { height: `${this.rows.length * PAIR_LINE}px` } });
    this.list = h("div.aligned", {
      role: "listbox", tabindex: "0", "aria-label": "Both trees, aligned", "data-rows": this.rows.length, onscroll: () => this.#soon(),
    }, this.space);
    this.detail = h("section.detail", { "aria-live": "polite" });
    this.resized = new ResizeObserver(() => this.#soon());
    this.resized.observe(this.list);
    const count = this.frontier.length;
    this.element = h("div.pair", null,
      h("h1", null, "Two runs side by side"),
      h("p.headline", { role: "status" }, this.#headline()),
      h("div.sides", null, this.#summary()),
      h("div.controls", null,
        h("button", { onclick: () => this.#next(-1), disabled: !count, title: "The divergence before (N)" }, "↑ divergence"),
        h("button", { onclick: () => this.#next(1), disabled: !count, title: "The next divergence (n)" }, "↓ divergence"),
        h("span.muted", null, `${counted(count, "divergence", "divergences") ?? "no divergence"}: nothing above or below differs earlier`)),
      h("div.columns", null, h("span", null, ""), this.#runLink(0), this.#runLink(1)),
      this.list,
      this.detail);
  }

  #runLink(side) {
    const { facts: run } = this.runs[side];
    return h("a", { href: address("runs", run.id) }, run.name ?? run.id);
  }

  /** Where the two part, in words. */
  #headline() {
    const [first] = this.found.points;
    if (!first) return "Nothing differs.";
    const who = first.a === null && first.b === null ? "the operator" : this.#label(first.a, first.b);
    return `The two part at ${duration(1000 * first.instant_s)}, in the ${first.what} of ${who}.`;
  }

  #label(a, b) {
    return a !== null ? this.runs[0].label(a) : this.runs[1].label(b);
  }

  #summary() {
    const { nodes, queries, equal_answers: equal, different_answers: different, end_causes: ends } = this.found;
    const shares = [["nodes", nodes], ["queries", queries]].map(([name, { both, only_a: a, only_b: b }]) => ({ name, both, a, b }));
    const about = ["goal", "model", "pack", "seed", "mode"].map((name) => (
      { name, values: this.runs.map(({ facts: run }) => firstLine(String(run[name]))) }));
    return [
      table([["", ({ name }) => name], ["first", ({ values: [a] }) => a], ["second", ({ values: [, b] }) => b]], about),
      table([["", ({ name }) => name], ["in both", ({ both }) => both], ["only first", ({ a }) => a], ["only second", ({ b }) => b]], shares),
      table([["answers to the same query", ({ name }) => name], ["", ({ count }) => count]],
        [{ name: "equal", count: equal }, { name: "different", count: different }]),
      table([["nodes that ended", ([name]) => name], ["first", ([, [a]]) => a], ["second", ([, [, b]]) => b]], Object.entries(ends)),
    ];
  }

  // The rows in sight

  #soon() {
    this.#frame ||= requestAnimationFrame(() => this.#fill());
  }

  #fill() {
    this.#frame = 0;
    const { scrollTop, clientHeight } = this.list;
    const first = Math.max(0, Math.floor(scrollTop / PAIR_LINE) - 4);
    const last = Math.min(this.rows.length, first + Math.ceil(clientHeight / PAIR_LINE) + 8);
    for (const [place, element] of this.#lines) {
      if (place >= first && place < last) continue;
      element.remove();
      this.#lines.delete(place);
    }
    for (let place = first; place < last; place++) {
      if (!this.#lines.has(place)) {
        this.#lines.set(place, this.#line(place));
        this.space.append(this.#lines.get(place));
      }
      this.#lines.get(place).setAttribute("aria-selected", place === this.#selected);
    }
  }

  #line(place) {
    const row = this.rows[place];
    const cause = this.causes.get(row.b)?.cause;
    const cell = (position, side) => h("span.cell", { style: { "padding-left": `${14 * Math.min(row.depth - 1, 20)}px` } },
      position === null ? h("span.muted", null, "—") : this.runs[side].label(position));
    return h(`div.row${row.is_frontier ? ".is-frontier" : ""}`, {
      id: `row-${place}`, role: "option", "data-mark": row.mark, onclick: () => this.#select(place), style: { top: `${place * PAIR_LINE}px` },
    },
      h("span.mark", { title: MARKS[row.mark], "aria-label": MARKS[row.mark] }, row.mark),
      cell(row.a, 0), cell(row.b, 1),
      row.is_frontier ? h("span.badge", null, cause ? cause : "diverges here") : null);
  }

  // The selected row

  #next(direction) {
    const place = direction > 0
      ? d3.bisectRight(this.frontier, this.#selected)
      : d3.bisectLeft(this.frontier, this.#selected) - 1;
    const { length } = this.frontier;
    if (length) this.#select(this.frontier[(place + length) % length]);
  }

  #select(place) {
    this.#selected = place;
    this.list.setAttribute("aria-activedescendant", `row-${place}`);
    const top = place * PAIR_LINE;
    const { scrollTop, clientHeight } = this.list;
    if (top < scrollTop || top + PAIR_LINE > scrollTop + clientHeight) this.list.scrollTop = top - clientHeight / 2;
    this.#soon();
    this.#tell(place);
  }

  async #tell(place) {
    const row = this.rows[place];
    const read = (position, side) => position === null ? null : this.page.source.node(this.runs[side], position);
    let found;
    try {
      found = await Promise.all([read(row.a, 0), read(row.b, 1)]);
    } catch (error) {
      this.detail.replaceChildren(h("p.error", { role: "alert" }, `These nodes could not be read: ${error.message}`));
      return;
    }
    if (place !== this.#selected) return;
    this.detail.replaceChildren(...this.#told(row, ...found.map((each) => each?.node)));
  }

  #told(row, a, b) {
    const cause = this.causes.get(row.b);
    const link = (position, side) => position === null ? null
      : h("a", { href: address("runs", this.runs[side].id, "nodes", this.runs[side].nodes.id[position]) }, this.runs[side].label(position));
    const head = h("h2", null, [link(row.a, 0), link(row.b, 1)].filter(Boolean).flatMap((each, place) => place ? [" and ", each] : [each]), `: ${MARKS[row.mark]}`);
    const why = cause && h("p", null, `The replay's cause: ${cause.cause}${cause.evidence ? `, ${cause.evidence}` : ""}`);
    if (!a || !b) return [head, codeText((a ?? b).program, (a ?? b).language)];
    const points = this.points.get(`${row.a} ${row.b}`) ?? [];
    return [
      head, why,
      points.length ? table([
        ["at", ({ instant_s }) => duration(1000 * instant_s)], ["what", ({ what }) => what],
        ["first", ({ shown_a: shown }) => shownText(shown)], ["second", ({ shown_b: shown }) => shownText(shown)],
      ], points) : null,
      h("h3", null, "Program"), a.program === b.program ? codeText(a.program, a.language) : diffText(a.program, b.program),
      ...["stdout", "stderr"].flatMap((name) => {
        const [one, other] = [a, b].map((node) => node[name]?.text ?? "");
        return one || other ? [h("h3", null, name), diffText(one, other)] : [];
      }),
    ].filter(Boolean);
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, select, textarea")) return;
    const inList = event.target === this.list;
    const move = (by) => inList && (() => this.#select(Math.max(0, Math.min(this.rows.length - 1, this.#selected + by))));
    const does = {
      n: () => this.#next(1), N: () => this.#next(-1),
      ArrowDown: move(1), ArrowUp: move(-1), PageDown: move(20), PageUp: move(-20),
      Home: move(-Infinity), End: move(Infinity),
    }[event.key];
    if (!does) return;
    event.preventDefault();
    does();
  }
}

/** How one of two runs has it: nothing is another thing than an empty text. */
function shownText(shown) {
  return shown === null ? h("span.muted", null, "not at all") : h("code", null, visibleParts(shown));
}
