// What time it is in each stream, and since when it is remembered.

import { isNumber } from "./times.js";

const COASTING_S = 4;  // without news a stream's time goes on by itself for so long

/** The streams' own clocks, from states, statistics and what was just seen. */
export class Clocks {
  #streams = new Map();  // name -> {origin, first, last, heard_ms, live, state}

  constructor(clock = () => performance.now()) {
    this.clock = clock;
  }

  #of(name) {
    if (!this.#streams.has(name)) {
      this.#streams.set(name, { name, origin: null, first: null, last: null, heard_ms: this.clock(), live: false, steady: false, state: null });
    }
    return this.#streams.get(name);
  }

  /** The server is another, or comes back: what was known of its streams may no longer hold. */
  forget() {
    this.#streams.clear();
  }

  states(states) {
    for (const state of states) {
      const mine = this.#of(state.name);
      Object.assign(mine, { state, origin: state.origin_unix_s ?? null, live: state.status === "live", steady: state.pace !== "fast" });
      if (isNumber(state.t_s)) this.#reach(mine, state.t_s);
    }
    for (const mine of this.#streams.values()) {
      if (mine.state && !states.some((state) => state.name === mine.name)) Object.assign(mine, { state: null, live: false });
    }
  }

  statistics(info) {
    for (const stream of info?.streams ?? []) {
      const mine = this.#of(stream.name);
      if (isNumber(stream.first_s)) mine.first = stream.first_s;
      if (isNumber(stream.last_s)) this.#reach(mine, stream.last_s);
    }
  }

  seen(name, t_s) {
    const mine = this.#of(name);
    mine.first ??= t_s;
    this.#reach(mine, t_s);
  }

  /** The server holds something from this stretch. */
  span(name, first, last) {
    const mine = this.#of(name);
    mine.first = mine.first === null ? first : Math.min(mine.first, first);
    this.#reach(mine, last);
  }

  #reach(mine, t_s) {
    if (mine.last !== null && t_s <= mine.last) return;
    mine.last = t_s;
    mine.heard_ms = this.clock();
  }

  /** All streams that are there or are remembered, those that are there first. */
  all() {
    return [...this.#streams.values()].filter((mine) => mine.state || mine.first !== null).sort((a, b) => (a.state?.number ?? 1e9) - (b.state?.number ?? 1e9));
  }

  get(name) {
    return this.#streams.get(name) ?? null;
  }

  origin(name) {
    return this.#streams.get(name)?.origin ?? null;
  }

  /** The stream's time now; null where nothing ever came. */
  now(name) {
    const mine = this.#streams.get(name);
    if (!mine || mine.last === null) return null;
    if (!mine.live || !mine.steady) return mine.last;
    return mine.last + Math.min((this.clock() - mine.heard_ms) / 1000, COASTING_S);
  }

  /** Does its time go on by itself, so that what follows it must move? */
  moving(name) {
    const mine = this.#streams.get(name);
    return Boolean(mine?.live && mine.last !== null && this.clock() - mine.heard_ms < 1000 * COASTING_S);
  }
}
