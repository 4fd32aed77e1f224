// Lanes that share a clock: everything live shares the time of day, films share the seconds since their beginning.

import { make, write } from "./elements.js";
import { hands } from "./timeline_hands.js";
import { Lane } from "./timeline_lane.js";
import { Overview } from "./timeline_overview.js";
import { Scale } from "./timeline_scale.js";
import { span, ticks } from "./times.js";

const TICK_PX = 110, SOON_MS = 250;

/** `wall`: the group of the time of day. `parts`: {clocks, load, thumbnails, many, pick, focused, moved, drawn, escape}. */
export class Group {
  scale = new Scale();
  lanes = new Map();
  chosen = null;  // {stream, event, start, end, at} on this group's clock
  #frame = 0;
  #width = 0;  // of a lane, as the browser tells it: to ask in the middle of drawing would have it lay out the page
  #timer = 0;
  #ticks = [];
  #steps = null;  // {lane, after, towards, until_ms}: a key went where nothing is loaded yet

  constructor(wall, parts) {
    this.wall = wall;
    this.parts = parts;
    this.root = make("div", "lanes");
    this.ruler = make("div", "ruler time");
    this.ruler.setAttribute("aria-hidden", "true");
    this.stack = make("div", "stack");
    this.stack.setAttribute("role", "group");
    this.overview = new Overview(this, () => this.draw());
    this.root.append(this.ruler, this.stack, this.overview.root);
    hands(this.stack, { pan: (pixels) => this.pan(pixels), zoom: (times, x) => this.zoom(times, x), still: () => this.parts.moved() });
    hands(this.ruler, { pan: (pixels) => this.pan(pixels), zoom: (times, x) => this.zoom(times, x), still: () => this.parts.moved() });
    this.stack.addEventListener("keydown", (key) => this.#key(key));
    this.watching = new ResizeObserver(([{ contentRect }]) => {
      this.#width = contentRect.width;
      this.draw();
    });
    this.watching.observe(this.stack);
  }

  // ---- what there is ----

  /** Lanes for these streams, in this order. */
  streams(names) {
    const { clocks, load, thumbnails } = this.parts;
    for (const [name, lane] of this.lanes) {
      if (names.includes(name) && lane.origin === clocks.origin(name)) continue;
      lane.root.remove();
      this.lanes.delete(name);
    }
    for (const name of names) {
      if (this.lanes.has(name)) continue;
      this.lanes.set(name, new Lane(name, clocks.origin(name), {
        load, thumbnails, changed: () => this.soon(), pick: (lane, item) => this.#pick(lane, item), focus: (lane, item) => this.#focused(lane, item),
      }));
    }
    names.forEach((name, i) => {
      const { root } = this.lanes.get(name);
      if (this.stack.children[i] !== root) this.stack.insertBefore(root, this.stack.children[i] ?? null);
    });
    if (![...this.lanes.values()].some((lane) => lane.roving) && names.length) this.lanes.get(names[0]).roving = true;
    this.root.hidden = this.extent() === null;
  }

  /** Everything this group spans, on its own clock; null where nothing was seen. */
  extent() {
    let first = Infinity, last = -Infinity;
    for (const lane of this.lanes.values()) {
      const mine = this.parts.clocks.get(lane.name), now = this.parts.clocks.now(lane.name);
      if (mine?.first === null || mine?.first === undefined || now === null) continue;
      first = Math.min(first, mine.first + lane.offset);
      last = Math.max(last, now + lane.offset);
    }
    return first <= last ? [first, last] : null;
  }

  // ---- moving ----

  pan(pixels) {
    this.scale.pan(pixels);
    this.draw();
  }

  zoom(times, x) {
    this.scale.zoom(times, x);
    this.draw();
    this.parts.moved();
  }

  /** Mark a moment of a stream, and bring it into view. */
  choose(chosen, reveal = true) {
    this.chosen = chosen;
    if (chosen && reveal) this.scale.reveal(chosen.at, 60);
    if (chosen) this.#rove(this.lanes.get(chosen.stream));
    this.draw();
  }

  // ---- drawing ----

  /** At the next frame. */
  draw() {
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  /** Soon: for what need not be smooth. */
  soon() {
    this.#timer ||= setTimeout(() => { this.#timer = 0; this.draw(); }, SOON_MS / 4);
  }

  #draw() {
    this.#frame = 0;
    const extent = this.extent();
    this.root.hidden = extent === null;  // nothing of it is remembered yet
    if (!this.#width || extent === null) return;
    this.scale.resize(this.#width);
    this.scale.limit(...extent);
    const marks = this.#marks(), grid = marks.map(({ t }) => t), { clocks } = this.parts, many = this.lanes.size > 1 || this.parts.many();
    // First all that is painted, then all that is placed: words on a canvas have the browser work out what was placed before.
    for (const lane of this.lanes.values()) {
      const mine = clocks.get(lane.name), now = clocks.now(lane.name);
      const first = mine?.first ?? null;
      lane.paint(this.scale, {
        first: first === null || now === null ? null : first + lane.offset, last: now === null ? null : now + lane.offset,
        live: clocks.moving(lane.name), state: mine?.state ?? null, grid,
      });
    }
    this.overview.draw(extent);
    for (const lane of this.lanes.values()) lane.place(this.scale, { chosen: this.chosen, many });
    this.#drawRuler(marks);
    this.parts.drawn(this);
    this.#step();
  }

  #marks() {
    const { scale } = this;
    return ticks(scale.start, scale.end, this.wall, Math.max(scale.width / TICK_PX, 2));
  }

  #drawRuler(marks) {
    const { scale } = this;
    while (this.#ticks.length < marks.length) {
      this.#ticks.push(make("span"));
      this.ruler.append(this.#ticks.at(-1));
    }
    this.#ticks.forEach((tick, i) => {
      const mark = marks[i];
      tick.hidden = !mark;
      if (!mark) return;
      tick.style.transform = `translateX(${scale.x(mark.t).toFixed(1)}px)`;
      tick.classList.toggle("day", mark.day);
      write(tick, mark.text);
    });
  }

  /** From when to when one looks. */
  told() {
    const { scale } = this;
    return span(Math.max(scale.start, scale.first), Math.min(scale.end, scale.last), this.wall ? 0 : null);
  }

  /** How often it must be drawn while it follows, in ms; Infinity while nothing moves. */
  pace_ms() {
    if (!this.scale.follow || this.root.hidden || ![...this.lanes.keys()].some((name) => this.parts.clocks.moving(name))) return Infinity;
    return Math.min(Math.max(1000 * this.scale.perPixel, 33), 1000);
  }

  // ---- choosing, keys ----

  #pick(lane, item) {
    this.#rove(lane);
    this.parts.pick(this, lane, item);
  }

  #focused(lane, item) {
    this.#rove(lane);
    this.parts.focused(this, lane, item);
  }

  #rove(lane) {
    if (!lane) return;
    for (const other of this.lanes.values()) other.roving = other === lane;
  }

  #key(key) {
    if (key.altKey || key.ctrlKey || key.metaKey) return;
    const lane = [...this.lanes.values()].find((one) => one.tape.contains(key.target));
    if (!lane) return;
    const page = 0.8 * this.scale.width;
    const act = {
      ArrowRight: () => this.go(lane, 1), ArrowLeft: () => this.go(lane, -1),
      ArrowDown: () => this.#across(lane, 1), ArrowUp: () => this.#across(lane, -1),
      Home: () => this.#end(lane, -1), End: () => this.#end(lane, 1),
      Escape: () => this.parts.escape(),
      PageUp: () => this.pan(-page), PageDown: () => this.pan(page),
      "+": () => this.zoom(1.6, this.#anchor(lane)), "=": () => this.zoom(1.6, this.#anchor(lane)), "-": () => this.zoom(1 / 1.6, this.#anchor(lane)),
      0: () => { this.scale.all(); this.draw(); this.parts.moved(); },
    }[key.key];
    if (!act) return;
    key.preventDefault();
    key.stopPropagation();
    act();
  }

  #anchor(lane) {
    const x = this.scale.x(lane.rovingTime ?? this.scale.end);
    return x >= 0 && x <= this.scale.width ? x : this.scale.width / 2;
  }

  /** To the next (1) or the one before (-1) in a lane; the window goes along. False where there is none. */
  go(lane, towards, from = lane.rovingTime) {
    const at = lane.items.findIndex((item) => item.start <= from && from <= item.end);
    const next = at >= 0 ? lane.items[at + towards] : towards > 0 ? lane.items.find((item) => item.start > from) : lane.items.findLast((item) => item.end < from);
    if (next) return this.#focusOn(lane, next);
    if (towards > 0 ? this.scale.end >= this.scale.last : this.scale.start <= this.scale.first) return false;
    this.#steps = { lane, from, towards, until_ms: performance.now() + 3000 };
    this.pan(towards * 0.6 * this.scale.width);
    return true;
  }

  #step() {
    const wanted = this.#steps;
    if (!wanted) return;
    this.#steps = null;
    if (performance.now() > wanted.until_ms) return;
    const { lane, from, towards } = wanted;
    const next = towards > 0 ? lane.items.find((item) => item.start > from) : lane.items.findLast((item) => item.end < from);
    if (next) this.#focusOn(lane, next);
    else if (lane.tiles.waiting) this.#steps = wanted;  // drawn again when it has come
    else if (Number.isFinite(from) && (towards > 0 ? this.scale.end < this.scale.last : this.scale.start > this.scale.first)) {
      this.#steps = wanted;
      this.pan(towards * 0.6 * this.scale.width);
    }
  }

  #focusOn(lane, item) {
    const { scale } = this, room = Math.min(40, scale.width / 8);
    this.#rove(lane);
    if (item.x < room) scale.pan(item.x - room);
    else if (item.x + item.width > scale.width - room) scale.pan(Math.min(item.x + item.width - scale.width + room, item.x - room));
    this.#draw();
    const button = lane.button(item.key);
    if (button) button.focus({ preventScroll: true });
    return true;
  }

  #across(lane, towards) {
    const all = [...this.lanes.values()], other = all[all.indexOf(lane) + towards];
    if (!other?.items.length) return;
    const from = lane.rovingTime ?? this.scale.end;
    const away = (item) => Math.max(item.start - from, from - item.end, 0);
    this.#focusOn(other, other.items.reduce((a, b) => (away(b) < away(a) ? b : a)));
  }

  #end(lane, towards) {
    if (towards > 0) this.scale.followNow();
    else this.scale.toFirst();
    this.#steps = { lane, from: towards * Infinity, towards: -towards, until_ms: performance.now() + 3000 };
    this.#draw();
  }
}
