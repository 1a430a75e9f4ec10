"use strict";

// The tree on a canvas. A frame draws what can be seen, each pixel of a row once: its cost depends on
// the size of the canvas and, by a few steps of arithmetic, on the number of nodes in sight.

const ROW = 30; // px: no row is higher
const GLIDE_MS = 180;
const BELOW = 0.6; // rows below the deepest node, for what it was denied
const LABEL = { least: 34, font: "12px system-ui, sans-serif" }; // px
const MARK = { width: 14, near: 8, most: 48, height: 13, font: "bold 10.5px system-ui, sans-serif" }; // px

/**
 * A canvas with a tree. `look` is what is shown: `{ run, denials, layout, placed, colouring, mask,
 * instant, selected }`; `heard` has `select(position)` and `zoom()`.
 */
class Icicle {
  #look = null;
  #view = { x: 0, span: 1, y: 0, row: ROW }; // x and span of the layout, y in rows, row in px
  #box = { width: 0, height: 0 };
  #boxes = []; // of the denials in the last frame, for the pointer
  #frame = 0;
  #glide = null;
  #hovered = null;
  #pointers = new Map();
  #pinched = 0;
  #moved = 0;

  constructor(heard) {
    this.heard = heard;
    this.canvas = h("canvas", {
      tabindex: 0, role: "application", "aria-roledescription": "tree",
      "aria-label": "The tree of programs. Arrow keys move from node to node; question mark lists the keys. The outline below is the same tree as text.",
    });
    this.frame = h("div.pointed", { hidden: true });
    this.tip = h("div.tip", { hidden: true, "aria-hidden": "true" });
    this.element = h("div.icicle", null, this.canvas, this.frame, this.tip);
    this.pen = this.canvas.getContext("2d");
    this.#listen();
    this.resized = new ResizeObserver(() => this.#resize());
    this.resized.observe(this.element);
    this.recolour();
  }

  close() {
    this.resized.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  recolour() {
    this.colours = null;
    this.repaint();
  }

  /** Show something else; what is not given stays. */
  show(look) {
    const isOther = look.layout && look.layout !== this.#look?.layout;
    this.#look = { ...this.#look, ...look };
    if (isOther) this.#resize();
    else this.repaint();
  }

  repaint() {
    this.#frame ||= requestAnimationFrame((now) => this.#paint(now));
  }

  // Where it looks

  get zoom() {
    return 1 / this.#view.span;
  }

  /** What is looked at, to be looked at again: see `look`. */
  get view() {
    return { ...this.#view };
  }

  look(view) {
    this.#glide = null;
    this.#view = view;
    this.#bound();
  }

  /** The lowest row height: with it all rows are in sight. */
  get #leastRow() {
    return Math.min(ROW, this.#box.height / this.#rows);
  }

  /** How many rows there are to see. */
  get #rows() {
    return this.#look.layout.rows + (this.#look.placed.length ? BELOW : 0);
  }

  /** Zoom around a point of the canvas, by default its middle. */
  zoomBy(factor, px = this.#box.width / 2, py = this.#box.height / 2) {
    const view = this.#view;
    const span = Math.min(1, Math.max(1e-9, view.span / factor));
    const row = Math.min(ROW, Math.max(this.#leastRow, view.row * factor));
    this.look({
      x: view.x + (px / this.#box.width) * (view.span - span), span,
      y: view.y + py / view.row - py / row, row,
    });
    this.heard.zoom();
  }

  /** Show a branch as large as it can be; -1: all. */
  zoomTo(position) {
    const { layout, run } = this.#look;
    if (position < 0) return this.#go({ x: 0, span: 1, y: 0, row: this.#leastRow });
    const [from, to] = layout.isTime ? this.#lifetime(run, position) : [layout.from[position], layout.to[position]];
    this.#go({ x: from, span: to - from, y: Math.max(0, layout.row[position] - 2), row: ROW });
  }

  /** From when to when anything of a branch lived, as places in the layout. */
  #lifetime(run, position) {
    const { from, to } = this.#look.layout;
    const begin = run.rank[position];
    const branch = run.order.subarray(begin, begin + run.size[position]);
    return [from[position], branch.reduce((last, each) => Math.max(last, to[each]), 0)];
  }

  /** What is looked at by the branch that it is a part of; null if it is not within one. */
  get anchor() {
    const position = this.zoom > 1 ? this.focus : -1;
    if (position < 0) return null;
    const { from, to } = this.#look.layout;
    const wide = to[position] - from[position];
    return { position, begin: (this.#view.x - from[position]) / wide, share: this.#view.span / wide };
  }

  /** Look at the same part of a branch again, wherever it stands by now. */
  hold({ position, begin, share }) {
    const { from, to } = this.#look.layout;
    const wide = to[position] - from[position];
    this.look({ ...this.#view, x: from[position] + begin * wide, span: share * wide });
  }

  /** Bring a node into sight without zooming further than it takes. */
  reveal(position) {
    if (position < 0 || !this.#box.width) return;
    const { layout } = this.#look;
    const view = { ...this.#view };
    const [from, to, row] = [layout.from[position], layout.to[position], layout.row[position]];
    if (to <= view.x || from >= view.x + view.span) view.x = (from + to - view.span) / 2;
    const rows = this.#box.height / view.row;
    if (row < view.y) view.y = row - 1;
    if (row + 1 > view.y + rows) view.y = row + 2 - rows;
    if (view.x !== this.#view.x || view.y !== this.#view.y) this.#go(view);
  }

  /** The deepest node whose branch fills the canvas; -1 if more than one does. */
  get focus() {
    const { layout, run } = this.#look;
    const { x, span } = this.#view;
    if (layout.isTime) return -1;
    const hair = span * 1e-6;
    let found = -1;
    for (let below = run.roots; below.length;) {
      const next = below[d3.bisector((each) => layout.to[each]).right(below, x + hair)];
      if (next === undefined || layout.from[next] > x + hair || layout.to[next] < x + span - hair) break;
      found = next;
      below = run.children[next];
    }
    return found;
  }

  #go(view) {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.look(view);
      this.heard.zoom();
      return;
    }
    this.#glide = { between: d3.interpolateObject({ ...this.#view }, view), begun: performance.now(), to: view };
    this.repaint();
  }

  #glideOn(now) {
    const part = Math.min(1, Math.max(0, (now - this.#glide.begun) / GLIDE_MS));
    const { between, to } = this.#glide;
    this.#view = part < 1 ? { ...between(d3.easeCubicOut(part)) } : to;
    if (part === 1) this.#glide = null;
    this.#bound();
    if (part === 1) this.heard.zoom();
  }

  /** Keep the view within the tree. */
  #bound() {
    if (!this.#look || !this.#box.height) return;
    const view = this.#view;
    view.span = Math.min(1, view.span);
    view.x = Math.min(1 - view.span, Math.max(0, view.x));
    view.row = Math.min(ROW, Math.max(this.#leastRow, view.row));
    const rows = this.#box.height / view.row;
    view.y = Math.max(0, Math.min(this.#rows - rows, view.y));
    const isAll = this.#rows <= rows + 0.01;
    this.canvas.style.setProperty("touch-action", isAll ? "pan-y" : "none");
    this.repaint();
  }

  #resize() {
    if (!this.#look || !this.element.clientWidth) return;
    const height = Math.round(Math.min(Math.max(this.#rows * ROW, 3 * ROW), Math.max(240, innerHeight * 0.5)));
    const width = this.element.clientWidth;
    const scale = devicePixelRatio || 1;
    const wasAll = this.#view.span === 1 && this.#view.y === 0;
    this.#box = { width, height, scale };
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    this.canvas.style.setProperty("height", `${height}px`);
    if (wasAll) this.#view.row = this.#leastRow;
    this.#bound();
  }

  // What it draws

  #paint(now) {
    this.#frame = 0;
    if (this.#hovered) this.#hover(null); // what was under the pointer may have moved
    if (!this.#look || !this.#box.width) return;
    if (this.#glide) this.#glideOn(now);
    this.colours ??= Object.fromEntries(["ground", "raised", "line", "text", "muted", "denied", "accent"]
      .map((name) => [name, cssColour(this.canvas, `--${name}`)]));
    const { pen } = this;
    const { width, height, scale } = this.#box;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    this.#paintGround();
    const seen = { drawn: 0, labels: [], living: [] };
    if (this.#look.mask) {
      pen.globalAlpha = 0.22;
      this.#paintNodes(seen, (position) => !this.#look.mask[position], false);
      pen.globalAlpha = 1;
      this.#paintNodes(seen, (position) => this.#look.mask[position], true);
    } else {
      this.#paintNodes(seen, null, true);
    }
    this.#paintLiving(seen.living);
    this.#paintLabels(seen.labels);
    this.#paintDenials();
    this.#paintChosen();
    Object.assign(this.canvas.dataset, {
      drawn: seen.drawn, zoom: this.zoom.toPrecision(4), instant: Math.round(this.#look.instant),
      selected: this.#look.selected, denials: this.#boxes.length,
    });
  }

  #px(x) {
    return ((x - this.#view.x) / this.#view.span) * this.#box.width;
  }

  #py(row) {
    return (row - this.#view.y) * this.#view.row;
  }

  /** The operator's row, and in time where each depth begins and what instant it is. */
  #paintGround() {
    const { pen, colours } = this;
    const { layout, instant, run } = this.#look;
    const { row } = this.#view;
    const { width, height } = this.#box;
    pen.fillStyle = colours.line;
    pen.fillRect(0, this.#py(0), width, Math.max(1, row - 1));
    if (row >= 13) this.#text("operator", 6, this.#py(0) + row / 2, colours.text);
    if (!layout.isTime) return;
    pen.fillStyle = colours.line;
    for (const band of layout.bands) pen.fillRect(0, Math.round(this.#py(band)) - 1, width, 1);
    pen.fillStyle = colours.muted;
    pen.fillRect(Math.round(this.#px(instant / Math.max(1, run.end_ms))) - 1, 0, 1, height);
  }

  /** Draw the nodes that `isMeant`, or all; those that share a pixel of a row with one before are not drawn. */
  #paintNodes(seen, isMeant, isBright) {
    const { pen } = this;
    const { layout, run, colouring, instant } = this.#look;
    const { from, to, items, start } = layout;
    const { begun_ms, ended_ms } = run.nodes;
    const { x, span, y, row } = this.#view;
    const { width, height, scale } = this.#box;
    const k = width / span;
    const tall = row >= 4 ? row - 1 : Math.max(1, row);
    const least = isMeant && isBright ? 2 : 1; // px: what was sought is seen
    const now = layout.isTime ? instant / Math.max(1, run.end_ms) : Infinity;
    const last = Math.min(layout.rows, Math.ceil(y + height / row));
    let colour = -1;
    let line = -1;
    let covered = { from: 0, to: 0 }; // of this line of pixels, when several rows share it
    for (let each = Math.max(1, Math.floor(y)); each < last; each++) {
      const top = (each - y) * row;
      if (row >= 1 || Math.floor(top) !== line) {
        line = Math.floor(top);
        covered = { from: 0, to: 0 };
      }
      const end = start[each + 1];
      for (let place = layout.first(each, x); place < end; place++) {
        const position = items[place];
        if (from[position] >= x + span) break;
        if (begun_ms[position] > instant || (isMeant && !isMeant(position))) continue;
        let left = Math.max(0, Math.round((from[position] - x) * k * scale) / scale);
        let right = Math.min(width, Math.round((Math.min(to[position], now) - x) * k * scale) / scale);
        if (right - left < least) {
          left = Math.min(Math.floor(left), width - least);
          right = left + least;
        }
        if (left >= covered.from && right <= covered.to) continue;
        if (left > covered.to || covered.to === 0) covered.from = left;
        covered.to = Math.max(covered.to, right);
        if (colouring.of[position] !== colour) {
          colour = colouring.of[position];
          pen.fillStyle = colouring.categories[colour].colour;
        }
        const wide = right - left;
        pen.fillRect(left, top, wide > 3 ? wide - 1 : wide, tall);
        seen.drawn++;
        if (!isBright) continue;
        if (wide > LABEL.least && row >= 13) seen.labels.push({ position, left, wide, top });
        if (ended_ms[position] === null || ended_ms[position] > instant) seen.living.push({ left, wide, top });
      }
    }
  }

  /** Living nodes have an outline, or where they are too small for one, an upper edge. */
  #paintLiving(living) {
    const { pen, colours } = this;
    const { row } = this.#view;
    if (row < 4) return;
    pen.strokeStyle = pen.fillStyle = colours.text;
    pen.lineWidth = 2;
    for (const { left, wide, top } of living) {
      if (wide >= 8) pen.strokeRect(left + 1, top + 1, wide - 3, row - 3);
      else pen.fillRect(left, top, wide, 2);
    }
  }

  /** Say of each node as much as it has room for. */
  #paintLabels(labels) {
    const { run, colouring } = this.#look;
    this.pen.font = LABEL.font;
    this.letter ??= this.pen.measureText("A7X2M0 bash, exit 0 · 14 nodes").width / 30;
    for (const { position, left, wide, top } of labels) {
      const letters = Math.floor((wide - 10) / this.letter);
      const category = colouring.categories[colouring.of[position]];
      this.#text(shortened(run, position, letters), left + 6, top + this.#view.row / 2, category.ink);
    }
  }

  #text(text, x, y, colour, font = LABEL.font) {
    this.pen.font = font;
    this.pen.textBaseline = "middle";
    this.pen.fillStyle = colour;
    this.pen.fillText(text, x, y);
  }

  /** Denials, as attempts that hit a wall: each where its child would have been, or a number where there is no room. */
  #paintDenials() {
    this.#boxes = [];
    for (const heaps of this.#heaps().values()) for (const heap of apart(heaps, this.#box.width)) this.#paintHeap(heap);
  }

  /** The denials in sight, those at one place in a heap, by rows; rows that are low share theirs. */
  #heaps() {
    const { placed, instant } = this.#look;
    const { y, row } = this.#view;
    const { width, height } = this.#box;
    const together = Math.max(1, Math.ceil(MARK.height / row));
    const found = new Map();
    for (const { denial, row: own, x } of placed) {
      if (own + 1 < y || own > y + height / row || denial.at_ms > instant) continue;
      const px = this.#px(x);
      if (px < 0 || px > width + MARK.width) continue;
      const band = Math.floor(own / together);
      if (!found.has(band)) found.set(band, []);
      const heaps = found.get(band);
      const heap = heaps.findLast((each) => Math.abs(px - each.px) < MARK.near);
      if (heap) heap.denials.push(denial);
      else heaps.push({ row: own, first: px, px, denials: [denial] });
    }
    return found;
  }

  #paintHeap({ row, first, px, denials }) {
    const { layout } = this.#look;
    const asker = denials[0].node;
    const isOne = denials.every((each) => each.node === asker);
    const bottom = this.#py(row + 1);
    const room = asker >= 0 && isOne && !layout.isTime ? first - Math.max(0, this.#px(layout.full[asker])) : 0;
    if (room >= denials.length * MARK.width + 4 && this.#view.row >= 13) {
      denials.forEach((denial, i) => this.#paintWall(first - 3 - (denials.length - i) * MARK.width, bottom, [denial]));
    } else {
      this.#paintNumber(px, bottom, denials);
    }
  }

  /** A stem that ends at a wall, below the asking node. */
  #paintWall(left, bottom, denials) {
    const { pen, colours } = this;
    const wide = MARK.width - 2;
    pen.fillStyle = colours.denied;
    pen.fillRect(left + wide / 2 - 1, bottom - 4, 2, 9);
    pen.fillRect(left, bottom + 4, wide, 3);
    this.#hatch(left, bottom + 7, wide, 8);
    this.#boxes.push({ left, top: bottom - 4, wide, tall: 20, denials });
  }

  /** A barred mark at the bottom edge of the asking nodes, with the number of attempts if more than one. */
  #paintNumber(px, bottom, denials) {
    const { pen, colours } = this;
    const tall = Math.min(MARK.height, this.#view.row);
    const text = denials.length > 1 && tall >= MARK.height ? number(denials.length) : "";
    const wide = markWidth(denials.length);
    const left = Math.max(0, Math.min(this.#box.width - wide, px - wide));
    pen.fillStyle = colours.ground;
    pen.fillRect(left - 1, bottom - tall - 1, wide + 2, tall);
    this.#hatch(left, bottom - tall, text ? 6 : wide, tall - 3);
    if (text) this.#text(text, left + 9, bottom - tall / 2 - 1.5, colours.denied, MARK.font);
    pen.fillStyle = colours.denied;
    pen.fillRect(left, bottom - 3, wide, 2);
    this.#boxes.push({ left, top: bottom - tall, wide, tall: Math.max(4, tall), denials });
  }

  #hatch(left, top, wide, tall) {
    const { pen, colours } = this;
    pen.save();
    pen.beginPath();
    pen.rect(left, top, wide, tall);
    pen.clip();
    pen.strokeStyle = colours.denied;
    pen.lineWidth = 1.2;
    pen.beginPath();
    for (let x = left - tall; x < left + wide; x += 3.5) {
      pen.moveTo(x, top + tall);
      pen.lineTo(x + tall, top);
    }
    pen.stroke();
    pen.restore();
  }

  /** The selected node. */
  #paintChosen() {
    const { pen, colours } = this;
    const { selected, run, instant } = this.#look;
    const { left, top, wide, tall } = this.#place(selected);
    pen.setLineDash(run.nodes.begun_ms[selected] > instant ? [5, 4] : []); // it is not there yet
    for (const [colour, thick] of [[colours.ground, 5], [colours.accent, 3]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = thick;
      pen.strokeRect(left + 1.5, top + 1.5, wide - 3, tall - 3);
    }
    pen.setLineDash([]);
  }

  /** Where a node stands on the canvas. */
  #place(position) {
    const { layout } = this.#look;
    const isNode = position >= 0;
    const left = Math.max(-9, this.#px(isNode ? layout.from[position] : 0));
    const right = Math.min(this.#box.width + 9, this.#px(isNode ? layout.to[position] : 1));
    return {
      left, wide: Math.max(4, right - left - 1),
      top: this.#py(isNode ? layout.row[position] : 0), tall: Math.max(4, this.#view.row - 1),
    };
  }

  // What it hears

  #listen() {
    const on = (name, does) => this.canvas.addEventListener(name, does, { passive: false });
    on("wheel", (event) => this.#wheel(event));
    on("pointerdown", (event) => this.#press(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#release(event));
    on("pointercancel", (event) => this.#pointers.delete(event.pointerId));
    on("pointerleave", () => this.#hover(null));
    on("dblclick", (event) => this.zoomTo(this.#under(event).position));
  }

  #wheel(event) {
    if (!this.#look) return;
    const isPan = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!isPan && event.deltaY > 0 && this.#view.span === 1 && this.#view.row <= this.#leastRow) return; // the page scrolls
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 20 : 1;
    if (isPan) this.#pan(-(event.deltaX || event.deltaY) * unit, 0);
    else this.zoomBy(Math.exp(-event.deltaY * unit * (event.ctrlKey ? 0.01 : 0.0025)), event.offsetX, event.offsetY);
  }

  #pan(dx, dy) {
    const view = this.#view;
    this.look({ ...view, x: view.x - (dx / this.#box.width) * view.span, y: view.y - dy / view.row });
    this.heard.zoom();
  }

  #press(event) {
    if (event.button) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    this.#moved = 0;
    this.#pinched = this.#spread();
  }

  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return this.#hover(event);
    const now = { x: event.offsetX, y: event.offsetY };
    this.#pointers.set(event.pointerId, now);
    this.#moved += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
    if (this.#moved < 4) return;
    this.#hover(null);
    if (this.#pointers.size === 1) return this.#pan(now.x - before.x, now.y - before.y);
    const spread = this.#spread();
    const [a, b] = this.#pointers.values();
    this.zoomBy(spread / this.#pinched, (a.x + b.x) / 2, (a.y + b.y) / 2);
    this.#pinched = spread;
  }

  #release(event) {
    if (this.#pointers.delete(event.pointerId) && this.#moved < 4) this.heard.select(this.#under(event).position);
  }

  /** How far apart two fingers are. */
  #spread() {
    const [a, b] = this.#pointers.values();
    return b ? Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)) : 1;
  }

  /** What stands under the pointer: a node, and the denials if it is on some. */
  #under({ offsetX, offsetY }) {
    const { layout, run, instant } = this.#look;
    const { x, span, y, row } = this.#view;
    const box = this.#boxes.find(({ left, top, wide, tall }) =>
      offsetX >= left - 2 && offsetX <= left + wide + 2 && offsetY >= top && offsetY <= top + tall);
    if (box) return { position: box.denials[0].node, denials: box.denials };
    const pixel = span / this.#box.width;
    const found = layout.at(Math.floor(y + offsetY / row), x + offsetX * pixel, pixel);
    return { position: found >= 0 && run.nodes.begun_ms[found] <= instant ? found : -1, denials: null };
  }

  #hover(event) {
    if (!this.#look) return;
    const found = event && this.#under(event);
    const isSame = found?.position === this.#hovered?.position && found?.denials === this.#hovered?.denials;
    this.#hovered = found;
    this.tip.hidden = this.frame.hidden = !found;
    if (!found) return;
    if (!isSame) {
      this.tip.replaceChildren(...this.#told(found));
      this.#point(found.position);
    }
    const most = this.#box.width - this.tip.offsetWidth;
    this.tip.style.setProperty("left", `${Math.max(0, Math.min(most, event.offsetX + 14))}px`);
    this.tip.style.setProperty("top", `${event.offsetY + 18}px`);
  }

  /** Frame a node, without painting the canvas anew. */
  #point(position) {
    const { left, top, wide, tall } = this.#place(position);
    const begin = Math.max(0, left);
    const place = { left: begin, top, width: Math.min(this.#box.width, left + wide) - begin, height: tall };
    for (const [name, px] of Object.entries(place)) this.frame.style.setProperty(name, `${px}px`);
  }

  #told({ position, denials }) {
    const { run, colouring, denials: all } = this.#look;
    if (denials) return [h("strong.denied", null, denialsInWords(denials)), h("div", null, `asked by ${whose(run, denials)}`)];
    const category = position >= 0 && colouring.categories[colouring.of[position]].name;
    const own = all.byNode.get(position);
    return [
      h("strong", null, run.label(position)), h("div", null, inFacts(run, position)),
      own && h("div.denied", null, denialsInWords(own)), category && h("div.muted", null, category),
    ].filter(Boolean);
  }
}

/** How wide a mark is that tells a number. */
function markWidth(count) {
  return count > 1 ? number(count).length * 7 + 11 : 7;
}

/** Set heaps apart whose marks, which end where their heaps stand, overlap: by putting near ones together, or aside. */
function apart(heaps, width) {
  const found = [];
  for (const heap of heaps.sort((a, b) => a.px - b.px)) {
    found.push(heap);
    while (found.length > 1) {
      const [before, last] = found.slice(-2);
      const least = before.px + markWidth(last.denials.length) + 2;
      if (last.px >= least) break;
      if (last.px - before.first > MARK.most && least <= width) {
        last.px = least;
        break;
      }
      found.splice(-2, 2, { ...last, first: before.first, denials: [...before.denials, ...last.denials] });
    }
  }
  return found;
}

/** The most that can be said of a node in so many letters; it may be nothing. */
function shortened(run, position, letters) {
  const label = run.label(position);
  const end = ending(run.nodes.end_cause[position], run.nodes.exit_code[position]);
  const below = run.size[position] > 1 ? [`${label} · ${number(run.size[position])} nodes`] : [];
  return [...below, label, `${run.nodes.language[position]}, ${end}`, end].find((text) => text.length <= letters) ?? "";
}

/** Who asked for what was denied. */
function whose(run, denials) {
  const askers = new Set(denials.map((each) => each.node));
  return askers.size === 1 ? run.label(denials[0].node) : `${number(askers.size)} nodes`;
}

/** The first facts of a node in one line. */
function inFacts(run, position) {
  if (position < 0) return `${number(run.count)} nodes`;
  const { depth, begun_ms, ended_ms, queries, tokens } = run.nodes;
  const lived = ended_ms[position] === null ? "living" : duration(ended_ms[position] - begun_ms[position]);
  return [
    `depth ${depth[position]}`, `begun at ${duration(begun_ms[position])}`, lived,
    counted(run.children[position].length, "child", "children"), counted(run.size[position] - 1, "node below", "nodes below"),
    counted(queries[position], "query", "queries"), counted(tokens[position], "token", "tokens"),
  ].filter(Boolean).join(", ");
}

/** `1 child`, `2 children`; nothing of none. */
function counted(count, one, many) {
  return count ? `${number(count)} ${count === 1 ? one : many}` : null;
}
