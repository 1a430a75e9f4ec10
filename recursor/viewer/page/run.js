"use strict";

// A run as the page holds it: the tree's columns, and what follows from them in one pass.

class Run {
  constructor(tree) {
    this.facts = tree.run;
    this.id = tree.run.id;
    this.nodes = tree.nodes;
    this.queries = tree.queries;
    this.refused = tree.refused;
    this.count = tree.nodes.id.length;
    this.#arrange();
  }

  static async load(source, id) {
    const tree = await source.tree(id);
    return tree && new Run(tree);
  }

  get isLiving() {
    return this.facts.end_cause === "living";
  }

  /** The positions of all nodes, parents before children, siblings in order. */
  order;
  /** Where in `order` each node stands. */
  rank;
  /** How many nodes each branch has, its first one included. */
  size;
  /** The children of each node; those of the operator are `roots`. */
  children;
  roots;
  /** The last instant that anything is known of, in ms. */
  end_ms;
  deepest;

  #arrange() {
    const { parent, depth, begun_ms, ended_ms } = this.nodes;
    this.children = Array.from({ length: this.count }, () => []);
    this.roots = [];
    this.size = new Uint32Array(this.count).fill(1);
    this.deepest = 0;
    this.end_ms = 0;
    for (let position = 0; position < this.count; position++) {
      (parent[position] < 0 ? this.roots : this.children[parent[position]]).push(position);
      this.deepest = Math.max(this.deepest, depth[position]);
      this.end_ms = Math.max(this.end_ms, begun_ms[position], ended_ms[position] ?? 0);
    }
    for (const at of this.queries.ended_ms) this.end_ms = Math.max(this.end_ms, at ?? 0);
    this.order = new Uint32Array(this.count);
    this.rank = new Uint32Array(this.count);
    const waiting = [...this.roots].reverse();
    for (let rank = 0; waiting.length; rank++) {
      const position = waiting.pop();
      this.order[rank] = position;
      this.rank[position] = rank;
      for (let i = this.children[position].length - 1; i >= 0; i--) waiting.push(this.children[position][i]);
    }
    for (let rank = this.count - 1; rank >= 0; rank--) {
      const position = this.order[rank];
      if (parent[position] >= 0) this.size[parent[position]] += this.size[position];
    }
  }

  /** The position of each node by its id. */
  get positions() {
    this.byId ??= new Map(this.nodes.id.map((id, position) => [id, position]));
    return this.byId;
  }

  /** The position of a node by its id, -1 for `operator`; undefined if there is none. */
  find(id) {
    return id === "operator" ? -1 : this.positions.get(id);
  }

  /** The nodes above a node, the nearest first. */
  above(position) {
    const found = [];
    for (let each = this.nodes.parent[position]; each >= 0; each = this.nodes.parent[each]) found.push(each);
    return found;
  }

  /** The nodes with the same program, in the order of their start. */
  copies(position) {
    if (!this.byProgram) {
      this.byProgram = new Map();
      this.nodes.program.forEach((program, each) => {
        if (!this.byProgram.has(program)) this.byProgram.set(program, []);
        this.byProgram.get(program).push(each);
      });
    }
    return this.byProgram.get(this.nodes.program[position]);
  }

  /** Whether a node lives at an instant. */
  lives(position, at_ms) {
    const { begun_ms, ended_ms } = this.nodes;
    return begun_ms[position] <= at_ms && (ended_ms[position] === null || ended_ms[position] > at_ms);
  }

  /** How a node is called in a few words; the canvas, which is not told by `h`, shows them too. */
  label(position) {
    if (position < 0) return "operator";
    const { id, language, end_cause, exit_code } = this.nodes;
    return visible(`${id[position].slice(-6)} ${language[position]}, ${ending(end_cause[position], exit_code[position])}`);
  }
}
