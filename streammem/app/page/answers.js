// Asks what is asked, and shows the answers: what it was, how often, when last, and a card for each appearance.

import { drawCard, hitTimes } from "./cards.js";
import { asText, fromText } from "./crop.js";
import { make, write } from "./elements.js";
import { action, icon } from "./icons.js";
import { ago, clock, count, percent, span, when } from "./times.js";

const MOST = 12, SAME_S = 2, KEY = "streammem.question", SLOW_MS = 200, AGES_MS = 10_000, LARGEST_KEPT = 400_000;

/** The request that a question makes: {path, body} or {path, picture, parameters}. */
export function request(question) {
  const { stream = null, during = null } = question;
  if (question.picture) {
    return { path: "/api/find/picture", picture: question.picture, parameters: { stream, start_s: during?.[0], end_s: during?.[1], top_k: MOST } };
  }
  const asked = question.object !== undefined ? { object: question.object } : question.at_s !== undefined ? { at_s: question.at_s } : { text: question.text };
  if (stream !== null) asked.stream = stream;
  if (during) asked.during = during;
  return { path: "/api/find", body: { ...asked, top_k: MOST } };
}

/** How often all answers together show it, and when last: stretches that touch are one, also when two answers tell them. */
export function summary(hits, touch_s = 1) {
  let times = 0, last = null;
  for (const name of new Set(hits.map(({ stream }) => stream))) {
    const spans = hits.filter(({ stream }) => stream === name).flatMap(hitTimes).sort((a, b) => a[0] - b[0]);
    let end = -Infinity, start = 0;
    for (const [from, to] of spans) {
      if (from > end + touch_s) {
        times += 1;
        start = from;
      }
      end = Math.max(end, to);
    }
    const hit = hits.find(({ stream }) => stream === name), origin = hit.origin_unix_s ?? null;
    const unix = origin === null ? end : origin + end;
    if (!last || unix > last.unix) last = { stream: name, from_s: start, t_s: end, unix, origin };
  }
  return { times, last };
}

/** True for an answer that only shows the very picture that was asked with: nothing earlier. */
export function isItself(hit, from) {
  return Boolean(from) && hit.stream === from.stream && hitTimes(hit).every(([start]) => start >= from.t_s - SAME_S);
}

/** The headline over the answers. */
export function headline(question, hits, now_unix_s) {
  if (question.at_s !== undefined) return "What was there";
  if (hits.every((hit) => isItself(hit, question.from))) return "Not seen before";
  const { times, last } = summary(hits), often = times === 1 ? "once" : `${times} times`;
  const lately = last.origin === null ? `at ${clock(last.t_s)}` : ago(now_unix_s - last.unix);
  if (lately === "now") return `Seen ${often}, there now`;
  if (times === 1 && last.origin === null) return `Seen once, ${span(last.from_s, last.t_s)}`;
  return times === 1 ? `Seen once, ${lately}` : `Seen ${often}, last ${lately}`;
}

export function mount(root, app) {
  const head = make("header", "answer-head"), body = make("div", "answer-body");
  head.setAttribute("role", "status");
  root.append(head, body);
  let turn = 0, question = null, reply = null, thumb = null, order = "best", restored = false;

  async function ask(next) {
    const mine = ++turn;
    question = next;
    reply = null;
    if (thumb) URL.revokeObjectURL(thumb);
    thumb = next.picture ? URL.createObjectURL(next.picture) : null;
    keep(next);
    app.emit("asked", { question: next });
    root.setAttribute("aria-busy", "true");
    const slow = setTimeout(() => mine === turn && waiting(), SLOW_MS);
    try {
      const { path, body: record, picture, parameters } = request(next);
      const got = picture ? await app.api.postPicture(path, picture, parameters) : await app.api.post(path, record);
      if (mine !== turn) return;
      reply = got;
      got.hits.length ? found() : nothing();
      bring();
      app.emit("answer", { question: next, reply: got });
    } catch (error) {
      if (mine !== turn) return;
      failed(error);
      bring();
      app.emit("answer", { question: next, error });
    } finally {
      clearTimeout(slow);
      if (mine === turn) root.removeAttribute("aria-busy");
    }
  }

  /** Where the answers stand below the picture, go there, once a hand has asked. */
  function bring() {
    if (question.restored || !matchMedia("(max-width: 860px)").matches) return;
    if (document.activeElement?.id === "question") document.activeElement.blur();
    root.scrollIntoView({ block: "start", behavior: "smooth" });
  }

  function title(text, { sub = null, tools = [] } = {}) {
    const asked = make("p", "asked"), line = make("div", "asked-row");
    if (thumb) {
      const picture = make("img");
      picture.src = thumb;
      picture.alt = "The picture that was asked with";
      asked.append(picture);
    }
    asked.append(make("span", "", called(question)));
    line.append(asked, action("close", "", clear, { name: "small", told: "Clear the answers" }));
    head.replaceChildren(line, make("h2", "", text), ...(sub ? [make("p", "hint", sub)] : []), ...tools);
  }

  function waiting() {
    title("Looking");
    body.replaceChildren(...Array.from({ length: 3 }, () => make("div", "ghost")));
  }

  function found() {
    const { hits, took_ms } = reply, several = app.state.streams.length > 1;
    const sub = `${count(hits.length, "answer")}${Number.isFinite(took_ms) ? ` in ${Math.round(took_ms)} ms` : ""}`;
    const tools = hits.length > 1 ? [sorter()] : [];
    title(headline(question, hits, Date.now() / 1000), { sub, tools });
    const later = (hit) => Number(isItself(hit, question.from));
    const sorted = [...hits].sort((a, b) => (order === "new" ? at(b) - at(a) : later(a) - later(b)));
    const list = make("ol", "cards");
    list.append(...sorted.map((hit, i) => {
      const entry = make("li");
      entry.append(drawCard(hit, app, { large: i === 0, several, scored: question.at_s === undefined && question.object === undefined }));
      return entry;
    }));
    body.replaceChildren(list);
    body.scrollTop = 0;
  }

  const at = (hit) => (hit.origin_unix_s ?? 0) + hit.t_s;

  function sorter() {
    const row = make("div", "sorter");
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", "Order");
    for (const [name, label] of [["best", "best first"], ["new", "newest first"]]) {
      const one = make("button", "", label);
      one.type = "button";
      one.setAttribute("aria-pressed", String(order === name));
      one.addEventListener("click", () => {
        order = name;
        found();
        head.querySelector(".sorter [aria-pressed=true]").focus({ preventScroll: true });
      });
      row.append(one);
    }
    return row;
  }

  function nothing() {
    const { best_score, seen } = reply, near = best_score > 0.005;
    title("Nothing like that");
    const told = question.at_s !== undefined
      ? "The memory holds nothing of that time: it was not watching, or it has let it go."
      : near ? `The best match is only ${percent(best_score)} sure; from ${percent(seen ?? 0.5)} on it counts as seen.` : "The memory holds nothing near it.";
    const acts = make("div", "row");
    if (question.text || question.picture) {
      acts.append(action("bell", "Tell me when it comes", () => app.emit("tell", question.picture
        ? { picture: question.picture, stream: question.stream ?? null, told: called(question) }
        : { text: question.text, stream: question.stream ?? null, told: question.text }), { name: "button" }));
    }
    if (question.during) acts.append(action("clock", "At any time", () => ask({ ...question, during: undefined, told: undefined }), { name: "button" }));
    body.replaceChildren(note(told, acts));
  }

  function failed(error) {
    const unknown = error.kind === "VocabularyError";
    title(unknown ? `It does not know “${question.text}”` : "That did not work");
    const acts = make("div", "row");
    for (const word of error.nearest ?? []) {
      const chip = make("button", "chip", word);
      chip.type = "button";
      chip.addEventListener("click", () => app.emit("words", { text: word }));
      acts.append(chip);
    }
    if (!unknown) acts.append(action("search", "Try again", () => ask(question), { name: "button" }));
    const told = unknown && error.nearest.length ? "Words that it does know and that are near:" : error.message;
    const made = note(sentence(told), acts), remedy = unknown ? /For any words.*$/.exec(error.message)?.[0] : null;
    if (remedy) made.append(make("p", "hint", sentence(remedy)));
    body.replaceChildren(made);
  }

  function clear() {
    turn += 1;
    question = reply = null;
    sessionStorage.removeItem(KEY);
    root.removeAttribute("aria-busy");
    idle();
    document.getElementById("question")?.focus({ preventScroll: true });
  }

  function idle() {
    head.replaceChildren(make("h2", "", "Ask what it saw"));
    const ways = make("ul", "ways");
    for (const [symbol, what, how] of [
      ["search", "In words", "bicycle; dog in the last hour"],
      ["box", "This here", "drag a box on the picture, or click on a thing"],
      ["image", "With a picture", "drop one anywhere on this page, or paste it"],
      ["clock", "By time", "ten minutes ago; 14:05; 1:23 of a file"],
    ]) {
      const way = make("li"), text = make("div");
      text.append(make("b", "", what), make("span", "", how));
      way.append(icon(symbol), text);
      ways.append(way);
    }
    body.replaceChildren(ways);
  }

  app.on("ask", ask);
  app.on("hello", async () => {  // a reload asks again what was asked last
    if (restored) return;
    restored = true;
    const last = await kept();
    if (last && !question) ask({ ...last, restored: true });
  });
  setInterval(() => {  // "2 min ago" grows older
    if (!reply?.hits?.length || document.hidden) return;
    write(head.querySelector("h2"), headline(question, reply.hits, Date.now() / 1000));
    for (const card of body.querySelectorAll(".answer")) card.renew(Date.now() / 1000);
  }, AGES_MS);
  idle();
}

function note(text, acts) {
  const made = make("div", "note");
  made.append(make("p", "", text), acts);
  return made;
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?:]$/.test(text) ? "" : ".");

/** A question as it is called above its answers. */
export function called(question) {
  if (question.told) return question.told;
  if (question.object !== undefined) return `object ${question.object}`;
  if (question.at_s !== undefined) return when(question.at_s);
  return question.text ?? "this picture";
}

async function keep(question) {
  try {
    const { picture, restored: _, ...plain } = question;
    if (picture && picture.size > LARGEST_KEPT) return sessionStorage.removeItem(KEY);
    const text = JSON.stringify(picture ? { ...plain, picture: await asText(picture) } : plain);
    sessionStorage.setItem(KEY, text);
  } catch (error) {
    if (error.name !== "QuotaExceededError") throw error;
    sessionStorage.removeItem(KEY);  // a reload then begins without a question
  }
}

async function kept() {
  const text = sessionStorage.getItem(KEY);
  if (!text) return null;
  const question = JSON.parse(text);
  if (question.picture) question.picture = fromText(question.picture);
  return question;
}
