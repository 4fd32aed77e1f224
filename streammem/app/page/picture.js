// The live picture: frames, what is drawn over them, the box to ask with, and what stands there when there is no picture.

import { makeBoxBar } from "./boxbar.js";
import { make, write } from "./elements.js";
import { letterbox, smallestAt } from "./geometry.js";
import { setIcon, typing } from "./icons.js";
import { noticeOf, writeNotice } from "./notices.js";
import { makeOverlay } from "./overlay.js";
import { makeScreen } from "./screen.js";
import { makeSelection } from "./selection.js";
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
  const canvas = at("screen"), stage = at("stage"), holds = new Set();
  const stream = () => app.state.streams.find((one) => one.name === app.state.shown) ?? null;
  const place = () => letterbox(canvas.width / canvas.height, stage.clientWidth, stage.clientHeight);
  let event = null, late = 0;

  const screen = makeScreen(canvas, app.connection, {
    wanted: (frame) => holds.size === 0 && stream()?.number === frame.number,
    drawn(frame) {
      frame.stream = app.state.shown;
      if (stream().status !== "live") frame.age_s = null;  // an old picture of a source at rest is not late
      app.state.frame = frame;
      overlay.later();
      if (!at("notice").hidden) notice();
      app.emit("frame", frame);
    },
  });
  const overlay = makeOverlay(at("overlay"), { place, frame: screen.frame });

  function hold(why, on) {
    if (on) holds.add(why);
    else holds.delete(why);
    app.connection.hold(holds.size > 0);
    at("pause").setAttribute("aria-pressed", String(holds.has("user")));
    setIcon(at("pause"), holds.has("user") ? "play" : "pause");
    stage.classList.toggle("held", holds.has("user") || holds.has("box"));
    age();
  }

  function age() {
    const held = holds.has("user") ? "user" : holds.has("box") ? "box" : null;
    const age_s = screen.age();
    late = age_s > BEHIND_S ? late + 1 : 0;
    const text = screen.frame() ? ageText({ held, age_s: held || late > 1 ? age_s : 0, status: stream()?.status }) : "";
    at("age").hidden = !text;
    at("age").classList.toggle("behind", !held);
    write(at("age"), text);
  }

  function notice() {
    const pictured = screen.frame() !== null;
    const told = noticeOf(stream(), { online: app.state.online, pictured });
    stage.classList.toggle("still", told !== null && !(told.quiet && pictured));
    stage.classList.toggle("bare", !pictured);
    writeNotice(at("notice"), told, { pictured, act: (action) => app.emit("source", { action, name: app.state.shown }) });
    for (const id of ["pause", "boxing"]) at(id).disabled = !pictured;
  }

  const selection = makeSelection(at("board"), {
    place,
    begin() {
      hold("box", true);
      bar.hide();
    },
    change: () => {},
    done: (box) => bar.show(box),
    ask: (box) => bar.find(box),
    leave,
    press(point) {
      if (!screen.frame() || stream() === null) return true;
      if (selection.box()) return leave(), true;
      const thing = smallestAt((overlay.shown()?.boxes ?? []).filter(({ state }) => state !== "lost"), point);
      if (thing) bar.showThing(thing);
      return thing !== null;
    },
  });
  const bar = makeBoxBar(at("board"), app, { canvas, place, frame: screen.frame, leave });

  function leave() {
    const had = at("board").contains(document.activeElement);
    selection.hide();
    selection.mode(false);
    at("boxing").setAttribute("aria-pressed", "false");
    bar.hide();
    hold("box", false);
    if (had) at("boxing").focus({ preventScroll: true });
  }

  function boxMode() {
    if (!screen.frame()) return;
    if (at("boxing").getAttribute("aria-pressed") === "true") return leave();
    at("boxing").setAttribute("aria-pressed", "true");
    selection.mode(true);
    selection.show(selection.box() ?? FIRST_BOX);
  }

  const togglePause = () => screen.frame() && hold("user", !holds.has("user"));
  const toggleFull = () => (document.fullscreenElement ? document.exitFullscreen() : stage.requestFullscreen?.());
  at("pause").addEventListener("click", togglePause);
  at("boxing").addEventListener("click", boxMode);
  at("full").addEventListener("click", toggleFull);
  at("full").hidden = !document.fullscreenEnabled;
  at("event-now").addEventListener("click", () => event && app.selectTime(event.stream, event.start_s));
  addEventListener("keydown", (key) => {
    if (key.ctrlKey || key.metaKey || key.altKey || typing(key.target)) return;
    if (key.key === "b" || key.key === "B") boxMode();
    else if (key.key === "f" || key.key === "F") toggleFull();
    else if (key.key === "Escape" && (selection.box() || bar.open())) leave();
    else if (key.key === " " && !key.target.closest("button, a, summary")) togglePause();
    else if (/^[1-9]$/.test(key.key) && app.state.streams[key.key - 1]) app.show(app.state.streams[key.key - 1].name);
    else return;
    key.preventDefault();
  });
  document.addEventListener("visibilitychange", () => hold("hidden", document.hidden));

  function eventNow(next) {
    const fresh = next && event && next.id !== event.id;
    event = next;
    at("event-now").hidden = !event;
    if (!event) return;
    const frame = screen.frame(), long_s = frame ? Math.max(frame.t_s - event.start_s, 0) : 0;
    write(at("event-now"), `event ${event.id}, ${lasting(long_s < 10 ? Math.floor(long_s) : long_s).replace(".0", "")}`);
    if (fresh) restart(at("event-now"), "fresh");
  }

  app.on("picture", screen.take);
  app.on("seen", (record) => {
    if (record.stream !== app.state.shown) return;
    overlay.take(record);
    if (record.event !== null && record.event !== undefined && record.event !== event?.id) eventNow({ id: record.event, stream: record.stream, start_s: record.t_s });
  });
  app.on("events", (record) => {
    const open = record.opened?.filter((one) => one.stream === app.state.shown).at(-1);
    if (open) eventNow(open);
  });
  app.on("unfollowed", ({ object }) => overlay.drop(object));
  app.on("show", () => {
    leave();
    hold("user", false);
    screen.clear();
    canvas.setAttribute("aria-label", app.state.shown === null ? "No picture" : `Live picture of ${app.state.shown}`);
    overlay.forget();
    app.state.frame = null;
    eventNow(null);
    drawTabs(app);
    notice();
  });
  app.on("streams", () => {
    drawTabs(app);
    notice();
  });
  app.on("online", () => { screen.forget(); notice(); });
  app.on("offline", notice);
  new ResizeObserver(() => { overlay.later(); selection.lay(); bar.lay(); }).observe(stage);
  setInterval(() => { age(); if (event) eventNow(event); }, TICK_MS);
  screen.clear();
  notice();
  hint(app);
}

function restart(element, name) {
  element.classList.remove(name);
  void element.offsetWidth;  // an animation starts again only after the browser has seen it gone
  element.classList.add(name);
}

function drawTabs(app) {
  const { streams, shown } = app.state, key = JSON.stringify([streams.map(({ name, status }) => [name, status]), shown]);
  if (at("tabs").dataset.key === key) return;
  at("tabs").dataset.key = key;
  at("tabs").replaceChildren(...streams.map((stream, i) => {
    const tab = make("button", "tag tab");
    tab.type = "button";
    tab.dataset.status = stream.status;
    tab.setAttribute("aria-pressed", String(stream.name === shown));
    tab.setAttribute("aria-label", `${stream.name}, ${stream.status}`);
    if (streams.length > 1 && i < 9) tab.title = `${stream.name} (${i + 1})`;
    tab.append(make("i"), make("span", "", stream.name));
    tab.addEventListener("click", () => app.show(stream.name));
    return tab;
  }));
}

function hint(app) {
  const told = matchMedia("(pointer: coarse)").matches
    ? "Tap a thing to ask about it or to follow it."
    : "Drag a box round a thing, or click on it, to ask about it or to follow it.";
  write(at("picture-hint"), told);
  app.on("followed", () => at("picture-hint").classList.toggle("away-when-thin", app.state.followed.length > 0));
}
