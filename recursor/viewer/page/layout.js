"use strict";

// Where everything of a tree stands, whatever part of it is looked at: made once for a measure, in
// typed arrays. x goes from 0 to 1; rows go down, row 0 is the operator's.

/** What a node's width tells. */
const MEASURES = {
  nodes: { title: "nodes in its branch", make: (run) => byWeight(run, () => 1) },
  tokens: { title: "tokens of its branch", make: byTokens },
  time: { title: "time that it lived", make: byTime },
};

/** Nodes in rows: each from `from` to `to`; beyond `full` nothing stands below it. */
class Layout {
  constructor(from, to, full, row, byX) {
    Object.assign(this, { from, to, full, row });
    this.rows = row.reduce((most, each) => Math.max(most, each), 0) + 1;
    this.#arrange(byX);
  }

  isTime = false;
  /** The first row of each depth, where a depth has many. */
  bands = [];
  /** The nodes row by row, by x; those of a row begin at `start[row]`. */
  items;
  start;

  #arrange(byX) {
    this.start = new Uint32Array(this.rows + 1);
    for (const row of this.row) this.start[row + 1]++;
    for (let row = 0; row < this.rows; row++) this.start[row + 1] += this.start[row];
    const next = this.start.slice();
    this.items = new Uint32Array(this.row.length);
    for (const position of byX) this.items[next[this.row[position]]++] = position;
  }

  /** The first place in `items` of a row whose node reaches beyond x. */
  first(row, x) {
    let low = this.start[row];
    let high = this.start[row + 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.to[this.items[middle]] > x) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The node at a place, or the nearest one not farther than `reach`; -1 if there is none. */
  at(row, x, reach) {
    if (row < 1 || row >= this.rows) return -1;
    const place = this.first(row, x - reach);
    if (place >= this.start[row + 1]) return -1;
    const position = this.items[place];
    return this.from[position] <= x + reach ? position : -1;
  }
}

/** An icicle: below each node its children, each as wide as its branch is heavy; its own weight stays free. */
function byWeight(run, own) {
  const { parent, depth } = run.nodes;
  const weight = new Float64Array(run.count);
  let whole = 0;
  for (let rank = run.count - 1; rank >= 0; rank--) {
    const position = run.order[rank];
    weight[position] += own(position);
    if (parent[position] < 0) whole += weight[position];
    else weight[parent[position]] += weight[position];
  }
  const [from, to, full] = [0, 1, 2].map(() => new Float64Array(run.count));
  const row = new Uint32Array(run.count);
  let edge = 0;
  for (const position of run.order) {
    const above = parent[position];
    from[position] = above < 0 ? edge : full[above];
    to[position] = from[position] + weight[position] / whole;
    if (above < 0) edge = to[position];
    else full[above] = to[position];
    full[position] = from[position];
    row[position] = Math.max(depth[position], above < 0 ? 1 : row[above] + 1);
  }
  return new Layout(from, to, full, row, run.order);
}

/** A node without tokens is given a sliver; all slivers are a twentieth of the whole. */
function byTokens(run) {
  const { tokens } = run.nodes;
  const sliver = Math.max(1, d3.sum(tokens)) / (20 * run.count);
  return byWeight(run, (position) => tokens[position] + sliver);
}

/** Nodes over time: those of a depth are packed into as few rows as they need to stand side by side. */
function byTime(run) {
  const { begun_ms, ended_ms, depth } = run.nodes;
  const span = Math.max(1, run.end_ms);
  const least = span / 2000;
  const until = Float64Array.from(ended_ms, (at, position) => Math.max(at ?? span, begun_ms[position] + least));
  const positions = d3.range(run.count);
  const byBegin = Uint32Array.from(positions).sort((a, b) => begun_ms[a] - begun_ms[b]);
  const byEnd = Uint32Array.from(positions).sort((a, b) => until[a] - until[b]);
  const lane = new Uint32Array(run.count);
  const lanes = new Uint32Array(run.deepest + 1);
  const free = Array.from(lanes, () => []);
  let ended = 0;
  for (const position of byBegin) {
    for (; until[byEnd[ended]] <= begun_ms[position]; ended++) free[depth[byEnd[ended]]].push(lane[byEnd[ended]]);
    lane[position] = free[depth[position]].pop() ?? lanes[depth[position]]++;
  }
  const bands = d3.cumsum([1, ...lanes.subarray(1)]);
  const row = Uint32Array.from(positions, (position) => bands[depth[position] - 1] + lane[position]);
  const from = Float64Array.from(begun_ms, (at) => at / span);
  const to = until.map((at) => at / span);
  return Object.assign(new Layout(from, to, to, row, byBegin), { isTime: true, bands: [...bands] });
}

/** The attempts that were denied, by time: programs that were refused, and queries. */
class Denials {
  constructor(run) {
    const { refused, queries } = run;
    const found = refused.node.map((node, i) => ({ node, at_ms: refused.at_ms[i], limit: refused.limit[i], what: "program" }));
    queries.decision.forEach((decision, i) => {
      if (decision === "denied") found.push({ node: queries.node[i], at_ms: queries.begun_ms[i], limit: queries.limit[i], what: "query" });
    });
    this.all = found.sort((a, b) => a.at_ms - b.at_ms);
    this.at_ms = Float64Array.from(found, (each) => each.at_ms);
    this.byNode = d3.group(found, (each) => each.node);
  }

  /** The denials with their places in a layout, from left to right in each row. */
  placed(layout, end_ms) {
    const placed = this.all.map((denial) => ({
      denial,
      row: denial.node < 0 ? 0 : layout.row[denial.node],
      x: layout.isTime ? denial.at_ms / Math.max(1, end_ms) : denial.node < 0 ? 1 : layout.to[denial.node],
    }));
    return placed.sort((a, b) => a.row - b.row || a.x - b.x);
  }
}

/** Denials in words: `3 programs refused: breadth; 1 query denied: tokens`. */
function denialsInWords(denials) {
  const groups = d3.rollups(denials, (each) => each.length, (each) => each.what, (each) => each.limit ?? "a policy");
  return groups.flatMap(([what, limits]) => limits.map(([limit, count]) => what === "program"
    ? `${number(count)} ${count === 1 ? "program" : "programs"} refused: ${limit}`
    : `${number(count)} ${count === 1 ? "query" : "queries"} denied: ${limit}`)).join("; ");
}
