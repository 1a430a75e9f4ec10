"use strict";

// Where documents come from: this file, if it is a report, or the server that it came from.
// `recursor/viewer/documents.py` says what is in them.

/** What both have: `get` returns a document by its name, or null if there is none. */
class Source {
  tree(id) { return this.get(`runs/${id}/tree`); }
  measures(id) { return this.get(`runs/${id}/measures`); }
  experiment(id) { return this.get(`experiments/${id}`); }
  pair(a, b) { return this.get(`pairs/${a}/${b}`); }
  index() { return this.get("index"); }
}

/** A report: every document stands in the page, compressed. */
class Report extends Source {
  isLive = false;
  #kept = new Map();

  get(name) {
    if (!this.#kept.has(name)) this.#kept.set(name, this.#read(name));
    return this.#kept.get(name);
  }

  async #read(name) {
    const element = document.getElementById(name);
    if (!element) return null;
    const bytes = Uint8Array.from(atob(element.textContent), (c) => c.charCodeAt(0));
    const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(plain).json();
  }

  /** Return all of a node, or at position -1 the operator's queries. */
  async node(run, position) {
    const place = `runs/${run.id}`;
    const { programs } = await this.get(`${place}/programs`);
    const columns = run.nodes;
    if (position < 0) return this.#whole(await this.get(`${place}/nodes/operator`), programs, null);
    const { block: size } = await this.index();
    const block = await this.get(`${place}/nodes/${Math.floor(position / size)}`);
    const found = this.#whole(block.nodes[position % size], programs, columns.id[position]);
    const parent = columns.parent[position];
    Object.assign(found.node, {
      id: columns.id[position],
      parent: parent < 0 ? null : columns.id[parent],
      program: programs[columns.program[position]],
      language: columns.language[position],
      depth: columns.depth[position],
      kind: columns.kind[position],
    });
    return found;
  }

  /** Put back what a report tells by where it stands: see `report._Short`. */
  #whole(short, programs, id) {
    const queries = short.queries.map((query) => ({
      ...query,
      node: id,
      rendered: query.rendered ?? query.prompt,
      answer: Array.isArray(query.answer)
        ? query.answer[0] + programs[query.answer[1]] + query.answer[2]
        : query.answer,
    }));
    const events = short.events.map((event) => ({ ...event, node: id }));
    return { node: short.node && { ...short.node }, queries, events };
  }

  /** Return the positions of the nodes whose program holds a text, or whose id does. */
  async search(run, text) {
    const { programs } = await this.get(`runs/${run.id}/programs`);
    const wanted = text.toLowerCase();
    const holds = programs.map((program) => program.toLowerCase().includes(wanted));
    const { id, program } = run.nodes;
    const found = [];
    for (let position = 0; position < run.count; position++) {
      if (holds[program[position]] || id[position].toLowerCase().includes(wanted)) found.push(position);
    }
    return found;
  }
}

/** A server: documents are made when they are asked for. */
class Live extends Source {
  isLive = true;

  async get(name) {
    const answer = await fetch(`api/${name}`);
    if (answer.status === 404) return null;
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.error);
    return said;
  }

  node(run, position) {
    const id = position < 0 ? "operator" : run.nodes.id[position];
    return this.get(`runs/${run.id}/nodes/${id}`);
  }

  async search(run, text) {
    const { nodes } = await this.get(`runs/${run.id}/search?q=${encodeURIComponent(text)}`);
    return nodes.map((id) => run.positions.get(id)).filter((position) => position !== undefined);
  }
}

/** Return where this page's documents come from. */
function openSource() {
  return document.getElementById("index") ? new Report() : new Live();
}
