"use strict";

// All that is recorded of one node, or at position -1 of the operator.

const LISTED = 20;
const QUERIES_AT_ONCE = 100;

async function nodePanel(page, run, position) {
  const found = await page.source.node(run, position);
  const panel = new NodePanel(page, run, position, found);
  await panel.findOrigin();
  return panel.build();
}

/** What was measured of each run; of a run that lives, of its tree as it was then. */
const MEASURED = new Map();

/** Measure a run, or return what was measured of it before. */
function measuresOf(page, run) {
  if (!MEASURED.has(run.id)) {
    const asked = page.source.measures(run.id);
    MEASURED.set(run.id, asked);
    // What failed is asked for again.
    asked.catch(() => MEASURED.delete(run.id));
  }
  return MEASURED.get(run.id);
}

class NodePanel {
  constructor(page, run, position, { node, queries, events }) {
    Object.assign(this, { page, run, position, node, queries, events });
    this.begun = Date.parse(run.facts.started_at);
  }

  /** Find the query whose answer brought the program, in one of the nodes above. */
  async findOrigin() {
    this.origin = null;
    if (!this.node) return;
    this.parentAt = this.run.nodes.parent[this.position];
    const above = [this.parentAt, ...this.run.above(this.parentAt)];
    if (above.at(-1) !== -1) above.push(-1);
    for (const place of above) {
      const { node, queries } = await this.page.source.node(this.run, place);
      if (place === this.parentAt) this.parent = node;
      this.origin = queries.find(({ id }) => id === this.node.origin_query);
      if (this.origin || !this.node.origin_query) break;
    }
  }

  build() {
    return h("article.node", { "aria-label": this.run.label(this.position) },
      this.node ? this.#ofNode() : this.#ofOperator());
  }

  #ofOperator() {
    const { facts: run } = this.run;
    return [
      h("h2", null, "Operator"),
      facts([["goal", run.goal], ["model", run.model], ["pack", run.pack], ["seed", String(run.seed)]]),
      this.#queries(),
      this.#events(),
    ];
  }

  #ofNode() {
    const measured = h("div.measured");
    this.#fillMeasured(measured);
    return [
      h("h2", null, this.run.label(this.position)),
      this.#what(),
      this.#program(),
      measured,
      this.#fromAnswer(),
      this.#difference(),
      this.#copies(),
      this.#queries(),
      this.#output("stdout"),
      this.#output("stderr"),
      this.#files(),
      this.#events(),
      this.#isolation(),
    ].filter(Boolean);
  }

  #at(instant) {
    return instant && `at ${duration(Date.parse(instant) - this.begun)}`;
  }

  #what() {
    const { node } = this;
    return facts([
      ["depth", node.depth],
      ["kind", node.kind === "jail" ? "a jail of its own" : "a scope in its parent's jail"],
      ["language", node.language],
      ["end", ending(node.end_cause ?? "living", node.exit_code)],
      ["signal", node.signal],
      ["killed by", node.killed_by],
      ["begun", this.#at(node.started_at)],
      ["took", node.ended_at && duration(Date.parse(node.ended_at) - Date.parse(node.started_at))],
      ["waited", node.waited_s && duration(1000 * node.waited_s)],
      ["jail", node.jail],
      ["link", this.#link()],
      ["source", node.source === "live" ? null : node.source],
      ["id", h("code", null, node.id)],
    ]);
  }

  /** How the node is known to be its parent's child; told where that is weaker than exact. */
  #link() {
    const { link_evidence: evidence, link_candidates: candidates } = this.node;
    if (evidence !== "contained") return null;
    return h("span.warn", null, `weak: ${evidence}${candidates > 1 ? `, one of ${candidates} candidates` : ""}`);
  }

  #program() {
    const { program, language } = this.node;
    this.programHost = h("div.body", null, codeText(program, language));
    const said = h("span.muted", { role: "status" });
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(program);
        said.textContent = "copied";
      } catch {
        said.textContent = "the browser does not allow it";
      }
    };
    return h("section", null,
      h("div.title", null, h("h3", null, "Program"), h("button", { onclick: copy }, "Copy"), said),
      this.programHost);
  }

  // --- what was measured

  async #fillMeasured(host) {
    const show = async () => {
      host.replaceChildren(h("p.muted", { role: "status" }, "measuring…"));
      try {
        host.replaceChildren(...this.#measured(await measuresOf(this.page, this.run)));
      } catch (error) {
        host.replaceChildren(h("p.error", { role: "alert" }, `Not measured: ${error.message}`));
      }
    };
    if (!this.page.source.isLive || MEASURED.has(this.run.id)) await show();
    else host.append(h("h3", null, "Motifs and lineage"), h("button", { onclick: show }, "Measure the run"));
  }

  #measured(measures) {
    if (!measures) return [h("p.muted", null, "This report has no measures.")];
    return [this.#motifs(measures), this.#lineage(measures), this.#nearCopies(measures)].filter(Boolean);
  }

  #motifs({ motifs, rates }) {
    const mine = motifs.filter(({ node }) => node === this.position);
    const planted = new Set(rates.filter((each) => each.planted).map(({ motif }) => motif));
    const mark = (lines) => this.programHost.replaceChildren(codeText(this.node.program, this.node.language, new Set(lines)));
    const where = (lines) => lines?.length
      ? h("button.small", { onclick: () => mark(lines), title: "Mark them in the program" }, lines.length > 6 ? `${lines.slice(0, 6).join(", ")}…` : lines.join(", "))
      : "";
    return h("section", null, h("h3", null, "Motifs"), mine.length ? table([
      ["motif", ({ motif }) => [motif, planted.has(motif) ? h("span.tag", { title: "the pack's examples show it" }, "planted") : null]],
      ["", ({ status }) => status],
      ["lines", ({ lines }) => where(lines)],
      ["seen", ({ witness }) => witness ?? ""],
    ], mine) : h("p.muted", null, "None was found."));
  }

  #lineage({ edges }) {
    const line = [this.position, ...this.run.above(this.position)];
    const ofChild = new Map(edges.map((edge) => [edge.child, edge]));
    return h("section", null, h("h3", null, "Lineage"), table([
      ["node", (place) => place === this.position ? "this node" : this.#to(place)],
      ["likeness to its parent", (place) => ofChild.get(place)?.likeness ?? ""],
      ["contained", (place) => ofChild.get(place)?.contained ?? ""],
      ["copy", (place) => ofChild.get(place)?.level ?? ""],
      ["channel", (place) => channelOf(ofChild.get(place))],
    ], line), h("p.muted", null,
      "R0: the same bytes; R1: the same but for names and literals; R2: more alike than chance; R3: the same calls. ",
      "Contained: the share of the parent that is in it."));
  }

  #nearCopies({ families }) {
    const family = families[this.position];
    if (family === undefined || family < 0) return null;
    const same = new Set(this.run.copies(this.position));
    const near = [];
    families.forEach((each, place) => { if (each === family && !same.has(place)) near.push(place); });
    return near.length ? this.#links("Near copies", near) : null;
  }

  #copies() {
    const copies = this.run.copies(this.position).filter((place) => place !== this.position);
    return copies.length ? this.#links("Copies", copies) : null;
  }

  #links(title, places) {
    const rest = places.length - LISTED;
    return h("section", null, h("h3", null, `${title}: ${number(places.length)}`),
      h("ul.links", null, places.slice(0, LISTED).map((place) => h("li", null, this.#to(place))),
        rest > 0 ? h("li.muted", null, `and ${number(rest)} more`) : null));
  }

  #to(place) {
    const { run } = this;
    return h("a", { href: address("runs", run.id, "nodes", place < 0 ? "operator" : run.nodes.id[place]) }, run.label(place));
  }

  // --- where it came from

  #fromAnswer() {
    const { origin, node } = this;
    if (!origin) {
      const why = node.origin_query ? "The query that its program came of was not asked above it." : "Its program came of no answer.";
      return h("section", null, h("h3", null, "Query and answer"), h("p.muted", null, why));
    }
    const asker = origin.node ? this.run.positions.get(origin.node) : -1;
    return h("section", null,
      h("h3", null, "The query and the answer it came from"),
      h("p", null, "Asked by ", this.#to(asker ?? -1), "."),
      this.#queryBody(origin),
      this.#attribution(origin),
      this.#budget(origin));
  }

  #queryBody(query) {
    return [
      facts([
        ["decision", decisionText(query)],
        ["label", query.label],
        ["model", query.model],
        ["asked", this.#at(query.started_at)],
        ["queued", query.queue_s === null ? null : duration(1000 * query.queue_s)],
        ["prefill", query.prefill_s ? duration(1000 * query.prefill_s) : null],
        ["decode", query.decode_s ? duration(1000 * query.decode_s) : null],
        ["prompt", query.prompt_tokens === null ? null : `${number(query.prompt_tokens)} tokens${query.cached_prompt_tokens ? `, ${number(query.cached_prompt_tokens)} of them cached` : ""}`],
        ["answer", query.answer_tokens === null ? null : `${number(query.answer_tokens)} tokens`],
        ["finished", query.finish_reason],
        ["seed", String(query.seed)],
        ["source", query.source === "live" ? null : query.source],
        ["error", query.error],
      ]),
      section("Prompt as the model saw it", () => promptText(query.rendered, query.spans), true),
      query.answer === null ? null : section("Answer", () => plainText(query.answer), true),
      section("Parameters", () => valuesOf(query.parameters)),
    ];
  }

  #attribution(query) {
    if (!query.sources) {
      const command = `recursor attribute ${this.run.id}/${this.node.id}`;
      return h("p.muted", null, "Whose words made it, in bits: ", h("code", null, command));
    }
    return section("Whose words made it, in bits", () => heatText(query.answer, query.ends, query.sources), true);
  }

  /** What was used of the budget when the query was asked. */
  #budget({ ledger }) {
    const { budget } = this.run.facts;
    const used = [["nodes", ledger.nodes], ["queries", ledger.queries], ["tokens", ledger.tokens + (ledger.reserved_tokens ?? 0)]];
    return h("div", null, h("h4", null, "Used of the budget when it was asked"),
      h("div.meters", null, used.filter(([name]) => budget[name]).map(([name, value]) => meterOf(name, value, budget[name]))),
      ledger.reserved_tokens ? h("p.muted", null, `Tokens: ${number(ledger.reserved_tokens)} of them reserved for answers under way.`) : null);
  }

  #difference() {
    if (!this.parent) return null;
    return section("How it differs from its parent's program", () => diffText(this.parent.program, this.node.program));
  }

  // --- what it did

  #queries() {
    const { queries } = this;
    if (!queries.length) return h("section", null, h("h3", null, "Queries"), h("p.muted", null, "It asked none."));
    const list = h("div.queries");
    const more = h("button", { onclick: () => show() }, "More");
    let shown = 0;
    const show = () => {
      const some = queries.slice(shown, shown + QUERIES_AT_ONCE);
      more.before(...some.map((query) => section(this.#queryLine(query), () => this.#queryBody(query).filter(Boolean))));
      shown += some.length;
      more.hidden = shown >= queries.length;
    };
    list.append(more);
    show();
    return h("section", null, h("h3", null, `Queries: ${number(queries.length)}`), list);
  }

  #queryLine(query) {
    return h("span.line", null, decisionText(query), " ", firstLine(query.prompt), " ",
      query.answer_tokens === null ? null : h("span.muted", null, `${number(query.answer_tokens)} tokens`));
  }

  #output(name) {
    const output = this.node[name];
    if (!output?.bytes_total) return output ? h("p.muted", null, `${name}: nothing`) : null;
    const size = `${number(output.bytes_total)} bytes${output.truncated ? ", cut" : ""}`;
    return section(`${name} (${size})`, () => plainText(output.text), true);
  }

  #files() {
    const { files, files_left_out: leftOut } = this.node;
    const reasons = Object.entries(leftOut ?? {});
    if (!files.length && !reasons.length) return null;
    return h("section", null, h("h3", null, `Files it left behind: ${number(files.length)}`),
      files.map((file) => section(`${file.path} (${number(file.size)} bytes${file.is_cut ? ", its beginning" : ""})`, () => plainText(file.text))),
      reasons.map(([why, count]) => h("p.muted", null, `${number(count)} not kept: ${why}`)));
  }

  #events() {
    const { events } = this;
    if (!events.length) return null;
    return section(`Events: ${number(events.length)}`, () => table([
      ["at", ({ time_ns }) => duration(time_ns / 1e6 - this.begun)],
      ["what", ({ kind }) => kind],
      ["seen by", ({ observer }) => observer],
      ["detail", ({ detail }) => h("code", null, visibleParts(JSON.stringify(detail)))],
      ["content", ({ content }) => content ? section(firstLine(content, 40), () => plainText(content)) : ""],
    ], events));
  }

  #isolation() {
    const { isolation } = this.node;
    if (!isolation) return null;
    return section("Isolation", () => valuesOf(isolation));
  }
}

/** Whether a query was granted; a denial says which limit stood against it: `denied: breadth 6`. */
function decisionText({ decision, denial }) {
  if (!denial) return h(decision === "granted" ? "span.good" : "span.denied", null, decision);
  const limit = denial.limit_value ? ` ${number(denial.limit_value)}` : "";
  return h("span.denied", null, `denied: ${denial.limit}${limit}${denial.randomised ? ", by chance" : ""}`);
}

function channelOf(edge) {
  return edge?.channel ?? (edge?.level ? "none seen" : "");
}

function meterOf(name, value, limit) {
  const share = Math.min(1, value / limit);
  return h("div.meter", null,
    h("span", null, name),
    h("span.bar", { "aria-hidden": "true" }, h("span", { style: { width: `${100 * share}%` } })),
    h("span.number", null, `${number(value)} of ${number(limit)}`));
}

/** Recorded values by name, whatever they are. */
function valuesOf(values) {
  return facts(Object.entries(values).map(([name, value]) => [
    name,
    value === null ? "none" : typeof value === "string" ? value : JSON.stringify(value),
  ]));
}
