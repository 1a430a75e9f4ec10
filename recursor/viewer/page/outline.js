"use strict";

// The tree as a list, a line a node. Only the lines in sight exist, and the selected one, which has
// the focus of the keyboard when the list has it.

const LINE = 26; // px, as in style.css
const OPERATOR = -1;

/** `heard` has `select(position)`, `open(position)`; `look` is `{ run, selected, mask, instant, colouring, denials }`. */
class Outline {
  #look = null;
  #collapsed = new Set();
  #shown = new Int32Array(0); // the positions, line by line
  #lines = new Map(); // the elements in the list, by position
  #frame = 0;

  constructor(heard) {
    this.heard = heard;
    this.space = h("div", { role: "presentation" });
    this.element = h("div.outline", { role: "tree", "aria-label": "The tree as a list" }, this.space);
    this.element.addEventListener("scroll", () => this.#soon());
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.resized = new ResizeObserver(() => this.#soon());
    this.resized.observe(this.element);
  }

  close() {
    this.resized.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  get collapsed() {
    return this.#collapsed;
  }

  set collapsed(positions) {
    this.#collapsed = positions;
    this.#list();
  }

  /** Show something else; what is not given stays. */
  show(look) {
    const isOther = look.run && look.run !== this.#look?.run;
    this.#look = { ...this.#look, ...look };
    if (isOther) {
      this.#number();
      this.#list();
    }
    this.#soon();
  }

  /** Open what hides a node, and bring it into sight. */
  reveal(position) {
    const { run } = this.#look;
    const hiding = position < 0 ? [] : [...run.above(position), OPERATOR].filter((each) => this.#collapsed.has(each));
    for (const each of hiding) this.#collapsed.delete(each);
    if (hiding.length) this.#list();
    const top = this.#lineOf(position) * LINE;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop || top + LINE > scrollTop + clientHeight) this.element.scrollTop = top - Math.round(clientHeight / 2 / LINE) * LINE;
    this.#soon();
  }

  /** Give the keyboard to the selected line. */
  focus() {
    this.#fill();
    this.#lines.get(this.#look.selected)?.focus();
  }

  turn(position, isOpen = this.#collapsed.has(position)) {
    if (isOpen) this.#collapsed.delete(position);
    else this.#collapsed.add(position);
    this.#list();
    const { run, selected } = this.#look;
    if (!isOpen && selected >= 0 && (position < 0 || run.above(selected).includes(position))) this.heard.select(position);
  }

  // Which lines there are

  /** Each node's place among its siblings. */
  #number() {
    const { run } = this.#look;
    this.place = new Uint32Array(run.count);
    for (const siblings of [run.roots, ...run.children]) siblings.forEach((each, place) => { this.place[each] = place; });
  }

  #list() {
    const { run } = this.#look;
    const shown = new Int32Array(run.count + 1);
    let lines = 1;
    shown[0] = OPERATOR;
    for (let rank = this.#collapsed.has(OPERATOR) ? run.count : 0; rank < run.count;) {
      const position = run.order[rank];
      shown[lines++] = position;
      rank += this.#collapsed.has(position) ? run.size[position] : 1;
    }
    this.#shown = shown.subarray(0, lines);
    this.space.style.setProperty("height", `${lines * LINE}px`);
    this.#soon();
  }

  #lineOf(position) {
    if (position < 0) return 0;
    const { rank } = this.#look.run;
    return d3.bisector((each) => each < 0 ? -1 : rank[each]).left(this.#shown, rank[position]);
  }

  #childrenOf(position) {
    return position < 0 ? this.#look.run.roots : this.#look.run.children[position];
  }

  // What is in sight

  #soon() {
    this.#frame ||= requestAnimationFrame(() => this.#fill());
  }

  #fill() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    if (!this.#look) return;
    const first = Math.max(0, Math.floor(this.element.scrollTop / LINE) - 4);
    const last = Math.min(this.#shown.length, first + Math.ceil(this.element.clientHeight / LINE) + 8);
    const wanted = new Map();
    for (let line = first; line < last; line++) wanted.set(this.#shown[line], line);
    const { selected } = this.#look;
    const place = this.#lineOf(selected);
    if (this.#shown[place] === selected) wanted.set(selected, place);
    for (const [position, element] of this.#lines) {
      if (wanted.has(position)) continue;
      element.remove();
      this.#lines.delete(position);
    }
    let next = this.space.firstChild; // the elements stand in the order of the lines, as they are read
    for (const [position, line] of [...wanted].sort((a, b) => a[1] - b[1])) {
      const element = this.#line(position);
      if (element === next) next = next.nextSibling;
      else this.space.insertBefore(element, next);
      this.#put(element, position, line);
    }
    Object.assign(this.element.dataset, { lines: this.#shown.length, drawn: wanted.size });
  }

  #line(position) {
    if (!this.#lines.has(position)) {
      this.#lines.set(position, h("div.line", {
        role: "treeitem",
        onclick: () => this.heard.select(position),
        ondblclick: () => this.heard.open(position),
      }));
    }
    return this.#lines.get(position);
  }

  #put(element, position, line) {
    const { run, selected, mask, instant } = this.#look;
    const isSelected = position === selected;
    const siblings = position < 0 ? [OPERATOR] : this.#childrenOf(run.nodes.parent[position]);
    const told = {
      "aria-level": position < 0 ? 1 : this.#level(position),
      "aria-setsize": siblings.length,
      "aria-posinset": position < 0 ? 1 : this.place[position] + 1,
      "aria-selected": isSelected,
      tabindex: isSelected ? 0 : -1,
    };
    for (const [name, value] of Object.entries(told)) element.setAttribute(name, value);
    if (this.#childrenOf(position).length) element.setAttribute("aria-expanded", !this.#collapsed.has(position));
    else element.removeAttribute("aria-expanded");
    element.classList.toggle("is-dim", Boolean(mask) && position >= 0 && !mask[position]);
    element.classList.toggle("is-later", position >= 0 && run.nodes.begun_ms[position] > instant);
    element.classList.toggle("is-living", position >= 0 && run.lives(position, instant));
    element.style.setProperty("top", `${line * LINE}px`);
    element.style.setProperty("padding-left", `${Math.min(told["aria-level"] - 1, 24) * 14 + 4}px`);
    element.replaceChildren(...this.#said(position));
  }

  #level(position) {
    return this.#look.run.above(position).length + 2;
  }

  #said(position) {
    const { run, colouring, denials } = this.#look;
    const isParent = this.#childrenOf(position).length > 0;
    const twist = h("span.twist", {
      "aria-hidden": "true",
      onclick: (event) => { event.stopPropagation(); if (isParent) this.turn(position); },
    }, isParent ? (this.#collapsed.has(position) ? "▸" : "▾") : "");
    const denied = denials.byNode.get(position)?.length;
    const badge = denied ? h("span.badge.denied", { title: denialsInWords(denials.byNode.get(position)) }, `${number(denied)} denied`) : null;
    if (position < 0) return [twist, h("strong", null, "operator"), badge].filter(Boolean);
    const copies = run.copies(position).length;
    return [
      twist,
      h("span.swatch", { "aria-hidden": "true", style: { background: colouring.categories[colouring.of[position]].colour } }),
      h("span.label", null, run.label(position)),
      copies > 1 ? h("span.badge", { title: `${number(copies)} nodes have this very program` }, `×${number(copies)}`) : null,
      badge,
      h("span.muted", null, inFacts(run, position)),
    ].filter(Boolean);
  }

  // The keyboard

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const { selected, run } = this.#look;
    const line = this.#lineOf(selected);
    const page = Math.max(1, Math.floor(this.element.clientHeight / LINE) - 1);
    const isParent = this.#childrenOf(selected).length > 0;
    const isOpen = isParent && !this.#collapsed.has(selected);
    const does = {
      ArrowDown: () => this.#select(line + 1),
      ArrowUp: () => this.#select(line - 1),
      PageDown: () => this.#select(line + page),
      PageUp: () => this.#select(line - page),
      Home: () => this.#select(0),
      End: () => this.#select(this.#shown.length - 1),
      ArrowRight: () => isOpen ? this.#select(line + 1) : isParent && this.turn(selected, true),
      ArrowLeft: () => isOpen ? this.turn(selected, false) : selected >= 0 && this.#select(this.#lineOf(run.nodes.parent[selected])),
      Enter: () => this.heard.open(selected),
    }[event.key];
    if (!does) return;
    event.preventDefault();
    does();
    this.focus();
  }

  #select(line) {
    this.heard.select(this.#shown[Math.max(0, Math.min(this.#shown.length - 1, line))]);
  }
}
