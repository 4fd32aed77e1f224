// Alerts: "tell me when you see …", in words or by a picture; the rules, and what they told lately.

import { choice, labelled, make, write } from "./elements.js";
import { action, icon } from "./icons.js";
import { addSymbols } from "./symbols.js";
import { clock, count, dayClock, dayName, percent, sentence } from "./times.js";

const WHEN = "Tell me when you see";
const MOST_RECENT = 30, SHOWN_RECENT = 10, QUIET_MS = 2_000, THUMB_WIDTH = 160;
const COOLDOWNS = [[0, "each time"], [10, "once in 10 s"], [60, "once a minute"], [600, "once in 10 min"], [3600, "once an hour"], [86400, "once a day"]];

/** How a rule works, in words. */
export function manner(rule) {
  const parts = [`from ${percent(rule.threshold)} sure`];
  const often = COOLDOWNS.find(([seconds]) => seconds === rule.cooldown_s);
  parts.push(often ? often[1] : `once in ${Math.round(rule.cooldown_s)} s`);
  if (rule.stream) parts.push(rule.stream);
  if (rule.webhook) parts.push(`also to ${rule.webhook}`);
  return parts.join(", ");
}

/** Several alerts as one sentence. */
export function gathered(alerts) {
  const names = new Map();
  for (const { name, stream } of alerts) names.set(`${name}, ${stream}`, (names.get(`${name}, ${stream}`) ?? 0) + 1);
  const told = [...names].map(([what, n]) => (n > 1 ? `${what} (${n} times)` : what));
  return `Seen: ${told.slice(0, 3).join("; ")}${told.length > 3 ? ` and ${count(told.length - 3, "other")}` : ""}`;
}

/** Tells of alerts at most once in two seconds: what comes meanwhile is told together. */
export function makeTeller(say, wait = setTimeout, quiet_ms = QUIET_MS) {
  let waiting = [], resting = false;
  const flush = () => {
    resting = waiting.length > 0;
    if (!resting) return;
    say(gathered(waiting));
    waiting = [];
    wait(flush, quiet_ms);
  };
  return (alert) => {
    waiting.push(alert);
    if (waiting.length > MOST_RECENT) waiting.shift();
    if (!resting) flush();
  };
}

export function mount(root, app) {
  addSymbols();
  const body = make("div", "panel"), head = make("header", "panel-head"), rules = make("ul", "rules"), recent = make("ol", "recent"), none = make("p", "hint");
  head.append(make("h2", "", "Alerts"));
  const form = makeForm(app, added);
  const lately = make("h3", "", "Lately");
  body.append(head, form.root, rules, lately, recent, none);
  root.append(body);
  const told = makeTeller((text) => app.toast(text, "good"));  // the toasts are the page's live region
  const title = document.title;
  let unseen = 0;

  const origin = (stream) => app.state.streams.find(({ name }) => name === stream)?.origin_unix_s ?? null;

  function added(rule) {
    app.state.alerts.rules = [...app.state.alerts.rules.filter(({ id }) => id !== rule.id), rule];
    app.toast(`You will be told when it sees ${rule.name ?? rule.text}.`, "good");
    draw();
  }

  async function remove(rule) {
    try {
      await app.api.remove(`/api/alerts/${encodeURIComponent(rule.id)}`);
    } catch (error) {
      if (error.status !== 404) return app.toast(error.message, "bad");
    }
    app.state.alerts.rules = app.state.alerts.rules.filter(({ id }) => id !== rule.id);
    draw();
    form.focus();
  }

  function drawRule(rule) {
    const item = make("li", "rule"), text = make("div", "rule-text"), name = rule.name ?? rule.text ?? "this";
    if (rule.picture) {
      const picture = make("img", "rule-picture");
      picture.src = rule.picture;
      picture.alt = "";
      item.append(picture);
    } else item.append(icon("bell"));
    text.append(make("b", "", name), make("small", "", manner(rule)));
    if (rule.problem) text.append(make("p", "rule-problem", sentence(rule.problem)));
    item.append(text, action("remove", "", () => remove(rule), { name: "tool", told: `Watch for ${name} no more` }));
    return item;
  }

  function drawAlert(alert) {
    const item = make("li"), button = make("button", "alert"), text = make("span", "alert-text"), wall = origin(alert.stream) !== null || alert.unix_s;
    button.type = "button";
    const time = alert.unix_s ? [dayName(alert.unix_s), dayClock(alert.unix_s)].filter(Boolean).join(", ") : clock(alert.t_s, origin(alert.stream));
    if (alert.snapshot !== null && alert.snapshot !== undefined) {
      const picture = make("img");
      Object.assign(picture, { src: `/api/snapshots/${encodeURIComponent(alert.snapshot)}.jpg?width=${THUMB_WIDTH}`, alt: "", loading: "lazy" });
      picture.addEventListener("error", () => picture.replaceWith(make("span", "none")));  // it was let go meanwhile
      button.append(picture);
    } else button.append(make("span", "none"));
    text.append(make("b", "", alert.name), make("small", "time", [time, app.state.streams.length > 1 || !wall ? alert.stream : "", percent(alert.score)].filter(Boolean).join(", ")));
    button.append(text);
    button.addEventListener("click", () => app.selectTime(alert.stream, alert.t_s));
    item.append(button);
    return item;
  }

  function draw() {
    const { rules: all, recent: past } = app.state.alerts;
    rules.replaceChildren(...all.map(drawRule));
    rules.hidden = all.length === 0;
    recent.replaceChildren(...past.slice(-SHOWN_RECENT).reverse().map(drawAlert));
    lately.hidden = past.length === 0;
    none.hidden = all.length > 0 || past.length > 0;
    write(none, "Say what to watch for, in words here or with “Tell me when” at a box or an answer. It is shown in this page, and as a line of JSON in the server's terminal.");
  }

  app.on("alert", (alert) => {
    const list = app.state.alerts.recent;
    if (!list.includes(alert)) list.push(alert);
    list.splice(0, Math.max(list.length - MOST_RECENT, 0));
    told(alert);
    unseen += document.hidden ? 1 : 0;
    if (unseen) document.title = `(${unseen}) ${title}`;
    draw();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || !unseen) return;
    unseen = 0;
    document.title = title;
  });
  app.on("hello", () => {
    draw();
    form.fill();
  });
  app.on("streams", () => form.fill());
  app.on("tell", (what) => form.take(what));
  draw();
  form.fill();
}

// ---- the form ----

function makeForm(app, added) {
  const root = make("form", "tell"), row = make("div", "tell-row"), words = make("input"), submit = make("button", "button strong", "Add");
  const more = make("details", "tell-more"), summary = make("summary", "", "How sure, how often"), fields = make("div", "tell-fields"), example = make("div", "tell-example");
  const picture = make("img"), wrong = make("p", "tell-wrong");
  Object.assign(words, { type: "text", maxLength: 80, autocomplete: "off", placeholder: "bicycle" });
  const asked = labelled(WHEN, words);
  submit.type = "submit";
  wrong.setAttribute("role", "alert");
  const threshold = make("input"), sure = make("output", "time"), often = choice(COOLDOWNS), stream = choice([]), webhook = choice([]);
  Object.assign(threshold, { type: "range", min: "0.05", max: "1", step: "0.05", value: "0.5" });
  often.value = "60";
  threshold.addEventListener("input", () => write(sure, percent(Number(threshold.value))));
  write(sure, "50 %");
  const sureness = labelled("How sure", threshold), hook = labelled("Also tell", webhook), where = labelled("Where", stream);
  sureness.append(sure);
  fields.append(sureness, labelled("How often", often), where, hook);
  more.append(summary, fields);
  example.append(picture, make("span", "", "Tell me when you see this"), action("close", "", () => drop(), { name: "tool", told: "Not this picture" }));
  row.append(asked, submit);
  root.append(example, row, wrong, more);
  let blob = null, url = "";

  function drop() {
    if (url) URL.revokeObjectURL(url);
    [blob, url] = [null, ""];
    picture.removeAttribute("src");
    example.hidden = true;
    words.placeholder = "bicycle";
    write(asked.firstChild, WHEN);
    write(wrong, "");
  }

  function fill() {
    const { streams, webhooks, capabilities } = app.state;
    refill(stream, [["", "in every source"], ...streams.map(({ name }) => [name, name])]);
    refill(webhook, [["", "this page only"], ...webhooks.map((name) => [name, name])]);
    where.hidden = streams.length < 2;
    hook.hidden = webhooks.length === 0;
    const wordless = capabilities.text === false && !blob;
    words.disabled = submit.disabled = wordless;
    words.placeholder = wordless ? "use a box: it knows no words" : blob ? "my bicycle" : "bicycle";
  }

  /** A box, a picture or words from elsewhere in the page: named here, then watched for. */
  function take({ picture: shown = null, text = null, stream: from = null, told = "" }) {
    drop();
    if (shown) {
      blob = shown;
      url = URL.createObjectURL(shown);
      picture.src = url;
      picture.alt = told;
      example.hidden = false;
      words.value = "";
      words.placeholder = "my bicycle";
      write(asked.firstChild, "and call it");
    } else words.value = text ?? "";
    fill();
    if ([...stream.options].some(({ value }) => value === from)) stream.value = from;
    root.scrollIntoView({ block: "center" });
    (shown ? words : submit).focus({ preventScroll: true });
  }

  async function send() {
    const settings = { threshold: Number(threshold.value), cooldown_s: Number(often.value), stream: stream.value || null, webhook: webhook.value || null };
    const text = words.value.trim();
    if (!blob && !text) return words.focus();
    submit.disabled = true;
    write(wrong, "");
    try {
      const rule = blob
        ? await app.api.postPicture("/api/alerts/picture", blob, { name: text || picture.alt || "this", ...settings })
        : await app.api.post("/api/alerts", { text, ...settings });
      drop();
      words.value = "";
      added(rule);
    } catch (error) {
      write(wrong, sentence(error.message));
      words.focus();
    } finally {
      submit.disabled = false;
      fill();
    }
  }

  root.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  drop();
  return { root, fill, take, focus: () => words.focus() };
}

function refill(select, entries) {
  const known = [...select.options].map(({ value }) => value).join("\n"), { value } = select;
  if (known === entries.map(([name]) => name).join("\n")) return;
  select.replaceChildren(...choice(entries).children);
  if (entries.some(([name]) => name === value)) select.value = value;
}
