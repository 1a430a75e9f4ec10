"use strict";

// The page: which view is shown, by what stands behind the # of its address.
//
//   #/                          the runs
//   #/runs/RUN                  its tree; #/runs/RUN/nodes/NODE with a node beside it
//   #/runs/RUN/charts           its charts
//   #/pairs/RUN/RUN             two runs side by side
//   #/experiments/EXPERIMENT    an experiment
//
// A view is `{ title, element, update?(grown), close?(), recolour?() }`. `update` gets the run when it
// has grown, or the index; `recolour` is told that it is dark, or light, now.

class Page {
  #main = h("main", { id: "main", tabindex: "-1" });
  #view = null;
  #run = null;
  #timer = 0;
  #asked = 0; // how often a view was asked for

  constructor(source) {
    this.source = source;
  }

  async start() {
    this.index = await this.source.index();
    document.body.append(
      h("a.skip", { href: "#main", onclick: (event) => { event.preventDefault(); this.#main.focus(); } }, "To the content"),
      h("header.top", null,
        h("a.brand", { href: "#/" }, "Recursor"),
        h("span.muted", null, this.source.isLive ? "live" : `report of ${this.index.made_at.slice(0, 10)}`),
        h("button", { onclick: () => this.#turn(), title: "Dark or light" }, "◐")),
      this.#main,
    );
    window.addEventListener("hashchange", () => this.#show());
    await this.#show();
  }

  /** Go to an address: `page.go("runs", id)`. */
  go(...parts) {
    location.hash = address(...parts);
  }

  async #show() {
    const asked = ++this.#asked;
    clearTimeout(this.#timer);
    this.#view?.close?.();
    this.#view = null;
    const parts = location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
    this.#main.setAttribute("aria-busy", "true");
    let view;
    try {
      view = await this.#open(parts);
    } catch (error) {
      view = { title: "Something went wrong", element: h("p.error", { role: "alert" }, String(error.message)) };
    }
    if (asked !== this.#asked) { // while this one was read, another one was asked for
      view.close?.();
      return;
    }
    this.#view = view;
    if (view.run) this.#run = view.run;
    document.title = visible(`${firstLine(view.title)} · Recursor`);
    this.#main.replaceChildren(view.element);
    this.#main.removeAttribute("aria-busy");
    this.#grow();
  }

  async #open([kind, ...names]) {
    if (!kind && this.index.runs.length === 1 && !this.source.isLive) [kind, names] = ["runs", [this.index.runs[0].id]];
    if (!kind) return overview(this);
    if (kind === "pairs") return pairView(this, ...names);
    if (kind === "experiments") return experimentView(this, names[0]);
    if (kind === "runs") {
      const run = this.#run?.id === names[0] ? this.#run : await Run.load(this.source, names[0]);
      if (run) return { ...this.#ofRun(run, names), run };
    }
    return { title: "Not here", element: h("p", { role: "alert" }, "There is nothing of that name here. ", h("a", { href: "#/" }, "The runs")) };
  }

  #ofRun(run, [, view, node]) {
    return view === "charts" ? chartsView(this, run) : treeView(this, run, node);
  }

  /** Read again what may grow: a run at most once a second, all runs every three, a fifth of the time. */
  #grow(took_ms = 0) {
    const view = this.#view;
    if (!this.source.isLive || !view.update || (view.run && !this.#run.isLiving)) return;
    this.#timer = setTimeout(async () => {
      const asked = performance.now();
      try {
        const grown = view.run ? await Run.load(this.source, this.#run.id) : await this.source.index();
        if (view !== this.#view || !grown) return;
        if (view.run) this.#run = grown;
        else this.index = grown;
        view.update(grown);
      } catch {
        // The server is gone, or busy: what is shown stays, and it is asked again.
      }
      if (view === this.#view) this.#grow(performance.now() - asked);
    }, Math.max(view.run ? 1000 : 3000, 4 * took_ms));
  }

  #turn() {
    const root = document.documentElement;
    const now = root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
    this.#view?.recolour?.();
  }
}

/** The address of a view. */
function address(...parts) {
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}

new Page(openSource()).start().catch((error) => {
  document.body.append(h("p.error", { role: "alert" }, `This page cannot be shown: ${error.message}`));
});
