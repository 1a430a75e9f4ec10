"use strict";

// An experiment: its declared measures by condition, its comparisons, and its runs as small multiples.

const PROFILE = { width: 132, height: 40 };
const CARDS_AT_ONCE = 60;

async function experimentView(page, id) {
  const found = await page.source.experiment(id);
  if (!found) return { title: "Not here", element: h("p", { role: "alert" }, "There is no experiment of that name here.") };
  const view = new ExperimentView(page, found);
  return { title: found.name, element: view.element, close: () => view.close() };
}

class ExperimentView {
  #profiles = new Map(); // the run of each card whose profile was not drawn yet

  constructor(page, found) {
    Object.assign(this, { page, found });
    this.known = new Map(page.index.runs.map((run) => [run.id, run]));
    // A tree is read when its card comes into sight.
    this.seen = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) this.#draw(target);
    });
    this.element = h("div.experiment", null,
      h("h1", null, found.name),
      found.plan.question ? h("p", null, found.plan.question) : null,
      this.#count(),
      h("h2", null, "Measures by condition"),
      h("div.charts", null, found.measures.map((measure) => this.#panel(measure))),
      this.#comparisons(),
      h("h2", null, "Runs"),
      ...this.#groups());
  }

  close() {
    this.seen.disconnect();
  }

  #count() {
    const { planned, measured, failed, causes, provenance } = this.found.count;
    return facts([
      ["planned", planned], ["measured", measured], ["open", planned - measured - failed], ["failed", failed],
      ["why", Object.entries(causes).map(([cause, count]) => `${cause} (${number(count)})`).join(", ")],
      ["behaviour", provenance],
      ["factors", Object.entries(this.found.plan.factors).map(([name, levels]) => `${name} (${levels.length} levels)`).join(", ")],
    ]);
  }

  // Measures

  #panel(measure) {
    const rows = this.found.table.filter((row) => row.measure === measure);
    const means = rows.map(({ condition, mean, low, high }) => ({ name: condition, value: mean, low, high }));
    return chart(measure, "Mean and 95% interval by condition.", dots(means), [
      ["condition", ({ condition }) => condition], ["runs", ({ n }) => n], ["mean", ({ mean }) => mean],
      ["low", ({ low }) => low], ["high", ({ high }) => high], ["interval", ({ method }) => method],
    ], rows);
  }

  #comparisons() {
    const { comparisons } = this.found;
    if (!comparisons.length) return null;
    return h("section", null, h("h2", null, "Declared comparisons"), table([
      ["measure", ({ measure }) => measure], ["from", ({ a }) => a], ["to", ({ b }) => b], ["pairs", ({ pairs }) => pairs],
      ["difference", ({ difference }) => difference],
      ["95% interval", ({ low, high }) => low === null ? "" : `${number(low)} to ${number(high)}`],
      ["effect (d)", ({ effect }) => effect], ["p", ({ p }) => p === null ? "" : p.toPrecision(2)],
      ["p (Holm)", ({ p_holm: p }) => p === null ? "" : p.toPrecision(2)],
    ], comparisons), h("p.muted", null, "Paired permutation test, two-sided; corrected over all declared comparisons. Fewer than 50 pairs say little."));
  }

  // Runs

  #groups() {
    return d3.groups(this.found.runs, ({ condition }) => condition).flatMap(([condition, runs]) => {
      const cards = h("div.cards");
      const more = h("button", { onclick: () => show() }, "More");
      let shown = 0;
      const show = () => {
        cards.append(...runs.slice(shown, shown + CARDS_AT_ONCE).map((row) => this.#card(row)));
        shown += CARDS_AT_ONCE;
        more.hidden = shown >= runs.length;
      };
      show();
      return [h("h3", null, `${condition}: ${counted(runs.length, "run", "runs")}`), cards, more];
    });
  }

  #card(row) {
    const isHere = this.known.has(row.run);
    const name = `${row.goal}, seed ${row.seed}`;
    const profile = s("svg.profile", { viewBox: `0 0 ${PROFILE.width} ${PROFILE.height}`, "aria-hidden": "true" });
    const card = h("div.card", null,
      isHere ? h("a", { href: address("runs", row.run) }, name) : h("span", null, name),
      profile,
      h("span.muted", null, row.failure ? h("span.denied", null, row.failure) : row.end_cause ?? ""),
      h("span", null, this.found.measures.map((measure) => `${measure} ${number(row[measure])}`).join(", ")));
    if (isHere) {
      this.#profiles.set(card, { run: row.run, profile });
      this.seen.observe(card);
    }
    return card;
  }

  /** Draw how many nodes a run has at each depth. */
  async #draw(card) {
    const wanted = this.#profiles.get(card);
    if (!wanted) return;
    this.#profiles.delete(card);
    this.seen.unobserve(card);
    const tree = await this.page.source.tree(wanted.run);
    if (!tree) return;
    const counts = d3.rollup(tree.nodes.depth, (each) => each.length, (depth) => depth);
    const depths = d3.range(1, (d3.max(counts.keys()) ?? 0) + 1);
    const most = d3.max(counts.values()) ?? 1;
    const step = Math.min(PROFILE.height / Math.max(1, depths.length), 12);
    wanted.profile.replaceChildren(...depths.map((depth) => {
      const width = (PROFILE.width * (counts.get(depth) ?? 0)) / most;
      return s("rect", { x: (PROFILE.width - width) / 2, y: (depth - 1) * step, width, height: Math.max(1, step - 1) });
    }));
  }
}
