"use strict";

// What a node's colour tells. A colouring is `{ categories: [{ name, colour, ink, count }], of }`,
// where `of` has each node's place in the categories. The colours can be told apart by colour-blind
// people (after Okabe and Ito), on a dark ground as on a light one.

const HUES = ["#56b4e9", "#e69f00", "#17a67c", "#cc79a7", "#e8dc4a", "#d5662b", "#4a86c5", "#9b7fd1", "#a8c256"];
const FAINT = "#a3acb8";
const END_COLOURS = {
  "exit 0": "#6fb5e3", "exit, not 0": "#e8b13d", ended: "#a9c7dd", living: "#2fae83", timeout: "#d5662b",
  stopped: "#98a1ad", killed: "#6d7682", output: "#cc79a7", memory: "#9b7fd1", disk: "#b08d6a",
  denials: "#c2403a", budget: "#d9d04f", refused: "#8f2d56",
};

/** By what nodes can be coloured; `isMeasured` needs the run's measures. */
const COLOURINGS = {
  end: { title: "how it ended", make: byEnd },
  depth: { title: "depth", make: byDepth },
  language: { title: "language", make: byLanguage },
  family: { title: "family of near copies", make: byFamily, isMeasured: true },
  motif: { title: "motif", make: byMotif, isMeasured: true },
};

function byEnd(run) {
  const { end_cause, exit_code } = run.nodes;
  return coloured(run, (position) => {
    if (end_cause[position] !== "exited") return end_cause[position];
    if (exit_code[position] === null) return "ended";
    return exit_code[position] === 0 ? "exit 0" : "exit, not 0";
  }, { colour: (name, place) => END_COLOURS[name] ?? HUES[place % HUES.length] });
}

function byDepth(run) {
  return coloured(run, (position) => run.nodes.depth[position], {
    name: (depth) => `depth ${depth}`,
    colour: (depth) => d3.interpolateViridis(0.2 + 0.8 * (depth - 1) / Math.max(1, run.deepest - 1)),
    order: d3.ascending,
  });
}

function byLanguage(run) {
  return coloured(run, (position) => run.nodes.language[position], {});
}

/** The largest families by a colour each, all others by one. */
function byFamily(run, measured) {
  const largest = d3.rollups(measured.families.filter((family) => family >= 0), (each) => each.length, (family) => family)
    .sort((a, b) => b[1] - a[1]).slice(0, HUES.length).map(([family]) => family);
  const places = new Map(largest.map((family, place) => [family, place]));
  const [others, alone] = [HUES.length, HUES.length + 1];
  return coloured(run, (position) => {
    const family = measured.families[position] ?? -1;
    return family < 0 ? alone : places.get(family) ?? others;
  }, {
    name: (place) => place === alone ? "alone" : place === others ? "smaller families" : `family ${place + 1}`,
    colour: (place) => HUES[place] ?? (place === alone ? FAINT : "#6d7682"),
    order: d3.ascending,
  });
}

function byMotif(run, measured, motif) {
  const status = new Map(measured.motifs.filter((row) => row.motif === motif).map((row) => [row.node, row.status]));
  const colours = { effective: "#17a67c", attempted: "#e8b13d", "not found": FAINT };
  return coloured(run, (position) => status.get(position) ?? "not found", { colour: (name) => colours[name] ?? HUES[0] });
}

/** Sort nodes into categories by what `value` gives; the most frequent first unless `order` says otherwise. */
function coloured(run, value, { name = String, colour = (_, place) => HUES[place % HUES.length], order }) {
  const counts = new Map();
  const values = Array.from({ length: run.count }, (_, position) => value(position));
  for (const each of values) counts.set(each, (counts.get(each) ?? 0) + 1);
  const sorted = [...counts.keys()].sort(order ?? ((a, b) => counts.get(b) - counts.get(a)));
  const places = new Map(sorted.map((each, place) => [each, place]));
  return {
    of: Uint16Array.from(values, (each) => places.get(each)),
    categories: sorted.map((each, place) => {
      const fill = colour(each, place);
      return { name: name(each), colour: fill, ink: inkOn(fill), count: counts.get(each) };
    }),
  };
}

/** The colour of text that is legible on a colour. */
function inkOn(fill) {
  return d3.lab(fill).l > 55 ? "#101418" : "#ffffff";
}

/** What CSS makes of a variable here and now: `light-dark()` is resolved, unlike in its own value. */
function cssColour(element, name) {
  const before = element.style.color;
  element.style.color = `var(${name})`;
  const found = getComputedStyle(element).color;
  element.style.color = before;
  return found;
}
