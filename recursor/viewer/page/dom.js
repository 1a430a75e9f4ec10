"use strict";

// Elements and words. Text from a recording reaches the page here only: as text, never as markup,
// and with no character that hides, or that turns a line around.

/** Controls, bidi overrides, zero-width and other ignorable characters, halves of characters. */
const HIDDEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu;

/** What stands for a character that cannot be seen: `\x1b` for an escape, `\u202e` for an override. */
function picture(character) {
  const code = character.codePointAt(0);
  const digits = code.toString(16);
  if (code < 0x100) return `\\x${digits.padStart(2, "0")}`;
  return code > 0xffff ? `\\u{${digits}}` : `\\u${digits.padStart(4, "0")}`;
}

/** A text whose every character is seen. */
function visible(text) {
  return text.replace(HIDDEN, (hidden) => Array.from(hidden, picture).join(""));
}

/** Make an element: `h("button.small", { title: "…", onclick }, "text", child, …)`. */
function h(name, attributes, ...children) {
  return filled(document.createElement(name.split(".")[0]), name, attributes, children);
}

/** The same of SVG. */
function s(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name.split(".")[0]);
  return filled(element, name, attributes, children);
}

function filled(element, name, attributes, children) {
  const classes = name.split(".").slice(1);
  if (classes.length) element.setAttribute("class", classes.join(" "));
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "style") for (const [name, said] of Object.entries(value)) element.style.setProperty(name, said);
    else element.setAttribute(key, value === true ? "" : visible(String(value)));
  }
  const there = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
  element.append(...there.map((child) => child instanceof Node ? child : visible(String(child))));
  return element;
}

/** A table: `columns` are `[heading, (row) => cell]`; numbers stand to the right. */
function table(columns, rows, attributes) {
  return h("div.scrolls", null, h("table", attributes,
    h("thead", null, h("tr", null, columns.map(([heading]) => h("th", { scope: "col" }, heading)))),
    h("tbody", null, rows.map((row) => h("tr", null, columns.map(([, cell]) => {
      const value = cell(row);
      return h(typeof value === "number" ? "td.number" : "td", null, typeof value === "number" ? number(value) : value);
    }))))));
}

/** A list of facts: `[name, value]`; what is not there is left out. */
function facts(pairs) {
  return h("dl.facts", null, pairs
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, typeof value === "number" ? number(value) : value))));
}

const COUNT = new Intl.NumberFormat("en", { maximumFractionDigits: 3, signDisplay: "negative" });

function number(value) {
  return value === null || value === undefined ? "" : COUNT.format(value);
}

/** A duration in words: `320 ms`, `4.2 s`, `3 min 5 s`. */
function duration(ms) {
  if (ms === null || ms === undefined) return "";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60000)} min ${Math.floor((ms % 60000) / 1000)} s`;
}

/** The first line of a text that says something. */
function firstLine(text, most = 100) {
  const line = text.split("\n").find((each) => each.trim() && !each.startsWith("#!")) ?? "";
  return line.length > most ? `${line.slice(0, most)}…` : line;
}

/** How a node ended, in words. */
function ending(endCause, exitCode) {
  if (endCause !== "exited") return endCause;
  return exitCode === null ? "ended" : `exit ${exitCode}`;
}
