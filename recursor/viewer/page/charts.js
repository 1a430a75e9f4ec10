"use strict";

// A run in charts: those that its tree tells are there at once and grow with it; the others when the
// run has been measured. Every chart has its numbers in a table, too.

const CHART = { width: 460, left: 150, right: 46, top: 8, line: 24, bottom: 30 };
const PLOT = { width: 460, height: 220, left: 52, right: 14, top: 10, bottom: 34 };
const INSTANTS = 1000; // as many as a chart has room for
const LARGEST = 15;

function chartsView(page, run) {
  const view = new ChartsView(page, run);
  return { title: `Charts of ${run.facts.goal}`, element: view.element, update: (grown) => view.update(grown) };
}

class ChartsView {
  constructor(page, run) {
    this.page = page;
    this.header = h("header");
    this.told = h("div.charts");
    this.measured = h("div.charts");
    this.about = h("p.muted", { role: "status" });
    this.element = h("div", null, this.header, this.told,
      h("h2", null, "Measured"), this.about, this.measured);
    this.update(run);
    this.#measure(run);
  }

  update(run) {
    this.run = run;
    const made = runHeader(this.page, run, "charts");
    this.header.replaceWith(made);
    this.header = made;
    this.told.replaceChildren(widths(run), tokensByDepth(run), livingNodes(run), ledger(run), endCauses(run));
  }

  async #measure(run) {
    this.about.textContent = "measuring…";
    try {
      const found = await this.page.source.measures(run.id);
      if (found) this.#show(run, found);
      else this.about.textContent = "This run was not measured.";
    } catch (error) {
      this.about.textContent = `It could not be measured: ${error.message}`;
    }
  }

  #show(run, found) {
    const text = found.as_text ? ` ${counted(found.as_text, "program", "programs")} of no known language measured as text.` : "";
    const living = run.isLiving ? ` As the run was with ${counted(found.families.length, "node", "nodes")}.` : "";
    this.about.textContent = `Behaviour: ${found.provenance}. `
      + `${number(found.weak_links)} nodes are linked to their answer by evidence weaker than exact.${text}${living}`;
    this.measured.replaceChildren(branching(found), responses(found), clusters(run, found), motifRates(found), discovery(found));
  }
}

// What the tree tells

function widths(run) {
  const refused = new Map();
  for (const node of run.refused.node) {
    const depth = node < 0 ? 1 : run.nodes.depth[node] + 1;
    refused.set(depth, (refused.get(depth) ?? 0) + 1);
  }
  const counts = countsBy(run.nodes.depth);
  const depths = d3.range(1, Math.max(run.deepest, ...refused.keys(), 0) + 1);
  const rows = depths.map((depth) => ({ depth, nodes: counts.get(depth) ?? 0, refused: refused.get(depth) ?? 0 }));
  return chart("Width by depth", "Nodes at each depth, and programs that were refused one.",
    bars(rows.map(({ depth, nodes, refused: walls }) => ({ name: `depth ${depth}`, parts: [["one", nodes, "nodes"], ["wall", walls, "refused"]] }))),
    [["depth", (row) => row.depth], ["nodes", (row) => row.nodes], ["refused", (row) => row.refused]], rows);
}

function tokensByDepth(run) {
  const { node, prompt_tokens: prompts, answer_tokens: answers } = run.queries;
  const sums = new Map();
  node.forEach((asker, place) => {
    const depth = asker < 0 ? 0 : run.nodes.depth[asker];
    const sum = sums.get(depth) ?? { depth, prompt: 0, answer: 0 };
    sum.prompt += prompts[place];
    sum.answer += answers[place];
    sums.set(depth, sum);
  });
  const rows = [...sums.values()].sort((a, b) => a.depth - b.depth);
  return chart("Tokens by depth", "Tokens of the queries that nodes of a depth asked; at 0 the operator's.",
    bars(rows.map(({ depth, prompt, answer }) => ({ name: depth ? `depth ${depth}` : "operator", parts: [["one", prompt, "prompt"], ["two", answer, "answer"]] }))),
    [["depth", (row) => row.depth], ["prompt tokens", (row) => row.prompt], ["answer tokens", (row) => row.answer]], rows);
}

function livingNodes(run) {
  const begun = Float64Array.from(run.nodes.begun_ms).sort();
  const ended = Float64Array.from(run.nodes.ended_ms.filter((at) => at !== null)).sort();
  const rows = instants(run).map((at) => ({ at, living: d3.bisectRight(begun, at) - d3.bisectRight(ended, at) }));
  return chart("Living nodes", "Nodes that have begun and not ended, over the run's time.",
    steps([{ name: "living", kind: "one", points: rows.map(({ at, living }) => [at / 1000, living]) }]),
    [["s", (row) => row.at / 1000], ["living", (row) => row.living]], thinned(rows));
}

/** The share of each limit that was used, over time. */
function ledger(run) {
  const { budget } = run.facts;
  const granted = run.queries.begun_ms.filter((_, place) => run.queries.decision[place] === "granted");
  const at = { nodes: Float64Array.from(run.nodes.begun_ms).sort(), queries: Float64Array.from(granted).sort() };
  const spent = run.queries.ended_ms.map((ended, place) => [ended ?? Infinity, run.queries.prompt_tokens[place] + run.queries.answer_tokens[place]]).sort((a, b) => a[0] - b[0]);
  const sums = d3.cumsum(spent, ([, tokens]) => tokens);
  const ends = spent.map(([ended]) => ended);
  const used = {
    nodes: (instant) => d3.bisectRight(at.nodes, instant),
    queries: (instant) => d3.bisectRight(at.queries, instant),
    tokens: (instant) => sums[d3.bisectRight(ends, instant) - 1] ?? 0,
  };
  const names = Object.keys(used).filter((name) => budget[name]);
  const rows = instants(run).map((instant) => ({ at: instant, ...Object.fromEntries(names.map((name) => [name, used[name](instant) / budget[name]])) }));
  const kinds = { nodes: "one", queries: "two", tokens: "three" };
  return chart("Budget used", "The share of each limit: nodes begun, queries granted, tokens of those that ended.",
    steps(names.map((name) => ({ name, kind: kinds[name], points: rows.map((row) => [row.at / 1000, row[name]]) })), d3.format(".0%")),
    [["s", (row) => row.at / 1000], ...names.map((name) => [name, (row) => row[name]])], thinned(rows));
}

function endCauses(run) {
  const { end_cause: causes, exit_code: codes } = run.nodes;
  const counts = countsBy(causes.map((cause, place) => ending(cause, codes[place])));
  const rows = [...counts].map(([name, nodes]) => ({ name: name, nodes })).sort((a, b) => b.nodes - a.nodes).slice(0, LARGEST);
  return chart("How nodes ended", "Nodes by what ended them, the most frequent first.",
    bars(rows.map(({ name, nodes }) => ({ name, parts: [["one", nodes, "nodes"]] }))),
    [["end", (row) => row.name], ["nodes", (row) => row.nodes]], rows);
}

// What was measured

function branching({ branching: rows }) {
  return chart("Branching", "m(d): programs that a node asks to have executed, refused ones included, with its 95% interval where there are "
    + "several runs. At the depth limit every attempt is refused: such rows are told apart.",
    dots(rows.map(({ depth, at_limit: atLimit, m, low, high }) => ({ name: `depth ${depth}${atLimit ? ", at the limit" : ""}`, value: m, low, high }))),
    [["depth", (row) => row.depth], ["at the limit", (row) => row.at_limit ? "yes" : ""], ["nodes", (row) => row.nodes], ["m", (row) => row.m],
      ["low", (row) => row.low], ["high", (row) => row.high], ["exact links only", (row) => row.m_exact],
      ["censored", (row) => row.censored], ["m if censored nodes would go on", (row) => row.m_censored]], rows);
}

function responses({ responses: rows }) {
  return chart("After a denial", "What programs did next, by what was denied and whether their text was written before; with Wilson's 95% interval.",
    dots(rows.map(({ cause, written, response, share, low, high }) => ({ name: `${cause}, ${written}: ${response}`, value: share, low, high }))),
    [["denied", (row) => row.what], ["by", (row) => row.cause], ["written", (row) => row.written], ["response", (row) => row.response],
      ["count", (row) => row.count], ["of", (row) => row.denials], ["share", (row) => row.share], ["low", (row) => row.low], ["high", (row) => row.high],
      ["effective", (row) => row.effective], ["after, s (median)", (row) => row.latency_s]], rows);
}

function clusters(run, { clusters: found }) {
  const rows = found.slice(0, LARGEST).map(({ nodes, texts }) => ({ first: nodes[0], count: nodes.length, texts }));
  const to = ({ first }) => h("a", { href: address("runs", run.id, "nodes", run.nodes.id[first]) }, run.label(first));
  const rest = found.length > LARGEST ? ` The ${LARGEST} largest of ${number(found.length)}.` : "";
  return chart("Near copies", `Families of programs that are nearly the same, by the node that was first.${rest}`,
    bars(rows.map(({ first, count }) => ({ name: `×${number(count)} ${run.nodes.id[first].slice(-6)}`, parts: [["one", count, "nodes"]] }))),
    [["first", to], ["nodes", (row) => row.count], ["different texts", (row) => row.texts]], rows);
}

function motifRates({ rates }) {
  const rows = rates.filter(({ attempted, effective }) => attempted + effective > 0).sort((a, b) => b.share - a.share);
  return chart("Motifs", "The share of nodes that have each motif, attempted or effective, with Wilson's 95% interval.",
    dots(rows.map(({ motif, share, low, high, planted }) => ({ name: planted ? `${motif} (planted)` : motif, value: share, low, high }))),
    [["motif", (row) => row.motif], ["attempted", (row) => row.attempted], ["effective", (row) => row.effective], ["share", (row) => row.share],
      ["low", (row) => row.low], ["high", (row) => row.high], ["planted by the pack", (row) => row.planted ? "yes" : ""]], rows);
}

function discovery({ population: rows }) {
  return chart("Discovery", "Nodes so far, and families of near copies among them, over the time since the first node.",
    steps([["begun", "one"], ["distinct", "two"]].map(([name, kind]) => ({ name, kind, points: rows.map((row) => [row.instant_s, row[name]]) }))),
    [["s", (row) => row.instant_s], ["begun", (row) => row.begun], ["distinct", (row) => row.distinct], ["living", (row) => row.living],
      ["largest family's share of them", (row) => row.dominant], ["chance that the next is new", (row) => row.unseen]], thinned(rows));
}

// How charts are drawn

/** A chart with its title, what exactly it shows, and its numbers. */
function chart(title, caption, drawing, columns, rows) {
  if (!rows.length) return h("figure.chart", null, h("figcaption", null, h("strong", null, title), " ", caption), h("p.muted", null, "There is nothing of the kind."));
  drawing.setAttribute("aria-label", `${title}. The table below it has the numbers.`);
  return h("figure.chart", null, h("figcaption", null, h("strong", null, title), " ", caption), drawing,
    h("details", null, h("summary", { "aria-label": `Table: ${title}` }, "Table"), table(columns, rows)));
}

/** Bars from the left, a row a name; `parts` are `[kind, value, name]`, one behind the other. */
function bars(rows) {
  const { width, left, right, line } = CHART;
  const total = (row) => d3.sum(row.parts, ([, value]) => value);
  const x = d3.scaleLinear([0, d3.max(rows, total) || 1], [left, width - right]);
  return rowsOf(rows, x, (row, y) => {
    let from = 0;
    const parts = row.parts.map(([kind, value, name]) => {
      const begin = from;
      from += value;
      return s(`rect.kind-${kind}`, { x: x(begin), y: y - line / 2 + 4, width: Math.max(0, x(from) - x(begin)), height: line - 8 }, s("title", null, `${name}: ${number(value)}`));
    });
    return [...parts, s("text.value", { x: x(from) + 5, y, "dominant-baseline": "central" }, number(from))];
  }, rows[0]?.parts.map(([kind, , name]) => [kind, name]));
}

/** A dot and its interval a row: `{ name, value, low, high }`. */
function dots(rows) {
  const { width, left, right } = CHART;
  const numbers = rows.flatMap(({ value, low, high }) => [value, low, high]).filter((each) => each !== null);
  const [least, most] = d3.extent([0, ...numbers]);
  const x = d3.scaleLinear([least, most || 1], [left, width - right]).nice();
  return rowsOf(rows, x, ({ value, low, high }, y) => [
    low === null ? null : s("line.interval", { x1: x(low), x2: x(high), y1: y, y2: y }),
    value === null ? null : s("circle.mean", { cx: x(value), cy: y, r: 4.5 }, s("title", null, number(value))),
  ]);
}

/** Named rows above one scale. */
function rowsOf(rows, x, draw, below = []) {
  const { width, left, top, line, bottom } = CHART;
  const height = top + rows.length * line + bottom + (below.length > 1 ? line : 0);
  const foot = top + rows.length * line;
  const ticks = x.ticks(5).map((tick) => s("g.tick", { transform: `translate(${x(tick)},${foot})` },
    s("line", { y1: top - foot, y2: 4 }), s("text", { y: 17, "text-anchor": "middle" }, number(tick))));
  const marks = rows.map((row, place) => {
    const y = top + (place + 0.5) * line;
    return s("g", null, s("text.name", { x: left - 8, y, "text-anchor": "end", "dominant-baseline": "central" }, clipped(row.name), s("title", null, row.name)), draw(row, y));
  });
  return s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" }, ticks, marks, below.length > 1 ? keyed(below, left, height - 8) : null);
}

/** Steps over seconds: `{ name, kind, points: [[s, value], …] }`; without a format they are counts. */
function steps(series, format = null) {
  const { width, height, left, right, top, bottom } = PLOT;
  const points = series.flatMap((each) => each.points);
  const x = d3.scaleLinear([0, d3.max(points, ([at]) => at) || 1], [left, width - right]);
  const y = d3.scaleLinear([0, d3.max(points, ([, value]) => value) || 1], [height - bottom, top]).nice();
  const path = d3.line(([at]) => x(at), ([, value]) => y(value)).curve(d3.curveStepAfter);
  return s("svg", { viewBox: `0 0 ${width} ${height + (series.length > 1 ? 22 : 0)}`, role: "img" },
    y.ticks(5).filter((tick) => format || Number.isInteger(tick)).map((tick) => s("g.tick", { transform: `translate(${left},${y(tick)})` },
      s("line", { x2: width - left - right }), s("text", { x: -6, "text-anchor": "end", "dominant-baseline": "central" }, (format ?? number)(tick)))),
    x.ticks(6).map((tick) => s("g.tick", { transform: `translate(${x(tick)},${height - bottom})` }, s("text", { y: 17, "text-anchor": "middle" }, `${number(tick)} s`))),
    series.map(({ kind, points: own }) => s(`path.kind-${kind}`, { d: path(own) })),
    series.length > 1 ? keyed(series.map(({ kind, name }) => [kind, name]), left, height + 12) : null);
}

/** What the colours mean: `[kind, name]`, side by side. */
function keyed(kinds, left, y) {
  return kinds.map(([kind, name], place) => s("g.key", { transform: `translate(${left + 100 * place},${y})` },
    s(`rect.kind-${kind}`, { y: -9, width: 10, height: 10 }), s("text", { x: 15 }, name)));
}

function countsBy(values) {
  return d3.rollup(values, (each) => each.length, (value) => value);
}

/** Instants of a run, evenly from its beginning to its end. */
function instants(run) {
  const count = Math.min(INSTANTS, Math.max(2, 4 * run.count));
  return d3.range(count).map((place) => (run.end_ms * place) / (count - 1));
}

/** Some of many rows, for a table that a person reads. */
function thinned(rows, most = 50) {
  return rows.length <= most ? rows : d3.range(most).map((place) => rows[Math.round((place * (rows.length - 1)) / (most - 1))]);
}

/** A name as long as there is room for. */
function clipped(name, most = 21) {
  return name.length > most ? `${name.slice(0, most - 1)}…` : name;
}
