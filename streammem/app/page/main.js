// The page's beginning: signs in, keeps the state, connects the parts.
//
// Every part is a module with `mount(root, app)`. What parts know of each other goes through `app`:
//
//   app.state        version, streams, followed, capabilities, webhooks, alerts, stats, engine, as the server says them, and
//                    shown (name of the stream in the picture or null), online (is the socket open), frame (the last drawn)
//   app.api          get(path, parameters), post(path, record), postPicture(path, blob, parameters), remove(path); ApiError
//   app.connection   send(record), reconnect()
//   app.on(type, fn) returns a function that stops it; app.emit(type, detail)
//   app.ask(question)            {text} | {picture: Blob, told} | {at_s, stream} | {object, stream}, each with during?: [a, b], stream?
//   app.show(stream)             look at this stream
//   app.selectTime(stream, t_s)  show this moment on the timeline (emits "time" {stream, t_s})
//   app.toast(text, kind)        kind: "info" | "good" | "bad"
//   app.opening()                is the memory still being opened? A hello comes when it is there
//   app.awake()                  can the memory answer, as far as is known? What nobody waits for is asked only then
//
// From the server: hello (first of all, and when the memory is there or there again), streams, seen, events, alert, rules, followed, engine, stats, pong. Made here:
//   online, offline          the socket opened, closed
//   frame                    {stream, seq, t_s, captured_unix_s, drawn_unix_s, age_s, width, height}, once it is drawn
//   show {stream}            another stream is in the picture
//   time {stream, t_s}       a moment was chosen
//   asked {question}, answer {question, reply | error}
//   tell {picture, stream, told}   "tell me when you see this", from a box or a card; alerts.js takes it; {text} for words
//   source {action}          "camera" (this browser's), "file" (one chosen here), "start" or "stop" with {name}; sources.js takes it
//   followed, unfollowed {object}   app.state.followed changed; app.follow(stream, box) and app.unfollow(object) change it
//   help                     show the keys

import { makeApi } from "./api.js";
import { connect } from "./connection.js";
import { watchSocket } from "./fallback.js";
import { make } from "./elements.js";

const PARTS = {
  picture: () => import("./picture.js"),
  follow: () => import("./follow.js"),
  ask: () => import("./ask.js"),
  answers: () => import("./answers.js"),
  timeline: () => import("./timeline.js"),
  sources: () => import("./sources.js"),
  alerts: () => import("./alerts.js"),
  gauge: () => import("./gauge.js"),
  meters: () => import("./meters.js"),
  help: () => import("./help.js"),
};
const at = (id) => document.getElementById(id);
const bus = new EventTarget();

export const app = {
  state: {
    version: null, streams: [], followed: [], capabilities: {}, webhooks: [], alerts: { rules: [], recent: [] }, stats: null,
    engine: {}, told: false, shown: null, online: false, fallback: false, frame: null,
  },
  api: makeApi(() => signIn("This page is no longer signed in. Open the address that streammem live printed last.")),
  connection: null,
  on(type, fn) {
    const heard = (event) => fn(event.detail);
    bus.addEventListener(type, heard);
    return () => bus.removeEventListener(type, heard);
  },
  emit(type, detail = {}) {
    bus.dispatchEvent(new CustomEvent(type, { detail }));
  },
  ask(question) {
    app.emit("ask", question);
  },
  show(stream) {
    if (stream === app.state.shown) return;
    app.state.shown = stream;
    if (stream === null) sessionStorage.removeItem("streammem.shown");
    else sessionStorage.setItem("streammem.shown", stream);
    document.title = stream === null ? "streammem live" : `${stream} · streammem live`;
    app.connection?.send({ type: "show", stream });
    app.emit("show", { stream });
  },
  selectTime(stream, t_s) {
    app.emit("time", { stream, t_s });
  },
  toast,
  opening: () => Boolean(app.state.engine.opening),
  awake: () => app.state.told && app.state.engine.alive !== false,
};

/** The stream to look at: what was looked at before, else one that is live, else the first. */
export function choose(streams, before) {
  if (streams.some((stream) => stream.name === before)) return before;
  const live = streams.find((stream) => stream.status === "live") ?? streams.find((stream) => stream.status !== "stopped");
  return (live ?? streams[0])?.name ?? null;
}

function hear(record) {
  const { state } = app;
  if (record.type === "hello") {
    for (const key of ["version", "streams", "followed", "capabilities", "webhooks", "alerts", "stats", "engine"]) {
      if (record[key] !== undefined && record[key] !== null) state[key] = record[key];
    }
    state.told = true;
    if (app.opening()) state.stats = null;  // of the server that was there before
    settle(true);
    app.emit("followed", { followed: state.followed });
    app.emit("streams", { streams: state.streams });
  } else if (record.type === "streams") {
    state.streams = record.streams;
    settle(false);
  } else if (record.type === "stats") {
    const { type: _, ...stats } = record;
    state.stats = stats.stats ?? stats;
  } else if (record.type === "followed") {
    state.followed = record.followed;
  } else if (record.type === "rules") {
    state.alerts = { ...state.alerts, rules: record.rules };
  } else if (record.type === "error") {
    toast(record.message, "bad");
  }
  app.emit(record.type, record);
  if (record.type === "hello" && state.stats) app.emit("stats", state.stats);
}

function settle(again) {
  const { state } = app;
  const before = state.shown ?? sessionStorage.getItem("streammem.shown");
  const chosen = choose(state.streams, before);
  if (chosen !== state.shown) app.show(chosen);
  else if (again) app.connection.send({ type: "show", stream: chosen });
  document.body.classList.toggle("empty", state.streams.length === 0);
}

function toast(text, kind = "info") {
  const shown = make("p", `toast ${kind}`, text);
  at("toasts").append(shown);
  while (at("toasts").children.length > 4) at("toasts").firstChild.remove();
  setTimeout(() => shown.remove(), kind === "bad" ? 9000 : 5000);
}

// ---- the session ----------------------------------------------------------------------------------------------

/** The token in the address, taken out of it so that it is not left in the history. */
function tokenFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token) history.replaceState(null, "", location.pathname + location.search);
  return token;
}

async function openSession(token) {
  const asked = token
    ? { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ token }) }
    : { method: "GET" };
  const response = await fetch("/api/session", { ...asked, credentials: "same-origin", cache: "no-store" });
  return response.status;
}

function signIn(text) {
  at("sign-text").textContent = text;
  if (!at("sign").open) at("sign").showModal();
}

async function begin(token) {
  let status = 0;
  try {
    status = await openSession(token);
  } catch {
    setTimeout(() => begin(token), 1500);  // the server is not there (yet): the banner says so meanwhile
    return at("away").hidden = false;
  }
  at("away").hidden = true;
  if (status === 204) {
    at("sign").close();
    app.connection.reconnect();
  } else if (status === 429) {
    signIn("Too many attempts. Wait a minute, then try again.");
  } else {
    signIn(token ? "The server does not know this token. Take the address that streammem live printed last." : "This page needs the address that streammem live printed: it ends in #token=…");
  }
}

function wireSession() {
  at("sign-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const pasted = at("sign-token").value.trim();
    at("sign-token").value = "";
    if (pasted) begin(pasted.includes("token=") ? new URLSearchParams(pasted.split("#").at(-1)).get("token") : pasted);
  });
  at("sign").addEventListener("cancel", (event) => event.preventDefault());
  addEventListener("hashchange", () => {
    const token = tokenFromAddress();
    if (token) begin(token);
  });
}

// ---- head, keys -------------------------------------------------------------------------------------------------

function wireTheme() {
  const names = { auto: "as the system", light: "light", dark: "dark" }, order = ["auto", "light", "dark"];
  const now = () => document.documentElement.dataset.theme ?? "auto";
  const told = () => {
    at("theme").dataset.now = now();
    at("theme").setAttribute("aria-label", `Colours: ${names[now()]}`);
    at("theme").title = `Colours: ${names[now()]}`;
  };
  at("theme").addEventListener("click", () => {
    const next = order[(order.indexOf(now()) + 1) % order.length];
    if (next === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    localStorage.setItem("streammem.theme", next);
    told();
    app.emit("theme");
  });
  told();
}

function wireStatus() {
  const say = (kind, text) => {
    at("status").dataset.kind = kind;
    at("status-text").textContent = text;
  };
  const tell = () => {
    const { state } = app;
    if (state.fallback) return say("live", "Single pictures");
    if (!state.online) return say("away", "Reconnecting");
    if (app.opening()) return say("quiet", "Memory opening");
    if (state.engine.alive === false) return say("away", "Memory restarting");
    const live = state.streams.filter((stream) => stream.status === "live").length;
    say(live ? "live" : "quiet", live > 1 ? `${live} streams live` : live ? "Live" : "Connected");
  };
  const away = () => { at("away").hidden = app.state.online || app.state.fallback; };
  for (const type of ["online", "offline", "streams", "hello"]) app.on(type, tell);
  app.on("fallback", ({ running }) => { app.state.fallback = running; away(); tell(); });
  app.on("engine", (record) => {
    app.state.engine = record;
    if (record.message) toast(record.message, record.alive ? "good" : "bad");
    tell();
  });
  app.on("online", () => { app.state.online = true; away(); tell(); });
  app.on("offline", () => { Object.assign(app.state, { online: false, told: false }); away(); tell(); });
}

async function mountParts() {
  await Promise.all(Object.entries(PARTS).map(async ([name, load]) => {
    const root = at(name);
    try {
      (await load()).mount(root, app);
    } catch (error) {
      console.error(error);
      root.replaceChildren(make("p", "broken", `The ${name} part of this page did not start: reload the page. (${error.message})`));
    }
  }));
}

app.connection = connect({
  hear,
  frame: (data) => app.emit("picture", data),
  online: () => app.emit("online"),
  offline: () => app.emit("offline"),
  refused: async () => {  // the socket cannot say why it was closed: the session can
    const out = await openSession(null).catch(() => 0) === 401;
    if (out) signIn("This page is no longer signed in. Open the address that streammem live printed last.");
    return out;
  },
});
watchSocket(app, {
  take: (frame) => app.emit("picture", frame),
  hear: (state) => hear({ ...state, type: "hello" }),
});
wireStatus();
wireTheme();
wireSession();
await mountParts();
begin(tokenFromAddress());
