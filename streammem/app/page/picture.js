// The live picture: frames, what is drawn over them, the box to ask with, and what stands there when there is no picture.

import { makeBoxBar } from "./boxbar.js";
import { write } from "./elements.js";
import { letterbox, smallestAt } from "./geometry.js";
import { setIcon, typing } from "./icons.js";
import { noticeOf, writeNotice } from "./notices.js";
import { makeOverlay } from "./overlay.js";
import { makeScreen } from "./screen.js";
import { makeSelection } from "./selection.js";
import { drawTabs, makeEventChip } from "./tabs.js";
import { lasting } from "./times.js";

const BEHIND_S = 0.5, TICK_MS = 250, FIRST_BOX = [0.35, 0.3, 0.65, 0.7];
const at = (id) => document.getElementById(id);

/** What to say about the picture's age; empty while it is as good as live. */
export function ageText({ held, age_s, status }) {
  if (held === "user") return `paused, ${age_s < 1.5 ? "just now" : `${lasting(age_s)} ago`}`;
  if (held === "box") return "held while you choose";
  return status === "live" && age_s > BEHIND_S ? `${age_s.toFixed(1)} s behind` : "";
}

export function mount(root, app) {
  const picture = new LivePicture(app);
  listen(app, picture);
  wireControls(app, picture);
  hint(app);
  new ResizeObserver(() => picture.lay()).observe(at("stage"));
  setInterval(() => picture.tick(), TICK_MS);
}

class LivePicture {
  constructor(app) {
    const canvas = at("screen"), board = at("board"), place = () => letterbox(canvas.width / canvas.height, at("stage").clientWidth, at("stage").clientHeight);
    Object.assign(this, { app, canvas, holds: new Set(), late: 0, eventChip: makeEventChip(at("event-now"), app) });
    this.screen = makeScreen(canvas, app.connection, {
      wanted: (frame) => this.holds.size === 0 && this.stream()?.number === frame.number,
      drawn: (frame) => this.drawn(frame),
    });
    this.overlay = makeOverlay(at("overlay"), { place, frame: this.screen.frame });
    this.selection = makeSelection(board, {
      place,
      begin: () => {
        this.hold("box", true);
        this.bar.hide();
      },
      change: () => {},
      done: (box) => this.bar.show(box),
      ask: (box) => this.bar.find(box),
      leave: () => this.leave(),
      press: (point) => this.press(point),
    });
    this.bar = makeBoxBar(board, app, { canvas, place, frame: this.screen.frame, leave: () => this.leave() });
    this.screen.clear();
    this.notice();
  }

  /** The stream in the picture, or null. */
  stream() {
    return this.app.state.streams.find(({ name }) => name === this.app.state.shown) ?? null;
  }

  drawn(frame) {
    frame.stream = this.app.state.shown;
    if (this.stream().status !== "live") frame.age_s = null;  // an old picture of a source at rest is not late
    this.app.state.frame = frame;
    this.overlay.later();
    if (!at("notice").hidden) this.notice();
    this.app.emit("frame", frame);
  }

  /** Let the picture stand still for a reason, or no longer for it. */
  hold(why, on) {
    if (on) this.holds.add(why);
    else this.holds.delete(why);
    const paused = this.holds.has("user");
    this.app.connection.hold(this.holds.size > 0);
    at("pause").setAttribute("aria-pressed", String(paused));
    setIcon(at("pause"), paused ? "play" : "pause");
    at("stage").classList.toggle("held", paused || this.holds.has("box"));
    this.age();
  }

  age() {
    const held = this.holds.has("user") ? "user" : this.holds.has("box") ? "box" : null, age_s = this.screen.age();
    this.late = age_s > BEHIND_S ? this.late + 1 : 0;  // one late frame is no news
    const text = this.screen.frame() ? ageText({ held, age_s: held || this.late > 1 ? age_s : 0, status: this.stream()?.status }) : "";
    at("age").hidden = !text;
    at("age").classList.toggle("behind", !held);
    write(at("age"), text);
  }

  tick() {
    this.age();
    this.eventChip.tick(this.screen.frame()?.t_s);
  }

  notice() {
    const { state } = this.app, pictured = this.screen.frame() !== null, told = noticeOf(this.stream(), { online: state.online || state.fallback, pictured });
    at("stage").classList.toggle("still", told !== null && !(told.quiet && pictured));
    at("stage").classList.toggle("bare", !pictured);
    writeNotice(at("notice"), told, { pictured, act: (action) => this.app.emit("source", { action, name: state.shown }) });
    for (const id of ["pause", "boxing"]) at(id).disabled = !pictured;
  }

  /** A click: on a followed object it asks what to do with it; true keeps the box away. */
  press(point) {
    if (!this.screen.frame()) return true;
    if (this.selection.box()) return this.leave(), true;
    const thing = smallestAt((this.overlay.shown()?.boxes ?? []).filter(({ state }) => state !== "lost"), point);
    if (thing) this.bar.showThing(thing);
    return thing !== null;
  }

  leave() {
    const had = at("board").contains(document.activeElement);
    this.selection.hide();
    this.selection.mode(false);
    at("boxing").setAttribute("aria-pressed", "false");
    this.bar.hide();
    this.hold("box", false);
    if (had) at("boxing").focus({ preventScroll: true });
  }

  boxMode() {
    if (!this.screen.frame()) return;
    if (at("boxing").getAttribute("aria-pressed") === "true") return this.leave();
    at("boxing").setAttribute("aria-pressed", "true");
    this.selection.mode(true);
    this.selection.show(this.selection.box() ?? FIRST_BOX);
  }

  /** Another stream is looked at. */
  change() {
    const { state } = this.app;
    this.leave();
    this.hold("user", false);
    this.screen.clear();
    this.overlay.forget();
    this.eventChip.set(null);
    state.frame = null;
    this.canvas.setAttribute("aria-label", state.shown === null ? "No picture" : `Live picture of ${state.shown}`);
    this.streams();
  }

  streams() {
    drawTabs(at("tabs"), this.app);
    this.notice();
  }

  seen(record) {
    if (record.stream !== this.app.state.shown) return;
    this.overlay.take(record);
    const known = this.eventChip.event()?.id;
    if (isEvent(record.event) && record.event !== known) this.eventChip.set({ id: record.event, stream: record.stream, start_s: record.t_s }, record.t_s);
  }

  events({ opened = [] }) {
    const open = opened.filter(({ stream }) => stream === this.app.state.shown).at(-1);
    if (open) this.eventChip.set(open, this.screen.frame()?.t_s);
  }

  lay() {
    this.overlay.later();
    this.selection.lay();
    this.bar.lay();
  }
}

const isEvent = (id) => id !== null && id !== undefined;

function listen(app, picture) {
  app.on("picture", (frame) => picture.screen.take(frame));
  app.on("seen", (record) => picture.seen(record));
  app.on("events", (record) => picture.events(record));
  app.on("unfollowed", ({ object }) => picture.overlay.drop(object));
  app.on("show", () => picture.change());
  app.on("streams", () => picture.streams());
  app.on("online", () => {
    picture.screen.forget();
    picture.notice();
  });
  for (const type of ["offline", "fallback"]) app.on(type, () => picture.notice());
}

function wireControls(app, picture) {
  const togglePause = () => picture.screen.frame() && picture.hold("user", !picture.holds.has("user"));
  const toggleFull = () => (document.fullscreenElement ? document.exitFullscreen() : at("stage").requestFullscreen?.());
  at("pause").addEventListener("click", togglePause);
  at("boxing").addEventListener("click", () => picture.boxMode());
  at("full").addEventListener("click", toggleFull);
  at("full").hidden = !document.fullscreenEnabled;
  document.addEventListener("visibilitychange", () => picture.hold("hidden", document.hidden));
  addEventListener("keydown", (key) => {
    if (key.defaultPrevented || key.ctrlKey || key.metaKey || key.altKey || typing(key.target)) return;
    const lower = key.key.toLowerCase(), open = picture.selection.box() !== null || picture.bar.open();
    if (lower === "b") picture.boxMode();
    else if (lower === "f") toggleFull();
    else if (key.key === "Escape" && open) picture.leave();
    else if (key.key === " " && !key.target.closest("button, a, summary")) togglePause();
    else if (/^[1-9]$/.test(key.key) && app.state.streams[key.key - 1]) app.show(app.state.streams[key.key - 1].name);
    else return;
    key.preventDefault();
  });
}

function hint(app) {
  const told = matchMedia("(pointer: coarse)").matches
    ? "Tap a thing to ask about it or to follow it."
    : "Drag a box round a thing, or click on it, to ask about it or to follow it.";
  write(at("picture-hint"), told);
  app.on("followed", () => at("picture-hint").classList.toggle("away-when-thin", app.state.followed.length > 0));
}
