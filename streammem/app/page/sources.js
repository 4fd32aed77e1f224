// The sources: what each is, how it stands, start and stop; and this browser's own camera or a film as one of them.

import { NEEDS_HTTPS, Sender, cameras, mayUseCamera } from "./camera.js";
import { choice, make, write } from "./elements.js";
import { action } from "./icons.js";
import { addSymbols } from "./symbols.js";
import { sentence } from "./times.js";

const KINDS = { camera: "camera", network: "network camera", file: "file", folder: "folder of pictures", browser: "a browser's camera", api: "pictures over HTTP" };
const STATES = { stopped: "stopped", starting: "starting", live: "live", lost: "lost", ended: "ended", failed: "failed" };
const RUNNING = new Set(["live", "starting", "lost"]);
const RESUME = "streammem.camera";  // which stream this tab lent its camera to: a reload goes on with it
const HOWTO = "This computer's or phone's own camera can be a source too: start the server with streammem live browser.";

/** One line about a stream: what it is, how it does. */
export function lineOf(state, sender) {
  const parts = [KINDS[state.kind] ?? state.kind];
  if (state.status === "live") {
    if (state.size) parts.push(`${state.size[0]} × ${state.size[1]}`);
    if (state.fps > 0) parts.push(`${state.fps.toFixed(state.fps < 9.95 ? 1 : 0)} a second`);
    if (state.pace === "fast") parts.push("as fast as it goes");
  } else parts.push(STATES[state.status] ?? state.status);
  if (sender?.film) parts.push(sender.film);
  return parts.join(", ");
}

/** What there is to say about it, and what to do; empty while all is well. */
export function adviceOf(state, sender) {
  if (sender?.message) return sentence(sender.message);
  if (sender?.state === "starting") return "Waiting for the camera: the browser may ask for your permission.";
  if (state.kind === "browser" && state.status === "live" && !sender) return "Its pictures come from another page; this one would take over.";
  if (state.message && (state.kind !== "browser" || state.status === "failed")) return sentence(state.message);
  if (state.kind === "browser" && state.status !== "live" && !mayUseCamera()) return NEEDS_HTTPS;
  if (state.kind === "browser" && state.status !== "live") return "Lend it this browser's camera, or play a video file. Pictures go to your own server and nowhere else.";
  if (state.status === "lost") return "It is tried again every few seconds and comes back by itself.";
  return "";
}

export function mount(root, app) {
  addSymbols();
  const body = make("div", "panel"), list = make("ul", "sources"), hint = make("p", "hint"), file = make("input");
  const head = make("header", "panel-head");
  head.append(make("h2", "", "Sources"));
  Object.assign(file, { type: "file", accept: "video/*", hidden: true });
  file.setAttribute("aria-label", "A video file of this computer");
  body.append(head, list, hint, file);
  root.append(body);
  const rows = new Map(), senders = new Map();  // by the stream's name
  let wanted = null;  // the stream that the file chooser was opened for

  // ---- what can be done ----

  async function command(name, verb) {
    const row = rows.get(name);
    row.busy = true;
    draw();
    try {
      await app.api.post(`/api/streams/${encodeURIComponent(name)}/${verb}`);
    } catch (error) {
      app.toast(error.message, "bad");
    } finally {
      row.busy = false;
      draw();
    }
  }

  function stop(name) {
    const sender = senders.get(name);
    if (!sender) return command(name, "stop");
    sessionStorage.removeItem(RESUME);
    sender.stop();
    senders.delete(name);
    draw();
  }

  function lend(name, begin) {
    senders.get(name)?.stop();
    const sender = new Sender(name, (changed) => {
      if (senders.get(name) === changed && changed.film && changed.state === "stopped") app.toast(changed.message, "info");
      if (senders.get(name) === changed && changed.state === "failed") app.toast(changed.message, "bad");  // the list may be out of sight
      if (changed.state === "live") rows.get(name)?.cameras();
      draw();
    });
    senders.set(name, sender);
    if (app.state.shown === null || !app.state.streams.some((one) => one.name === app.state.shown && one.status === "live")) app.show(name);
    draw();
    begin(sender);
  }

  function useCamera(name, device = null) {
    sessionStorage.setItem(RESUME, name);
    lend(name, (sender) => sender.camera(device));
  }

  function chooseFile(name) {
    wanted = name;
    file.click();
  }

  file.addEventListener("change", () => {
    const [chosen] = file.files;
    file.value = "";
    if (!chosen || !wanted) return;
    sessionStorage.removeItem(RESUME);
    lend(wanted, (sender) => sender.play(chosen));
  });

  /** The browser's stream that is meant: the named one, else the one shown, else the first that is free. */
  function browserStream(name) {
    const all = app.state.streams.filter(({ kind }) => kind === "browser");
    return (all.find((one) => one.name === name) ?? all.find((one) => one.name === app.state.shown) ?? all.find(({ status }) => status !== "live") ?? all[0])?.name ?? null;
  }

  // ---- rows ----

  function makeRow(name) {
    const item = make("li", "source"), dot = make("i", "dot"), title = make("b", "source-name"), line = make("span", "source-line time");
    const advice = make("p", "source-advice"), acts = make("div", "source-acts"), progress = make("progress", "source-progress");
    const pick = choice([], "source-pick");
    pick.setAttribute("aria-label", "Which camera");
    pick.addEventListener("change", () => useCamera(name, pick.value));
    const show = action("eye", "Show", () => app.show(name), { name: "button slim" });
    const start = action("play", "Start", () => command(name, "start"), { name: "button slim" });
    const halt = action("stop", "Stop", () => stop(name), { name: "button slim" });
    const camera = action("camera", "Use this camera", () => useCamera(name), { name: "button slim" });
    const film = action("file", "Play a video file", () => chooseFile(name), { name: "button slim" });
    acts.append(show, start, halt, camera, film);
    const text = make("div", "source-text");
    text.append(title, line);
    item.append(dot, text, acts, pick, progress, advice);
    title.textContent = name;
    pick.hidden = progress.hidden = true;
    progress.setAttribute("aria-label", "How much of the film has been played");
    const row = { item, dot, line, advice, show, start, halt, camera, film, progress, pick, busy: false };
    row.cameras = () => fillCameras(row, senders.get(name));
    return row;
  }

  async function fillCameras({ pick }, sender) {
    if (!sender || sender.film) {
      pick.hidden = true;
      return;
    }
    const found = await cameras().catch(() => []);
    pick.replaceChildren(...choice(found.map(({ id, name }) => [id, name])).children);
    pick.value = sender.device ?? "";
    pick.hidden = found.length < 2;
  }

  function drawRow(state) {
    const row = rows.get(state.name), sender = senders.get(state.name) ?? null, sending = sender !== null && !["stopped", "failed"].includes(sender.state);
    const running = RUNNING.has(state.status), browser = state.kind === "browser", shown = app.state.shown === state.name;
    row.dot.dataset.status = sender?.state === "failed" ? "failed" : sending && state.status !== "live" ? "starting" : state.status;
    row.item.classList.toggle("shown", shown);
    write(row.line, lineOf(state, sending ? sender : null));
    const advice = adviceOf(state, sender);
    write(row.advice, advice);
    row.advice.hidden = !advice;
    row.advice.classList.toggle("bad", ["lost", "failed"].includes(state.status) || sender?.state === "failed");
    row.show.hidden = shown || app.state.streams.length < 2;
    row.start.hidden = browser || running;
    row.halt.hidden = !(sending || running);
    row.film.hidden = !browser || sending;
    row.camera.hidden = row.film.hidden || !mayUseCamera();
    write(row.start.lastChild, state.status === "ended" ? "Again" : "Start");
    for (const button of [row.start, row.halt]) button.disabled = row.busy;
    if (!sending) row.pick.hidden = true;
    const progress = sending ? sender.progress : null;
    row.progress.hidden = progress === null;
    if (progress !== null) row.progress.value = progress;
  }

  function draw() {
    const { streams, online } = app.state;
    for (const [name, { item }] of rows) {
      if (streams.some((state) => state.name === name)) continue;
      item.remove();
      rows.delete(name);
    }
    streams.forEach((state, i) => {
      if (!rows.has(state.name)) rows.set(state.name, makeRow(state.name));
      const { item } = rows.get(state.name);
      if (list.children[i] !== item) list.insertBefore(item, list.children[i] ?? null);
      drawRow(state);
    });
    const browser = streams.some(({ kind }) => kind === "browser");
    hint.hidden = browser && streams.length > 0;
    write(hint, !streams.length ? (online ? `There is no source. ${HOWTO}` : "Waiting for the server.") : browser ? "" : HOWTO);
  }

  /** A reload in the middle of lending the camera: go on, where the permission still stands. */
  async function resume() {
    const name = sessionStorage.getItem(RESUME);
    if (!name || senders.has(name) || !app.state.streams.some((state) => state.name === name && state.kind === "browser")) return;
    const allowed = await navigator.permissions?.query({ name: "camera" }).catch(() => null);
    if (allowed?.state === "granted" && !senders.has(name)) useCamera(name);
    else if (allowed) sessionStorage.removeItem(RESUME);
  }

  app.on("source", ({ action: what, name }) => {
    const stream = what === "camera" || what === "file" ? browserStream(name) : name;
    if (!stream) return app.toast(HOWTO, "info");
    ({ camera: () => useCamera(stream), file: () => chooseFile(stream), start: () => command(stream, "start"), stop: () => stop(stream) })[what]?.();
  });
  app.on("hello", resume);
  for (const type of ["streams", "show", "online", "offline"]) app.on(type, draw);
  navigator.mediaDevices?.addEventListener?.("devicechange", () => rows.forEach((row) => row.cameras()));
  addEventListener("pagehide", () => senders.forEach((sender) => sender.stop()));
  setInterval(() => {
    for (const sender of senders.values()) if (sender.film && sender.state === "live") draw();
  }, 500);
  draw();
}
