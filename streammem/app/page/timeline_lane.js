// One stream's lane of the timeline: a tape with the pictures of what happened, each a button, and marks of when exactly.
//
// Buttons are taken from a small pool and moved about; there are as many as fit on the screen, whatever the memory holds.

import { make, write } from "./elements.js";
import { Tiles, arrange } from "./timeline_tiles.js";
import { slotSeconds } from "./timeline_scale.js";
import { pictureOf } from "./thumbnails.js";
import { clock, count, lasting, span } from "./times.js";

export const TAPE_PX = 78;
const SLOT_PX = 100, MARKS_PX = 14, EDGE_PX = 6, THUMB_WIDTH = 160, LEAST_GAP_PX = 3, LABELLED_GAP_PX = 84, PICTURE_PX = 28;
const NAMED_PX = 40, TIMED_PX = 66, BOTH_PX = 94, LONG_PX = 290;  // room for how many, for a time, for both, for a whole sentence

/** What a lane's button says to those who cannot see it. */
export function told(item, name, origin) {
  const time = span(item.start - (origin ?? 0), item.open ? null : item.end - (origin ?? 0), origin);
  if (item.n > 1) return `${count(item.n, "event")}, ${time}, ${name}`;
  return `Event, ${item.open ? `since ${time}, going on` : `${time}, ${lasting(item.end - item.start)}`}, ${name}`;
}

export class Lane {
  items = [];
  roving = false;  // is the one tab stop of the timeline in this lane
  rovingKey = null;
  rovingTime = null;
  answers = [];  // [start, end] on the group's clock
  alerts = [];  // times on the group's clock
  #pool = new Map();  // key -> button
  #spare = [];
  #looks = "";
  #style = null;
  #lettered = false;  // has the pen its font
  #bare = true;  // nothing of it is remembered

  constructor(name, origin, { load, changed, thumbnails, pick, focus }) {
    Object.assign(this, { name, origin, thumbnails, pick, focus });
    this.tiles = new Tiles((start, end, most) => load(this, start, end, most), changed);
    this.root = make("div", "lane");
    this.title = make("p", "lane-name");
    this.tape = make("div", "tape");
    this.tape.setAttribute("role", "group");
    this.tape.setAttribute("aria-label", `What happened in ${name}: arrow keys go from one to the next, Enter opens`);
    this.canvas = make("canvas", "lane-marks");
    this.needle = make("i", "needle");
    this.needle.hidden = true;
    this.tape.append(this.canvas, this.needle);
    this.root.append(this.title, this.tape);
  }

  get offset() {
    return this.origin ?? 0;
  }

  /** What can be seen now, and the marks of it: `first`, `last` of this stream on the group's clock. */
  paint(scale, { first, last, live, state, grid }) {
    const slot_s = slotSeconds(scale.perPixel, SLOT_PX), margin = SLOT_PX * scale.perPixel;
    const grown = (bucket) => (bucket.open && live ? { ...bucket, end: Math.max(bucket.end, last) } : bucket);
    const buckets = first === null ? [] : this.tiles.between(scale.start - margin, scale.end + margin, slot_s, first, last).map(grown);
    this.items = arrange(buckets, scale, slot_s, 1.02 * SLOT_PX, live ? last : Infinity).filter((item) => item.x < scale.width && item.x + item.width > 0);
    this.#bare = first === null;
    this.#paint(scale, buckets, { first, last, live, state, grid });
  }

  /** Put the buttons of what was painted into their places; `chosen` is {event, start, end, at} or null. */
  place(scale, { chosen, many }) {
    this.#place(scale, chosen);
    write(this.title, !many ? "" : this.#bare ? `${this.name}, nothing yet` : this.name);
    this.title.hidden = !many;
    this.root.classList.toggle("bare", this.#bare);
    this.needle.hidden = !chosen || chosen.stream !== this.name;
    if (!this.needle.hidden) this.needle.style.transform = `translateX(${scale.x(chosen.at).toFixed(1)}px)`;
  }

  /** Addresses of the pictures in view. */
  *pictures() {
    for (const item of this.items) if (item.width >= PICTURE_PX) yield pictureOf(item.event, THUMB_WIDTH);
  }

  /** The button of an item in view. */
  button(key) {
    return this.#pool.get(key) ?? null;
  }

  // ---- buttons ----

  #place(scale, chosen) {
    const wanted = new Map(this.items.map((item) => [item.key, item]));
    for (const [key, button] of [...this.#pool]) {  // a copy: what has the focus is put back
      if (wanted.has(key)) continue;
      this.#pool.delete(key);
      if (button === document.activeElement) this.#keepFocus(button);
      else this.#release(button);
    }
    const stop = this.#tabStop();
    for (const item of this.items) {
      const button = this.#pool.get(item.key) ?? this.#take(item.key);
      this.#show(button, item, scale, chosen);
      const index = this.roving && item === stop ? 0 : -1;
      if (button.tabIndex !== index) button.tabIndex = index;
    }
  }

  /** The focused button stays with its moment: on the item that holds it now, else out of sight until it comes back. */
  #keepFocus(button) {
    const holder = this.items.find((item) => item.start <= this.rovingTime && this.rovingTime <= item.end && !this.#pool.has(item.key));
    if (holder) this.rovingKey = holder.key;
    else button.style.transform = "translateX(-9999px)";
    this.#pool.set(holder?.key ?? "away", button);
  }

  #tabStop() {
    return this.items.find((item) => item.key === this.rovingKey) ?? this.items.at(-1);
  }

  #take(key) {
    const button = this.#spare.pop() ?? this.#make();
    button.hidden = false;
    this.#pool.set(key, button);
    return button;
  }

  #release(button) {
    button.hidden = true;
    button.tabIndex = -1;
    button.shown = null;
    this.#spare.push(button);
  }

  #make() {
    const button = make("button", "clip");
    button.type = "button";
    button.tabIndex = -1;
    button.picture = make("img");
    button.picture.alt = "";
    button.picture.decoding = "async";
    button.picture.draggable = false;
    button.time = make("span", "clip-time time");
    button.many = make("span", "clip-many");
    button.append(button.picture, button.time, button.many);
    button.addEventListener("click", () => this.pick(this, button.item));
    button.addEventListener("focus", () => {
      this.rovingKey = button.item.key;
      this.rovingTime = (button.item.start + button.item.end) / 2;
      this.focus(this, button.item);
    });
    this.tape.append(button);
    return button;
  }

  #show(button, item, scale, chosen) {
    const left = Math.max(item.x, -EDGE_PX), right = Math.min(item.x + item.width, scale.width + EDGE_PX), visible = right - left;
    const slot = item.key.startsWith("s");  // its picture fills it, so it must not grow narrower at the edge
    const x = slot ? item.x : left, width = slot ? item.width : visible;
    const shift = slot && item.x < -EDGE_PX ? `${Math.round(left - item.x)}px` : "0px";
    if (button.shift !== shift) button.style.setProperty("--shift", button.shift = shift);
    button.style.transform = `translateX(${x.toFixed(1)}px)`;
    const wide = `${Math.max(width - 2, 2).toFixed(1)}px`;
    if (button.wide !== wide) button.style.width = button.wide = wide;
    button.item = item;
    const now = chosen !== null && chosen.stream === this.name && item.start <= chosen.at && chosen.at <= item.end;
    const room = visible < NAMED_PX ? 0 : visible < (item.n > 1 ? BOTH_PX + 7 * String(item.n).length : TIMED_PX) ? 1 : visible < LONG_PX ? 2 : 3;
    const kind = `${item.key.startsWith("e") ? "long" : ""}|${item.open}|${now}|${item.n}|${room}|${item.event}|${item.start.toFixed(2)}`;
    const picture = item.width >= PICTURE_PX ? this.thumbnails.get(pictureOf(item.event, THUMB_WIDTH), item.open) : "";
    if (button.shown !== kind) this.#dress(button, item, now, kind, room);
    if (button.url === picture) return;
    if (picture === null && button.event === item.event) return;  // the old one of the same event until the new one is there
    button.url = picture;
    button.event = item.event;
    button.picture.hidden = !picture;
    if (picture) button.picture.src = picture;
    else button.picture.removeAttribute("src");
    button.classList.toggle("bare", picture === "");
  }

  /** `room`: 0 for nothing, 1 for how many, 2 for the time as well, 3 for from when to when. */
  #dress(button, item, now, kind, room) {
    button.shown = kind;
    const long = item.key.startsWith("e") && room === 3;
    button.classList.toggle("long", long);
    button.classList.toggle("open", item.open);
    button.classList.toggle("now", now);
    if (now) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    const from = item.start - this.offset, to = item.end - this.offset;
    const text = !long ? clock(from, this.origin, 0) : item.open ? `since ${clock(from, this.origin, 0)}` : `${span(from, to, this.origin)} · ${lasting(to - from)}`;
    write(button.time, room < 2 ? "" : text);
    write(button.many, item.n > 1 && room > 0 ? `×${item.n < 10_000 ? item.n : `${Math.round(item.n / 1000)}k`}` : "");
    button.setAttribute("aria-label", told(item, this.name, this.origin));
  }

  // ---- marks ----

  /** Colours are read anew when the theme changes. */
  restyle() {
    this.#style = null;
    this.#lettered = false;
  }

  #colours() {
    if (this.#style) return this.#style;
    const style = getComputedStyle(this.tape), value = (name) => style.getPropertyValue(name).trim();
    this.#style = { mark: value("--mark"), found: value("--glow"), watched: value("--watched"), words: value("--words"), alert: value("--alert"), grid: value("--grid"), now: value("--now"), font: `11px ${style.fontFamily}` };
    return this.#style;
  }

  #paint(scale, buckets, { first, last, live, state, grid }) {
    const ratio = Math.min(devicePixelRatio || 1, 2), wide = Math.round(scale.width * ratio), high = Math.round((TAPE_PX + MARKS_PX) * ratio);
    const now = state?.status === "live" || state?.status === "starting";
    const looks = [wide, scale.start, scale.perPixel, last, live, now, buckets.length, buckets[0]?.start, buckets.at(-1)?.end, this.answers.length, this.answers[0]?.[0], this.alerts.length, this.#style !== null].join();
    if (looks === this.#looks) return;
    if (this.canvas.width !== wide || this.canvas.height !== high) {
      Object.assign(this.canvas, { width: wide, height: high });
      this.#lettered = false;
    }
    const pen = this.canvas.getContext("2d"), colours = this.#colours();
    if (!this.#lettered) this.#letter(pen, colours);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, scale.width, TAPE_PX + MARKS_PX);
    if (first === null) return;
    pen.fillStyle = colours.grid;
    for (const t of grid) pen.fillRect(Math.round(scale.x(t)), 0, 1, TAPE_PX);
    this.#paintWatched(pen, scale, buckets, colours);
    this.#paintExtents(pen, scale, buckets, colours);
    this.#paintFound(pen, scale, colours);
    if (now) this.#paintNow(pen, scale.x(last), colours);
    this.#looks = looks.replace(/false$/, "true");
  }

  /** A font is set once: the browser works out the page's styles for it each time. */
  #letter(pen, { font }) {
    Object.assign(pen, { font, textAlign: "center", textBaseline: "middle" });
    this.#lettered = true;
  }

  /** Where something was watched the tape is whole; a gap shows the hatching behind it, and how long it was. */
  #paintWatched(pen, scale, buckets, { watched, words }) {
    let from = null, to = null;
    pen.fillStyle = watched;
    const flush = () => {
      if (from !== null) pen.fillRect(scale.x(from), 0, Math.max(scale.x(to) - scale.x(from), 1), TAPE_PX);
    };
    for (const bucket of buckets) {
      if (to !== null && (bucket.start - to) / scale.perPixel < LEAST_GAP_PX) to = Math.max(to, bucket.end);
      else {
        flush();
        if (to !== null) this.#paintGap(pen, scale, to, bucket.start, words);
        [from, to] = [bucket.start, bucket.end];
        pen.fillStyle = watched;
      }
    }
    flush();
  }

  #paintGap(pen, scale, from, to, words) {
    const left = Math.max(scale.x(from), 0), right = Math.min(scale.x(to), scale.width);
    if (right - left < LABELLED_GAP_PX) return;
    pen.fillStyle = words;
    pen.fillText(`off ${lasting(to - from)}`, (left + right) / 2, TAPE_PX / 2);
  }

  #paintExtents(pen, scale, buckets, { mark }) {
    pen.fillStyle = mark;
    for (const bucket of buckets) {
      const x = scale.x(bucket.start), width = Math.max(scale.x(bucket.end) - x - 1, 1.5);
      pen.globalAlpha = bucket.n > 1 ? Math.min(0.55 + 0.1 * Math.log2(bucket.n), 1) : 0.4 + 0.6 * Math.min(Math.max(bucket.surprise, 0), 1);
      pen.fillRect(x, TAPE_PX + 3, width, 4);
    }
    pen.globalAlpha = 1;
  }

  /** Where the present is, while the stream runs. */
  #paintNow(pen, x, { now }) {
    pen.fillStyle = now;
    pen.fillRect(x, 0, 2, TAPE_PX);
    pen.beginPath();
    pen.arc(x + 1, 4, 4, 0, 7);
    pen.fill();
  }

  #paintFound(pen, scale, { found, alert }) {
    pen.fillStyle = found;
    for (const [start, end] of this.answers) {
      const x = scale.x(start);
      if (x < scale.width && scale.x(end) > 0) pen.fillRect(x, TAPE_PX + 9, Math.max(scale.x(end) - x, 3), 4);
    }
    pen.fillStyle = alert;
    for (const t of this.alerts) {
      const x = scale.x(t);
      if (x < -6 || x > scale.width + 6) continue;
      pen.beginPath();
      pen.arc(x, TAPE_PX + 7, 3.5, 0, 7);
      pen.fill();
    }
  }
}
