// The box to ask in: words, times, and pictures that are chosen, dropped or pasted.

import { shrunk } from "./crop.js";
import { make, write } from "./elements.js";
import { action, icon, typing } from "./icons.js";
import { read } from "./phrases.js";

const EXAMPLES = ["person", "bicycle", "ten seconds ago"], KEPT = 5;

/** The questions last asked in words, newest first, each once. */
export function recent(before, text) {
  return [text, ...before.filter((one) => one !== text)].slice(0, KEPT);
}

/** What times in words mean for the stream in the picture; null without one. */
export function clockOf(state, now_unix_s) {
  const stream = state.streams.find(({ name }) => name === state.shown);
  if (!stream) return null;
  const origin = stream.origin_unix_s ?? null;
  const shown_s = state.frame?.stream === stream.name ? state.frame.t_s : 0;
  return { now_s: Math.max(stream.t_s ?? 0, shown_s), origin_unix_s: origin, now_unix_s };
}

export function mount(root, app) {
  const form = make("form", "asking"), input = make("input"), file = make("input"), chips = make("div", "chips");
  let before = JSON.parse(sessionStorage.getItem("streammem.recent") ?? "[]");
  form.setAttribute("role", "search");
  input.type = "text";
  input.name = "question";
  input.id = "question";
  input.maxLength = 200;
  input.autocomplete = "off";
  input.spellcheck = false;
  input.enterKeyHint = "search";
  input.placeholder = "a thing, or a time";
  input.setAttribute("aria-label", "Ask in words, or for a time");
  file.type = "file";
  file.accept = "image/*";
  file.hidden = true;
  file.setAttribute("aria-label", "A picture to ask with");
  const go = make("button", "button strong go");
  go.type = "submit";
  go.append(make("span", "", "Ask"));
  form.append(icon("search"), input, action("image", "", () => file.click(), { name: "tool pick", told: "Ask with a picture" }), go, file);
  root.append(form, chips);

  function words(text) {
    const stream = clockOf(app.state, Date.now() / 1000), question = read(text, stream);
    if (question.at_s !== undefined || question.during) question.stream = app.state.shown;
    before = recent(before, text);
    sessionStorage.setItem("streammem.recent", JSON.stringify(before));
    input.value = text;
    drawChips();
    app.ask(question);
  }

  async function picture(blob, told) {
    try {
      app.ask({ picture: await shrunk(blob), told });
    } catch (error) {
      app.toast(error.message, "bad");
    }
  }

  function drawChips() {
    const offered = before.length ? before : EXAMPLES;
    const lead = make("span", "hint", before.length ? "Again" : "Try");
    chips.replaceChildren(lead, ...offered.map((text) => {
      const chip = make("button", "chip", text);
      chip.type = "button";
      chip.addEventListener("click", () => words(text));
      return chip;
    }));
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.value.trim()) words(input.value.trim());
    else input.focus();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") input.blur();
    if (event.key === "ArrowDown") document.querySelector("#answers .proof")?.focus();
  });
  file.addEventListener("change", () => {
    if (file.files[0]) picture(file.files[0], `your picture ${file.files[0].name}`);
    file.value = "";
  });
  app.on("asked", ({ question }) => {
    if (question.picture || question.object !== undefined) input.value = "";
    else if (question.told ?? question.text) input.value = question.told ?? question.text;
  });
  app.on("words", ({ text }) => words(text));
  app.on("hello", () => {
    if (app.state.capabilities.text === false) input.placeholder = "a time, or a picture";
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
  drawChips();
  wireDrop(picture);
}

/** Pictures dropped anywhere on the page, or pasted. */
function wireDrop(picture) {
  const veil = make("div", "veil");
  const told = make("p", "", "");
  veil.append(icon("image"), told);
  veil.hidden = true;
  document.body.append(veil);
  const carries = (event) => [...(event.dataTransfer?.items ?? [])].some(({ kind, type }) => kind === "file" && (type.startsWith("image/") || type === ""));
  addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    write(told, "Drop it to see where this was");
    veil.hidden = false;
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) veil.hidden = true;
  });
  addEventListener("drop", (event) => {
    veil.hidden = true;
    const dropped = [...(event.dataTransfer?.files ?? [])].find(({ type }) => type.startsWith("image/"));
    if (!dropped) return;
    event.preventDefault();
    picture(dropped, `your picture ${dropped.name}`);
  });
  addEventListener("paste", (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
    if (pasted) picture(pasted, "the picture you pasted");
  });
}
