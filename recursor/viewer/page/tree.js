"use strict";

// A run's tree: the canvas, the list and the instant that is shown show the same nodes, one of which
// is selected. How it is looked at is kept with the page, for when one comes back to it.

const SEARCH_MS = 150;
const PANEL_MS = 60;
const KEYS = [
  ["↑ ↓ ← →", "to the parent, the first child, the siblings"],
  ["Enter", "zoom to the branch of the selected node"],
  ["Escape, 0", "show the whole tree"],
  ["+ −", "zoom"],
  ["space", "play, pause"],
  [", .", "to the event before, to the next"],
  ["/", "search"],
  ["n, N", "to the next match, to the one before"],
  ["?", "these keys"],
  ["wheel, pinch", "zoom around the pointer; with Shift to the side"],
  ["drag", "move what is shown"],
  ["double click", "zoom to a branch"],
];
const SEARCH_HINT = "Text of a program or an id. Also end:timeout, exit:1, lang:python, depth:3, denied:";

function treeView(page, run, nodeId) {
  const view = new TreeView(page, run, nodeId);
  return {
    title: run.facts.goal,
    element: view.element,
    update: (grown) => view.update(grown),
    close: () => view.close(),
    recolour: () => view.icicle.recolour(),
  };
}

class TreeView {
  #panelTimer = 0;
  #searchTimer = 0;
  #measured = null;
  #layouts = new Map();
  #found = null; // the nodes that match what is sought
  #pinned = null; // the name of the category that is highlighted
  #pointed = null; // and of the one under the pointer
  #shownPanel = "";

  constructor(page, run, nodeId) {
    this.page = page;
    const kept = page.treeKept?.id === run.id ? page.treeKept : {};
    this.kept = page.treeKept = { id: run.id, measure: "nodes", colour: "end", motif: null, sought: "", collapsed: new Set(), ...kept };
    this.icicle = new Icicle({ select: (position) => this.select(position), zoom: () => this.#crumble() });
    this.outline = new Outline({
      select: (position) => this.select(position),
      open: (position) => { this.select(position); this.icicle.zoomTo(position); },
    });
    this.time = new TimeBar((instant) => this.#at(instant));
    this.#make();
    this.#take(run, run.find(nodeId) ?? this.kept.selected ?? (run.count ? 0 : -1));
    if (this.kept.view) this.icicle.look(this.kept.view);
    if (this.kept.sought) this.#search();
    if (COLOURINGS[this.kept.colour].isMeasured) this.#recolour();
    this.listener = (event) => this.#key(event);
    document.addEventListener("keydown", this.listener);
  }

  close() {
    document.removeEventListener("keydown", this.listener);
    clearTimeout(this.#panelTimer);
    clearTimeout(this.#searchTimer);
    this.time.stop();
    Object.assign(this.kept, { view: this.icicle.view, instant: this.time.isAtEnd ? undefined : this.time.instant, collapsed: this.outline.collapsed });
    this.icicle.close();
    this.outline.close();
  }

  /** Show the same run, grown. */
  update(run) {
    const before = this.run;
    const moved = (position) => position < 0 ? position : run.positions.get(before.nodes.id[position]) ?? -1;
    const instant = this.time.isAtEnd ? undefined : this.time.instant;
    this.kept.collapsed = new Set([...this.outline.collapsed].map(moved));
    const { anchor } = this.icicle;
    this.#layouts.clear();
    if (!run.isLiving) this.#measured = null; // while it grows, what was measured is good enough
    this.#found = this.#found?.map(moved) ?? null;
    this.kept.instant = instant;
    this.#take(run, moved(this.selected));
    if (anchor) this.icicle.hold({ ...anchor, position: moved(anchor.position) });
    this.#crumble();
    if (this.kept.sought) this.#search();
    if (!this.#measured && COLOURINGS[this.kept.colour].isMeasured) this.#recolour();
  }

  // How it is made

  #make() {
    const kept = this.kept;
    this.header = h("header");
    this.measure = choice("Width", MEASURES, kept.measure, (name) => { kept.measure = name; this.#relay(); });
    this.colour = choice("Colour", COLOURINGS, kept.colour, (name) => { kept.colour = name; this.#recolour(); });
    this.motif = h("select", { "aria-label": "Motif", hidden: true, onchange: () => { kept.motif = this.motif.value; this.#recolour(); } });
    this.field = h("input.sought", {
      type: "search", placeholder: "Search ( / )", "aria-label": "Search programs", title: SEARCH_HINT, value: kept.sought, autocomplete: "off", spellcheck: "false",
      oninput: () => this.#sought(), onkeydown: (event) => this.#searchKey(event),
    });
    this.matches = h("span.matches.muted", { role: "status" });
    this.steps = h("span.steps", { hidden: true },
      h("button", { onclick: () => this.next(-1), "aria-label": "Match before", title: "Match before (N)" }, "↑"),
      h("button", { onclick: () => this.next(1), "aria-label": "Next match", title: "Next match (n)" }, "↓"));
    this.dialog = keysDialog();
    this.legend = h("div.legend", { role: "group", "aria-label": "Colours" });
    this.crumbs = h("nav.crumbs", { "aria-label": "Branch that is shown" });
    this.status = h("div.unseen", { role: "status" });
    this.panel = h("aside.panel", { "aria-label": "Selected node", onclick: (event) => this.#follow(event) });
    this.element = h("div.tree", null, this.header, h("div.sides", null,
      h("section.side", { "aria-label": "Tree" },
        h("div.tools", null, this.measure, this.colour, this.motif,
          h("span.seek", null, this.field, this.steps, this.matches),
          h("button", { onclick: () => this.dialog.showModal(), title: "Keys (?)", "aria-label": "Keys" }, "?")),
        this.legend, this.crumbs, this.icicle.element, this.time.element, this.outline.element, this.status, this.dialog),
      this.panel));
  }

  /** Take up a run, or the same one grown. */
  #take(run, selected) {
    this.run = run;
    this.denials = new Denials(run);
    this.selected = selected;
    const isReady = this.#measured || !COLOURINGS[this.kept.colour].isMeasured;
    this.colouring = COLOURINGS[isReady ? this.kept.colour : "end"].make(run, this.#measured, this.kept.motif);
    const made = runHeader(this.page, run, "tree");
    this.header.replaceWith(made);
    this.header = made;
    const { denials, colouring } = this;
    this.outline.show({ run, denials, colouring, selected, instant: run.end_ms });
    this.outline.collapsed = this.kept.collapsed;
    this.icicle.show({ run, denials, colouring, selected, instant: run.end_ms, ...this.#laid() });
    this.time.show(run, denials, this.kept.instant);
    this.#explain();
    this.#mask();
    this.#crumble();
    this.#tell();
    this.outline.reveal(selected);
  }

  // Width and colour

  #laid() {
    const { measure } = this.kept;
    if (!this.#layouts.has(measure)) {
      const layout = MEASURES[measure].make(this.run);
      this.#layouts.set(measure, { layout, placed: this.denials.placed(layout, this.run.end_ms) });
    }
    return this.#layouts.get(measure);
  }

  #relay() {
    this.icicle.show(this.#laid());
    this.icicle.zoomTo(-1);
  }

  /** Colour the nodes anew; where it needs measures, when they have come. */
  async #recolour() {
    const { run, kept } = this;
    const { make, isMeasured } = COLOURINGS[kept.colour];
    const isAsked = () => this.run === run && COLOURINGS[kept.colour].make === make;
    this.motif.hidden = true;
    this.#pinned = null;
    if (isMeasured && !(await this.#measure(isAsked))) return;
    if (kept.colour === "motif") this.#offer();
    this.colouring = make(run, this.#measured, kept.motif);
    this.#explain();
    this.#mask();
  }

  /** Get the measures; whether they are there and still wanted. */
  async #measure(isAsked) {
    if (this.#measured) return true;
    this.legend.replaceChildren(h("span.muted", { role: "status" }, "measuring…"));
    let said = "This run was not measured.";
    let measured = null;
    try {
      measured = await this.page.source.measures(this.run.id);
    } catch (error) {
      said = `It could not be measured: ${error.message}`;
    }
    if (!isAsked()) return false;
    this.#measured = measured;
    if (!measured) this.legend.replaceChildren(h("span.error", { role: "alert" }, said));
    return Boolean(measured);
  }

  /** Offer the motifs, those that some node has first. */
  #offer() {
    const rows = [...this.#measured.rates].sort((a, b) => b.effective + b.attempted - a.effective - a.attempted);
    this.kept.motif ??= rows[0]?.motif ?? null;
    this.motif.hidden = false;
    this.motif.replaceChildren(...rows.map(({ motif, effective, attempted }) =>
      h("option", { value: motif, selected: motif === this.kept.motif }, `${motif} (${number(effective + attempted)})`)));
  }

  /** The legend: each colour's name and count; a button that highlights its nodes. */
  #explain() {
    const point = (event, name) => {
      if (event.pointerType !== "mouse") return;
      this.#pointed = name;
      this.#mask();
    };
    const pin = (event, name) => {
      this.#pinned = this.#pinned === name ? null : name;
      this.#pointed = null;
      for (const button of buttons) button.setAttribute("aria-pressed", button === event.currentTarget && this.#pinned !== null);
      this.#mask();
    };
    const buttons = this.colouring.categories.map(({ name, colour, count }) => h("button", {
      "aria-pressed": String(name === this.#pinned),
      onclick: (event) => pin(event, name),
      onpointerenter: (event) => point(event, name),
      onpointerleave: (event) => point(event, null),
    }, h("span.swatch", { "aria-hidden": "true", style: { background: colour } }), name, h("span.muted", null, number(count))));
    const denied = this.denials.all.length;
    const walls = denied ? [h("span.wall", { title: denialsInWords(this.denials.all) }, h("span.bars", { "aria-hidden": "true" }), "denied", h("span.muted", null, number(denied)))] : [];
    this.legend.replaceChildren(...buttons, ...walls);
  }

  /** Highlight what was sought, and what the legend is asked for. */
  #mask() {
    const { run, colouring } = this;
    const place = colouring.categories.findIndex(({ name }) => name === (this.#pointed ?? this.#pinned));
    let mask = null;
    if (this.#found) {
      mask = new Uint8Array(run.count);
      for (const position of this.#found) mask[position] = 1;
    }
    if (place >= 0) mask = Uint8Array.from(colouring.of, (each, position) => each === place && (!mask || mask[position]) ? 1 : 0);
    this.icicle.show({ mask, colouring });
    this.outline.show({ mask, colouring });
  }

  // The selected node

  select(position) {
    if (position === this.selected) return;
    this.selected = this.kept.selected = position;
    const id = position < 0 ? "operator" : this.run.nodes.id[position];
    history.replaceState(null, "", address("runs", this.run.id, "nodes", id));
    this.icicle.show({ selected: position });
    this.icicle.reveal(position);
    this.outline.show({ selected: position });
    this.outline.reveal(position);
    const denied = denialsInWords(this.denials.byNode.get(position) ?? []);
    this.status.textContent = [`${this.run.label(position)}: ${inFacts(this.run, position)}`, denied].filter(Boolean).join("; ");
    this.#crumble();
    clearTimeout(this.#panelTimer);
    this.#panelTimer = setTimeout(() => this.#tell(), PANEL_MS);
  }

  /** Show the selected node's panel, unless it is shown and nothing has changed. */
  async #tell() {
    const { run, selected } = this;
    const { id, ended_ms, queries, denied } = run.nodes;
    const children = selected < 0 ? run.roots : run.children[selected];
    const shown = [id[selected], ended_ms[selected], queries[selected], denied[selected], children.length].join();
    if (shown === this.#shownPanel) return;
    this.#shownPanel = shown;
    this.panel.setAttribute("aria-busy", "true");
    let element;
    try {
      element = await nodePanel(this.page, run, selected);
    } catch (error) {
      element = h("p.error", { role: "alert" }, `This node could not be read: ${error.message}`);
    }
    if (shown !== this.#shownPanel) return;
    this.panel.replaceChildren(element);
    this.panel.removeAttribute("aria-busy");
  }

  /** A link to a node of this run selects it here. */
  #follow(event) {
    const href = event.target.closest("a")?.getAttribute("href") ?? "";
    const [, kind, run, nodes, id] = href.split("/").map(decodeURIComponent);
    const position = kind === "runs" && run === this.run.id && nodes === "nodes" && this.run.find(id);
    if (!Number.isInteger(position) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.select(position);
  }

  /** The way from the operator to the branch that is shown, or else to the selected node. */
  #crumble() {
    if (!this.run) return;
    const focus = this.icicle.zoom > 1 ? this.icicle.focus : -1;
    const end = focus >= 0 ? focus : this.selected;
    if (this.crumbled === `${end} ${focus} ${this.run.count}`) return;
    this.crumbled = `${end} ${focus} ${this.run.count}`;
    const way = end < 0 ? [OPERATOR] : [OPERATOR, ...this.run.above(end).reverse(), end];
    this.crumbs.replaceChildren(...way.map((position) => h("button", {
      "aria-current": position === focus ? "location" : null,
      title: position < 0 ? "Show the whole tree" : `Zoom to the branch of ${this.run.label(position)}`,
      onclick: () => { this.select(position); this.icicle.zoomTo(position); this.icicle.canvas.focus(); },
    }, position < 0 ? "operator" : this.run.nodes.id[position].slice(-6))));
  }

  // The instant

  #at(instant) {
    this.icicle.show({ instant });
    this.outline.show({ instant });
  }

  // Search

  #sought() {
    this.kept.sought = this.field.value;
    clearTimeout(this.#searchTimer);
    this.#searchTimer = setTimeout(() => this.#search(), SEARCH_MS);
  }

  async #search() {
    const { run } = this;
    const sought = this.kept.sought.trim();
    if (!sought) return this.#match(null);
    const { text, filters } = query(sought);
    let found = null;
    try {
      found = text ? await this.page.source.search(run, text) : Array.from(run.order);
    } catch (error) {
      this.matches.textContent = `The search failed: ${error.message}`;
      return;
    }
    if (run !== this.run || sought !== this.kept.sought.trim()) return;
    found = found.filter((position) => filters.every((holds) => holds(run, position, this.denials)));
    this.#match(found.sort((a, b) => run.rank[a] - run.rank[b]));
  }

  #match(found) {
    this.#found = found;
    this.matches.textContent = found ? `${number(found.length)} of ${counted(this.run.count, "node", "nodes")}` : "";
    this.steps.hidden = !found?.length;
    this.#mask();
  }

  /** Select the next match in the order of the list, or the one before. */
  next(direction) {
    if (!this.#found?.length) return;
    const { rank } = this.run;
    const now = this.selected < 0 ? -1 : rank[this.selected];
    const by = d3.bisector((position) => rank[position]);
    const place = direction > 0 ? by.right(this.#found, now) : by.left(this.#found, now) - 1;
    this.select(this.#found[(place + this.#found.length) % this.#found.length]);
  }

  #searchKey(event) {
    if (event.key === "Enter") this.next(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape") { this.field.value = ""; this.#sought(); this.icicle.canvas.focus(); }
    else return;
    event.preventDefault();
  }

  // The keyboard

  #key(event) {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || this.dialog.open) return;
    if (event.target.closest("input, select, textarea, dialog")) return;
    const isFree = event.target === this.icicle.canvas || event.target === document.body || event.target.id === "main";
    const does = this.#everywhere(event.key) ?? (isFree ? this.#onCanvas(event.key) : null);
    if (!does) return;
    event.preventDefault();
    does();
  }

  #everywhere(key) {
    return {
      "/": () => this.field.focus(),
      "?": () => this.dialog.showModal(),
      n: () => this.next(1),
      N: () => this.next(-1),
      ",": () => this.time.step(-1),
      ".": () => this.time.step(1),
      "+": () => this.icicle.zoomBy(1.6),
      "=": () => this.icicle.zoomBy(1.6),
      "-": () => this.icicle.zoomBy(1 / 1.6),
      0: () => this.icicle.zoomTo(-1),
      Escape: () => this.icicle.zoomTo(-1),
    }[key];
  }

  #onCanvas(key) {
    const { run, selected } = this;
    const above = selected < 0 ? selected : run.nodes.parent[selected];
    const siblings = selected < 0 ? [OPERATOR] : above < 0 ? run.roots : run.children[above];
    const place = siblings.indexOf(selected);
    const below = selected < 0 ? run.roots : run.children[selected];
    return {
      " ": () => this.time.turn(),
      Enter: () => this.icicle.zoomTo(selected),
      ArrowUp: () => this.select(above),
      ArrowDown: () => this.select(below[0] ?? selected),
      ArrowLeft: () => this.select(siblings[place - 1] ?? selected),
      ArrowRight: () => this.select(siblings[place + 1] ?? selected),
    }[key];
  }
}

const FILTERS = {
  end: (said) => (run, position) => run.nodes.end_cause[position].startsWith(said),
  exit: (said) => (run, position) => String(run.nodes.exit_code[position]) === said,
  lang: (said) => (run, position) => run.nodes.language[position].startsWith(said),
  depth: (said) => (run, position) => run.nodes.depth[position] === Number(said),
  denied: () => (run, position, denials) => denials.byNode.has(position),
};

/** Read what is sought: filters like `end:timeout`, and the text that is left. */
function query(sought) {
  const filters = [];
  const words = sought.split(/\s+/).filter((word) => {
    const [, name, said] = /^([a-z]+):(.*)$/.exec(word) ?? [];
    if (!Object.hasOwn(FILTERS, name ?? "")) return true;
    filters.push(FILTERS[name](said.toLowerCase()));
    return false;
  });
  return { text: filters.length ? words.join(" ") : sought, filters };
}

/** A labelled select of things that have a title. */
function choice(name, things, chosen, heard) {
  const options = Object.entries(things).map(([value, { title }]) => h("option", { value, selected: value === chosen }, title));
  return h("label", null, h("span.muted", null, name), " ", h("select", { onchange: (event) => heard(event.target.value) }, options));
}

function keysDialog() {
  const dialog = h("dialog", { "aria-label": "Keys" }, h("h2", null, "Keys"),
    h("dl.keys", null, KEYS.map(([key, does]) => h("div", null, h("dt", null, h("kbd", null, key)), h("dd", null, does)))),
    h("button", { onclick: () => dialog.close() }, "Close"));
  return dialog;
}

/** What a run is: above its tree and its charts. */
function runHeader(page, run, current) {
  const { facts: said, queries } = run;
  const tab = (name, title, ...place) => h("a", { href: address("runs", run.id, ...place), "aria-current": name === current ? "page" : null }, title);
  const from = said.parent_run && h("a", { href: address("runs", said.parent_run) }, said.parent_run.slice(-6));
  const isGeneral = said.model_provenance === "general";
  const denied = queries.decision.reduce((count, each) => count + (each === "denied"), 0);
  return h("header.run", null,
    h("div.head", null,
      h("h1", null, said.goal),
      h("nav.tabs", { "aria-label": "Views of this run" }, tab("tree", "Tree"), tab("charts", "Charts", "charts"))),
    h("p.summary", null, [
      counted(run.count, "node", "nodes") ?? "no nodes", counted(queries.node.length, "query", "queries") ?? "no queries",
      denied ? `${number(denied)} denied` : null,
      run.refused.node.length ? counted(run.refused.node.length, "program refused", "programs refused") : null,
      counted(d3.sum(queries.prompt_tokens) + d3.sum(queries.answer_tokens), "token", "tokens"),
      `depth ${run.deepest}`, duration(run.end_ms),
      run.isLiving ? "living" : `ended: ${said.end_cause.replace("_", " ")}${said.end_detail ? `, ${said.end_detail}` : ""}`,
    ].filter(Boolean).map((each) => h("span", null, each))),
    h("p.grown", null,
      h("span", null, said.model, isGeneral ? null : h("span.badge.warn", { title: "Not a general model: where its answers come from" }, said.model_provenance)),
      h("span", null, `pack ${said.pack}`), h("span", null, `seed ${said.seed}`),
      h("span", null, said.mode, from ? [" of ", from] : null),
      h("span", null, `begun ${said.started_at.slice(0, 16).replace("T", " ")}`)),
    h("details", null, h("summary", null, "Budget"), facts([
      ["run", said.name ? `${said.name}, ${said.id}` : said.id],
      ...Object.entries(said.budget).map(([name, limit]) => [name.replace("_", " "), limit]),
    ])));
}
