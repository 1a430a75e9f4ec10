"use strict";

// The runs as a table, to be sorted and filtered; two of them can be compared.

/** The runs and experiments there are. */
function overview(page) {
  return new Overview(page).view();
}

class Overview {
  static COLUMNS = [
    { name: "goal", cell: (run) => h("a", { href: address("runs", run.id) }, firstLine(run.goal) || "(no goal)"), value: (run) => run.goal },
    { name: "name", cell: (run) => run.name },
    { name: "nodes", cell: (run) => run.nodes },
    { name: "depth", cell: (run) => run.depth },
    { name: "queries", cell: (run) => run.queries },
    { name: "denied", cell: (run) => run.denied },
    { name: "tokens", cell: (run) => run.tokens },
    { name: "end", cell: (run) => run.end_cause },
    { name: "model", cell: (run) => [run.model, run.provenance === "general" ? "" : h("span.muted", null, ` ${run.provenance}`)], value: (run) => run.model },
    { name: "pack", cell: (run) => run.pack },
    { name: "seed", cell: (run) => String(run.seed), value: (run) => run.seed },
    { name: "budget", cell: (run) => Overview.budget(run), value: (run) => run.budget.nodes },
    { name: "started", cell: (run) => run.started_at.slice(0, 16).replace("T", " "), value: (run) => run.started_at },
    { name: "tags", cell: (run) => run.tags.join(", ") },
  ];
  static SHOWN = 200;

  static budget({ budget }) {
    return `depth ${budget.depth}, breadth ${budget.breadth}, ${number(budget.nodes)} nodes`;
  }

  constructor(page) {
    this.page = page;
    this.runs = page.index.runs;
    this.sorted = { name: "started", isDown: true };
    this.wanted = "";
    this.shown = Overview.SHOWN;
    this.chosen = new Set();
    this.body = h("tbody");
    this.said = h("p.muted", { role: "status" });
    this.more = h("button", { onclick: () => { this.shown += Overview.SHOWN; this.#fill(); } }, "More");
    this.compare = h("button", { disabled: true, onclick: () => this.#compare() }, "Compare two");
    this.heads = new Map(Overview.COLUMNS.map(({ name }) => [name, this.#head(name)]));
  }

  view() {
    const filter = h("input", {
      type: "search", placeholder: "goal, model, end, tag …", "aria-label": "Filter the runs",
      oninput: (event) => { this.wanted = event.target.value.toLowerCase(); this.shown = Overview.SHOWN; this.#fill(); },
    });
    const element = h("div.overview", null,
      this.#experiments(),
      h("h1", null, "Runs"),
      h("div.controls", null, filter, this.compare, this.said),
      h("div.scrolls", null, h("table.runs", null,
        h("thead", null, h("tr", null, h("th", null, h("span.unseen", null, "compare")), ...this.heads.values())),
        this.body)),
      this.more);
    this.#fill();
    return { title: "Runs", element, update: ({ runs }) => this.#update(runs) };
  }

  #update(runs) {
    this.runs = runs;
    // Whoever is about to press something keeps it under the pointer.
    if (!this.body.contains(document.activeElement)) this.#fill();
  }

  #experiments() {
    const { experiments } = this.page.index;
    if (!experiments.length) return null;
    return h("section", null, h("h1", null, "Experiments"), h("ul", null, experiments.map((each) =>
      h("li", null, h("a", { href: address("experiments", each.id) }, each.name), each.question ? ` ${each.question}` : ""))));
  }

  #head(name) {
    const sort = () => {
      this.sorted = { name, isDown: this.sorted.name === name && !this.sorted.isDown };
      this.#fill();
    };
    return h("th", { scope: "col" }, h("button.sort", { onclick: sort }, name));
  }

  #rows() {
    const column = Overview.COLUMNS.find(({ name }) => name === this.sorted.name);
    const key = column.value ?? column.cell;
    const holds = (run) => !this.wanted || [run.id, run.goal, run.name, run.model, run.pack, run.end_cause, run.mode, ...run.tags]
      .some((text) => text?.toLowerCase().includes(this.wanted));
    const found = this.runs.filter(holds);
    found.sort((a, b) => d3.ascending(key(a) ?? "", key(b) ?? ""));
    return this.sorted.isDown ? found.reverse() : found;
  }

  #fill() {
    const rows = this.#rows();
    for (const [name, head] of this.heads) {
      const direction = this.sorted.isDown ? "descending" : "ascending";
      head.setAttribute("aria-sort", name === this.sorted.name ? direction : "none");
    }
    this.body.replaceChildren(...rows.slice(0, this.shown).map((run) => this.#row(run)));
    this.more.hidden = rows.length <= this.shown;
    this.said.textContent = this.runs.length
      ? `${number(rows.length)} of ${number(this.runs.length)} runs`
      : 'No run is recorded yet: `recursor run "a goal"` grows one.';
  }

  #row(run) {
    const mark = h("input", {
      type: "checkbox", "aria-label": `Compare ${run.name ?? run.id}`, checked: this.chosen.has(run.id),
      onchange: (event) => this.#choose(run.id, event.target.checked),
    });
    return h("tr", null, h("td", null, mark), Overview.COLUMNS.map((column) => {
      const cell = column.cell(run);
      const isNumber = typeof cell === "number";
      return h(isNumber ? "td.number" : "td", null, isNumber ? number(cell) : cell);
    }));
  }

  #choose(id, isChosen) {
    if (isChosen) this.chosen.add(id);
    else this.chosen.delete(id);
    this.compare.disabled = this.chosen.size !== 2;
  }

  #compare() {
    // The earlier one stands at the left.
    const ids = this.runs.map((run) => run.id).filter((id) => this.chosen.has(id));
    this.page.go("pairs", ...ids);
  }
}
