"use strict";

// The instant of a run that is shown: a slider, and a clock that moves it.

const FIT_S = 10;
const SPEEDS = [["fit", `all in ${FIT_S} s`], ["0.1", "0.1×"], ["1", "1×"], ["10", "10×"], ["100", "100×"], ["1000", "1000×"]];
const CALM_MS = 500; // between two steps for who wants little motion

/** `heard(instant)` is called when the instant changes. */
class TimeBar {
  #run = null;
  #denials = null;
  #instants = null;
  #frame = 0;
  #before = 0;

  constructor(heard) {
    this.heard = heard;
    this.slider = h("input.time", { type: "range", min: 0, step: "any", "aria-label": "Instant of the run", oninput: () => this.#set(Number(this.slider.value)) });
    this.button = h("button", { onclick: () => this.turn() });
    this.speed = h("select", { "aria-label": "Speed" }, SPEEDS.map(([value, title]) => h("option", { value }, title)));
    this.said = h("span.instant");
    this.counts = h("span.counts.muted");
    this.element = h("div.timebar", { role: "group", "aria-label": "Time" },
      this.button,
      h("button", { onclick: () => this.step(-1), title: "To the event before", "aria-label": "To the event before" }, "⇤"),
      h("button", { onclick: () => this.step(1), title: "To the next event", "aria-label": "To the next event" }, "⇥"),
      this.slider, this.speed, this.said, this.counts);
    this.#name();
  }

  /** Show a run at an instant; without one at its end. */
  show(run, denials, instant = run.end_ms) {
    this.#run = run;
    this.#denials = denials;
    this.#instants = null;
    this.begun = Float64Array.from(run.nodes.begun_ms).sort();
    this.ended = Float64Array.from(run.nodes.ended_ms.filter((at) => at !== null)).sort();
    this.slider.max = run.end_ms;
    this.#set(instant);
  }

  get isAtEnd() {
    return this.instant >= this.#run.end_ms;
  }

  get isPlaying() {
    return this.#frame !== 0;
  }

  turn() {
    if (this.isPlaying) return this.stop();
    if (this.isAtEnd) this.#set(0);
    this.#before = performance.now();
    this.#frame = requestAnimationFrame((now) => this.#tick(now));
    this.#name();
  }

  stop() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#name();
  }

  /** Go to the event before or behind. */
  step(direction) {
    this.stop();
    this.#instants ??= Float64Array.from(new Set([0, ...this.begun, ...this.ended, ...this.#denials.at_ms, this.#run.end_ms])).sort();
    const place = direction > 0 ? d3.bisectRight(this.#instants, this.instant) : d3.bisectLeft(this.#instants, this.instant) - 1;
    this.#set(this.#instants[Math.max(0, Math.min(this.#instants.length - 1, place))]);
  }

  #name() {
    const does = this.isPlaying ? "Pause" : "Play";
    this.button.replaceChildren(this.isPlaying ? "❚❚" : "▶");
    this.button.setAttribute("aria-label", does);
    this.button.title = `${does} (space)`;
    this.element.dataset.playing = this.isPlaying;
  }

  #tick(now) {
    const passed = now - this.#before;
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!isCalm || passed >= CALM_MS) {
      this.#before = now;
      const speed = this.speed.value === "fit" ? this.#run.end_ms / (FIT_S * 1000) : Number(this.speed.value);
      this.#set(this.instant + Math.max(0, passed) * speed);
      if (this.isAtEnd) return this.stop();
    }
    this.#frame = requestAnimationFrame((later) => this.#tick(later));
  }

  #set(instant) {
    this.instant = Math.min(this.#run.end_ms, Math.max(0, instant));
    this.slider.value = this.instant;
    const words = duration(this.instant);
    this.slider.setAttribute("aria-valuetext", words);
    this.said.textContent = `${words} of ${duration(this.#run.end_ms)}`;
    const begun = d3.bisectRight(this.begun, this.instant);
    const living = begun - d3.bisectRight(this.ended, this.instant);
    const denied = d3.bisectRight(this.#denials.at_ms, this.instant);
    this.counts.textContent = `${number(begun)} begun, ${number(living)} living, ${number(denied)} denied`;
    this.heard(this.instant);
  }
}
