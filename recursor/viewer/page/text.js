"use strict";

// Recorded texts: programs, prompts, answers, outputs. They are hostile. None can hide a character,
// turn its line around, or become markup: it reaches the page as text, what cannot be seen is named.

const HIGHLIGHTED_CHARACTERS = 50_000;
const SEPARATE_CHARACTERS = 50_000;
const SHOWN_CHARACTERS = 200_000;
const DIFFERENCE_MS = 1000;
const CONTEXT_LINES = 3;
const HEAT_SOURCES = 6;

/** A recorded text as children of an element; what stands for something hidden is muted. */
function visibleParts(text) {
  // Of a text that is mostly such characters no million of elements is made.
  if (text.length > SEPARATE_CHARACTERS) return [visible(text)];
  const parts = [];
  let end = 0;
  for (const { 0: hidden, index } of text.matchAll(HIDDEN)) {
    if (index > end) parts.push(text.slice(end, index));
    parts.push(h("span.hidden", { title: "characters that cannot be seen" }, visible(hidden)));
    end = index + hidden.length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}

/** A recorded text that is neither a program nor a prompt: output, a file, a value. */
function plainText(text) {
  const element = h("pre.recorded", null, visibleParts(text.slice(0, SHOWN_CHARACTERS)));
  if (text.length <= SHOWN_CHARACTERS) return element;
  const rest = text.length - SHOWN_CHARACTERS;
  const more = h("button", { onclick: () => element.replaceChildren(...visibleParts(text)) }, `${number(rest)} more characters`);
  element.append("\n", more);
  return element;
}

/** A program with line numbers, highlighted; `marked` are lines (from 1) that stand out. */
function codeText(text, language, marked = new Set()) {
  const lines = linesOf(highlighted(text, language)).map((pieces, at) =>
    h(marked.has(at + 1) ? "span.line.marked" : "span.line", null,
      pieces.map(([piece, kind]) => kind ? h(`span.hljs-${kind}`, null, visibleParts(piece)) : visibleParts(piece))));
  return h("pre.code.numbered", { tabindex: "0", "aria-label": "program" }, lines);
}

/** A program as pieces: `[text, kind]`, the kind that of the innermost thing highlighted. */
function highlighted(text, language) {
  if (text.length > HIGHLIGHTED_CHARACTERS || !hljs.getLanguage(language)) return [[text, null]];
  try {
    const pieces = [];
    const walk = (node, kind) => {
      if (typeof node === "string") pieces.push([node, kind]);
      else for (const child of node.children) walk(child, node.scope?.split(/[.:]/)[0] ?? kind);
    };
    // Its HTML would have to be parsed; the tree behind it is as good.
    walk(hljs.highlight(text, { language, ignoreIllegals: true })._emitter.rootNode, null);
    return pieces;
  } catch {
    return [[text, null]];
  }
}

/** Pieces by line; each line ends with its line feed, so that what is copied is the text. */
function linesOf(pieces) {
  const lines = [[]];
  for (const [text, kind] of pieces) {
    for (const part of text.split(/(?<=\n)/)) {
      if (part) lines.at(-1).push([part, kind]);
      if (part.endsWith("\n")) lines.push([]);
    }
  }
  if (lines.length > 1 && !lines.at(-1).length) lines.pop();
  return lines;
}

/** Two texts, line by line; what both have is folded but for a few lines around what differs. */
function diffText(a, b) {
  if (a === b) return h("p.muted", null, "No difference.");
  const parts = Diff.diffLines(a, b, { timeout: DIFFERENCE_MS });
  if (!parts) return h("p.muted", null, "They differ so much that no comparison was made.");
  return h("pre.code.diff", { tabindex: "0", "aria-label": "difference" }, parts.flatMap((part, at) => {
    const lines = linesOf([[part.value, null]]).flat().map(([line]) => line);
    if (part.added) return lines.map((line) => signed("+", line));
    if (part.removed) return lines.map((line) => signed("-", line));
    return folded(lines, at === 0, at === parts.length - 1);
  }));
}

function signed(sign, line) {
  const name = { "+": "ins.line", "-": "del.line", " ": "span.line" }[sign];
  // The sign is text: it is seen without colour, and copied.
  return h(name, null, `${sign} `, visibleParts(line.endsWith("\n") ? line : `${line}\n`));
}

/** Lines that are the same in both; at the beginning or the end of a text only one side is near. */
function folded(lines, isFirst, isLast) {
  const head = isFirst ? 0 : CONTEXT_LINES;
  const tail = isLast ? 0 : CONTEXT_LINES;
  if (lines.length <= head + tail + 2) return lines.map((line) => signed(" ", line));
  const middle = lines.slice(head, lines.length - tail);
  return [
    ...lines.slice(0, head).map((line) => signed(" ", line)),
    section(`${number(middle.length)} lines the same`, () => middle.map((line) => signed(" ", line))),
    ...lines.slice(lines.length - tail).map((line) => signed(" ", line)),
  ];
}

/** Something long: `make` returns it when it is opened for the first time. */
function section(summary, make, isOpen = false) {
  const body = h("div.body");
  const fill = () => { if (!body.hasChildNodes()) body.append(...[make()].flat()); };
  const element = h("details", { ontoggle: () => element.open && fill() }, h("summary", null, summary), body);
  if (isOpen) {
    fill();
    element.open = true;
  }
  return element;
}

/** Cut a text where Python counts: in code points, of which a string here can have two units each. */
function cutter(text) {
  const isWide = /[\ud800-\udbff][\udc00-\udfff]/.test(text);
  const points = isWide ? Array.from(text) : null;
  return (begin, end) => isWide ? points.slice(begin, end).join("") : text.slice(begin, end);
}

const ORIGINS = {
  host: "the host's words: pack and template",
  guest: "the program's own words",
  answer: "an answer of the model",
  memory: "a value from the memory",
  other: "something else",
};

function origin(source) {
  const kind = source.split(":")[0];
  return Object.hasOwn(ORIGINS, kind) ? kind : "other";
}

/** A prompt as the model saw it: whose words each stretch is, by colour and by name. */
function promptText(rendered, spans) {
  const cut = cutter(rendered);
  const stretches = spans.filter(({ start, end }) => end > start).map(({ start, end, source }) =>
    h(`span.from.from-${origin(source)}`, { title: source, role: "group", "aria-label": `from ${source}`, "data-source": source },
      visibleParts(cut(start, end))));
  const kinds = [...new Set(spans.map(({ source }) => origin(source)))];
  return h("div.prompt", null,
    h("ul.origins", { "aria-label": "whose words" }, kinds.map((kind) => h("li", null, h(`span.from.from-${kind}`, null, kind), ` ${ORIGINS[kind]}`))),
    h("pre.recorded", { tabindex: "0", "aria-label": "prompt" }, stretches.length ? stretches : visibleParts(rendered)));
}

/** An answer by where its bits came from: each token has the colour of its strongest source. */
function heatText(answer, ends, sources) {
  const ranked = sources.filter(({ source }) => source && source !== "everything").sort((a, b) => b.bits - a.bits);
  const most = d3.max(ranked, ({ tokens }) => d3.max(tokens)) || 1;
  const cut = cutter(answer);
  let begin = 0;
  let last = null;
  const tokens = (ends ?? []).map((end, at) => {
    const strongest = d3.maxIndex(ranked, ({ tokens }) => tokens[at]);
    const bits = ranked[strongest]?.tokens[at] ?? 0;
    const text = cut(begin, end);
    begin = end;
    const place = bits > 0 ? strongest : -1;
    const isNew = place !== last;
    last = place;
    return place < 0 ? visibleParts(text) : heated(text, place, bits / most, isNew, `${ranked[place].source}: ${number(bits)} bits`);
  });
  tokens.push(visibleParts(cut(begin, Infinity)));
  return h("div.heat", null,
    h("pre.recorded", { tabindex: "0", "aria-label": "answer by source" }, tokens.flat()),
    heatTable(ranked, sources.find(({ source }) => source === "everything"), sources.find(({ source }) => !source)));
}

function heated(text, place, share, isNew, title) {
  return h(`span.token.source-${Math.min(place, HEAT_SOURCES)}`, {
    title,
    "data-source": isNew ? letter(place) : null,
    style: { "--share": `${Math.round(15 + 85 * Math.sqrt(share))}%` },
  }, visibleParts(text));
}

/** A share as a percentage without needless digits. */
function percent(share) {
  return `${number(Math.round(1000 * share) / 10)}%`;
}

/** The letter that a source is called by, since a colour alone says nothing to some. */
function letter(place) {
  return place < 26 ? String.fromCharCode(97 + place) : "…";
}

function heatTable(ranked, everything, whole) {
  const rows = ranked.map((row, place) => ({ ...row, place }));
  if (everything) rows.push({ ...everything, source: "all of these together" });
  return [
    table([
      ["", ({ place }) => place === undefined ? "" : h(`span.token.source-${Math.min(place, HEAT_SOURCES)}`, { style: { "--share": "100%" } }, letter(place))],
      ["source", ({ source }) => source],
      ["begins", ({ words }) => h("span.muted", null, visibleParts(words ?? ""))],
      ["bits", ({ bits }) => Math.round(10 * bits) / 10],
      ["share", ({ share }) => share === null ? "" : percent(share)],
    ], rows),
    h("p.muted", null,
      "Bits: how much less likely the answer is to the model without that source. ",
      whole ? `The whole answer has ${whole.bits.toFixed(1)} bits. ` : "",
      "Sources do not add up to all of them together: two may say the same, or mean something only together."),
  ];
}
