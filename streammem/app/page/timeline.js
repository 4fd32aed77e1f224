// The timeline: what happened when, in every stream, to be dragged, zoomed, walked through by keys, and opened.

import { Clocks } from "./clocks.js";
import { make, write } from "./elements.js";
import { action } from "./icons.js";
import { makeEvent } from "./timeline_event.js";
import { addSymbols } from "./symbols.js";
import { Thumbnails } from "./thumbnails.js";
import { Group } from "./timeline_group.js";
import { isNumber } from "./times.js";

const SPANS = [[60, "1 min"], [600, "10 min"], [3600, "1 h"], [21600, "6 h"], [86400, "1 day"], [604800, "1 week"]];
const MOST_ALERTS = 200, IDLE_MS = 5_000, ANSWER_SPANS = 400;

export function mount(root, app) {
  addSymbols();
  const clocks = new Clocks();
  const body = make("div", "timeline");
  const empty = make("p", "timeline-empty hint"), groups = make("div", "timeline-groups");
  const head = makeHead();
  body.append(head.root, empty, groups);
  root.append(body);

  let active = null, timer = 0, answer = null, failing = false;
  const thumbnails = new Thumbnails(() => all.forEach((group) => group.soon()), app.awake);

  async function load(lane, start, end, most) {
    const from = start === null ? null : Math.max(start - lane.offset, 0), to = end === null ? null : end - lane.offset;
    try {
      if (!app.awake()) throw new Error("the memory cannot answer now");
      const { span, buckets } = await app.api.get("/api/timeline", { stream: lane.name, start_s: from, end_s: to, most });
      failing = false;
      if (span && start === null) clocks.span(lane.name, span[0], span[1]);
      return buckets.map((bucket) => ({
        start: bucket.start_s + lane.offset, end: bucket.end_s + lane.offset, n: bucket.events, event: bucket.event,
        surprise: bucket.surprise ?? 0, open: Boolean(bucket.open),
      }));
    } catch (error) {
      failing = true;
      throw error;
    }
  }

  const parts = {
    clocks, load, thumbnails, pick: open, many: () => clocks.all().length > 1,
    focused(group, lane, item) {
      active = group;
      if (card.open()) open(group, lane, item);
    },
    moved: () => shownGroup().draw(),  // which tells the head, once a frame
    escape: () => card.hide(true),
    drawn(group) {
      thumbnails.only(new Set(all.flatMap((one) => [...one.lanes.values()].flatMap((lane) => [...lane.pictures()]))));
      if (group === shownGroup()) head.tell();
    },
  };
  const wall = new Group(true, parts), own = new Group(false, parts), all = [wall, own];
  groups.append(wall.root, own.root);
  const card = makeEvent(app, {
    step: (towards) => active?.go(active.lanes.get(active.chosen.stream), towards, active.chosen.at),
    zoom() {
      const { start, end, stream } = active.chosen;
      active.scale.show(Math.max(1.5 * (end - start), 4));
      active.choose({ ...active.chosen, at: (start + end) / 2, stream });
    },
    closed(byHand) {
      const lane = active?.lanes.get(active.chosen?.stream);
      all.forEach((group) => group.choose(null));
      if (byHand && lane) lane.button(lane.rovingKey)?.focus({ preventScroll: true });
    },
  });
  body.append(card.root);

  // ---- choosing ----

  function open(group, lane, item) {
    active = group;
    all.forEach((other) => other !== group && other.choose(null));
    group.choose({ stream: lane.name, event: item.event, start: item.start, end: item.end, at: (item.start + Math.min(item.end, group.scale.last)) / 2 }, false);
    card.show({
      stream: lane.name, origin: lane.origin, event: item.event, n: item.n, start_s: item.start - lane.offset, end_s: item.end - lane.offset,
      open: item.open, surprise: item.n === 1 ? item.surprise : null, many: parts.many(),
    });
  }

  /** A moment that was chosen elsewhere: an answer's, an alert's. */
  async function goTo({ stream, t_s }) {
    const group = all.find((one) => one.lanes.has(stream));
    if (!group || !isNumber(t_s)) return app.toast("That moment's stream is not on the timeline: it was let go, or is not in this memory.", "info");
    const lane = group.lanes.get(stream), at = t_s + lane.offset;
    active = group;
    all.forEach((other) => other !== group && other.choose(null));
    group.choose({ stream, event: null, start: at, end: at, at });
    const buckets = await load(lane, at - 0.5, at + 0.5, 8).catch(() => []);
    const away = (bucket) => Math.max(bucket.start - at, at - bucket.end, 0);
    if (!buckets.length) {
      card.hide();
      group.choose({ stream, event: null, start: at, end: at, at });
      return app.toast("Nothing is kept of that moment: it was not watched, or was let go.", "info");
    }
    const nearest = buckets.reduce((a, b) => (away(b) < away(a) ? b : a));
    open(group, lane, { ...nearest, n: nearest.n });
    group.choose({ ...group.chosen, at });
    card.root.scrollIntoView({ block: "nearest" });
  }

  // ---- what comes ----

  function sort() {
    const streams = clocks.all(), live = (one) => isNumber(one.origin) || one.state?.live;
    wall.streams(streams.filter(live).map(({ name }) => name));
    own.streams(streams.filter((one) => !live(one)).map(({ name }) => name));
    all.forEach((group) => group.soon());
    mark();
    head.tell();
    const remembered = streams.some(({ first }) => first !== null);
    groups.hidden = !remembered;
    empty.hidden = remembered;
    write(empty, !app.state.online && !streams.length ? "Waiting for the server." : app.opening() ? "The memory is being opened: what it holds appears in a moment." : streams.some(({ state }) => state?.status === "live")
      ? "Nothing has happened yet. What the memory keeps appears here as it happens." : "Nothing is remembered yet. Start a source, and what happens appears here.");
  }

  function mark() {
    for (const group of all) {
      for (const lane of group.lanes.values()) {
        lane.answers = (answer?.hits ?? []).filter((hit) => hit.stream === lane.name).flatMap((hit) => hit.occurrences ?? [])
          .slice(0, ANSWER_SPANS).map(([from, to]) => [from + lane.offset, to + lane.offset]);
        lane.alerts = (app.state.alerts?.recent ?? []).filter((alert) => alert.stream === lane.name).slice(-MOST_ALERTS).map(({ t_s }) => t_s + lane.offset);
      }
      group.soon();
    }
  }

  function happened({ stream, opened = [], closed = [] }) {
    for (const group of all) {
      const lane = group.lanes.get(stream);
      if (!lane) continue;
      for (const { start_s, end_s } of [...opened, ...closed]) lane.tiles.touch(start_s + lane.offset, (end_s ?? start_s) + lane.offset + 0.1);
      group.soon();
    }
    for (const { start_s } of opened) clocks.span(stream, start_s, start_s);
    closed.forEach(card.closed);
    if (groups.hidden) sort();
  }

  let known = "";
  app.on("streams", ({ streams }) => {
    clocks.states(streams);
    const looks = clocks.all().map(({ name, origin, first, state }) => [name, origin, first === null, state?.number, state?.status].join()).join(";");
    if (looks !== known) sort();
    known = looks;
  });
  app.on("stats", (stats) => {
    clocks.statistics(stats);
    if (groups.hidden && (stats?.streams ?? []).length) sort();
    if (card.open()) card.tell();
  });
  app.on("seen", ({ stream, t_s }) => clocks.seen(stream, t_s));
  app.on("events", happened);
  app.on("time", goTo);
  app.on("answer", ({ reply }) => {
    answer = reply?.hits ? reply : reply?.hit ? { hits: [reply.hit] } : null;
    mark();
  });
  app.on("alert", mark);
  app.on("hello", () => {
    clocks.forget();
    thumbnails.clear();
    clocks.states(app.state.streams);
    clocks.statistics(app.state.stats);
    for (const group of all) group.lanes.forEach((lane) => lane.tiles.touch(-Infinity));
    sort();
  });
  for (const type of ["online", "offline"]) app.on(type, sort);
  const restyle = () => all.forEach((group) => {
    group.lanes.forEach((lane) => lane.restyle());
    group.overview.restyle();
    group.draw();
  });
  app.on("theme", restyle);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);
  document.addEventListener("visibilitychange", tick);

  // ---- following ----

  function tick() {
    clearTimeout(timer);
    if (document.hidden) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const pace = Math.min(...all.map((group) => group.pace_ms()));
    for (const group of all) if (Number.isFinite(group.pace_ms()) || !Number.isFinite(pace)) group.draw();
    timer = setTimeout(tick, Number.isFinite(pace) ? Math.max(pace, calm ? 1000 : 0) : failing ? 2000 : IDLE_MS);
  }

  // ---- the head ----

  function shownGroup() {
    return active && !active.root.hidden ? active : wall.root.hidden ? own : wall;
  }

  function makeHead() {
    const made = make("header", "timeline-head"), range = make("p", "timeline-range time hint");
    const chips = make("div", "timeline-chips"), tools = make("div", "timeline-tools");
    chips.setAttribute("role", "group");
    chips.setAttribute("aria-label", "How much to show");
    const each = (act) => () => {
      for (const group of all) if (!group.root.hidden) act(group);
      head.tell();
    };
    const spans = SPANS.map(([span_s, text]) => {
      const chip = make("button", "chip", text);
      chip.type = "button";
      chip.addEventListener("click", each((group) => { group.scale.show(span_s); group.draw(); }));
      return { chip, span_s };
    });
    const everything = make("button", "chip", "all");
    everything.type = "button";
    everything.addEventListener("click", each((group) => { group.scale.all(); group.draw(); }));
    chips.append(...spans.map(({ chip }) => chip), everything);
    const nowButton = action("now", "Follow", each((group) => { group.scale.followNow(); group.draw(); }), { name: "button timeline-now", told: "Follow what happens now" });
    tools.append(
      action("minus", "", each((group) => group.zoom(1 / 1.6)), { name: "tool", told: "Show more time" }),
      action("plus", "", each((group) => group.zoom(1.6)), { name: "tool", told: "Show less time" }),
      nowButton,
    );
    made.append(make("h2", "", "Timeline"), range, chips, tools);
    return {
      root: made,
      tell() {
        const group = shownGroup(), { scale } = group, some = group.lanes.size > 0 && scale.placed;
        for (const part of [range, chips, tools]) part.classList.toggle("unseen", !some);
        if (!some) return;
        write(range, group.told());
        const total = scale.last - scale.first, near = (span_s) => Math.abs(Math.log(scale.span / span_s)) < 0.03;
        for (const { chip, span_s } of spans) {
          chip.hidden = span_s > 60 && span_s > 1.2 * total;
          chip.setAttribute("aria-pressed", String(near(span_s) && !near(scale.most_s)));
        }
        everything.setAttribute("aria-pressed", String(near(scale.most_s)));
        nowButton.setAttribute("aria-pressed", String(scale.follow));
      },
    };
  }

  clocks.states(app.state.streams);
  clocks.statistics(app.state.stats);
  sort();
  tick();
}
