// Times, the timeline's scale and tiles, and what the panels say; run by `node --test`.

import assert from "node:assert/strict";
import { test } from "node:test";

const page = new URL("../../../streammem/app/page/", import.meta.url);
const load = (name) => import(new URL(name, page));
const { ago, clock, lasting, ownClock, rulerStep, size, span, ticks, when } = await load("times.js");
const { Scale, slotSeconds } = await load("timeline_scale.js");
const { Tiles, arrange } = await load("timeline_tiles.js");
const { Clocks } = await load("clocks.js");
const { gathered, makeTeller, manner } = await load("alerts.js");
const { cameraTrouble, filmTrouble, sentSize, takenAt } = await load("camera.js");
const { lostOf, partsOf } = await load("gauge.js");
const { adviceOf, lineOf } = await load("sources.js");
const { noticeOf } = await load("notices.js");
const { Series } = await load("charts.js");

const local = (...parts) => new Date(...parts).getTime() / 1000;
const bucket = (start, end, more = {}) => ({ start, end, n: 1, event: start, surprise: 0.1, open: false, ...more });
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a stream's own time carries to the next minute, and never shows 60 seconds", () => {
  assert.deepEqual([83.45, 7283.96, 59.97, -0.01, 3600].map((s) => ownClock(s)), ["1:23.5", "2:01:24.0", "1:00.0", "0:00.0", "1:00:00.0"]);
});

test("wall times say the day only where it is another", () => {
  const today = local(2026, 10, 21, 14, 5, 9);
  assert.equal(clock(9, today - 9), "14:05:09");
  assert.equal(when(0, today - 86400, today), "yesterday, 14:05:09");
  assert.equal(span(0, 120, today, today), "14:05:09–14:07:09");
  assert.equal(span(0, 86400, today - 86400, today), "yesterday, 14:05:09–today, 14:05:09");
});

test("spans and amounts read as people say them", () => {
  assert.deepEqual([0.4, 59.7, 200, 7500, 90000].map(lasting), ["0.4 s", "1 min", "3 min 20 s", "2 h 5 min", "1 day 1 h"]);
  assert.deepEqual([0, 59, 130, 86400].map(ago), ["now", "59 s ago", "2 min ago", "1 day ago"]);
  assert.equal(size(1_234_567), "1.2 MB");
});

test("rulers have round steps, few enough, in order", () => {
  for (const width_s of [0.3, 7, 100, 4000, 86400, 86400 * 90]) {
    const made = ticks(1e9, 1e9 + width_s, true, 8);
    assert.ok(made.length <= 9 && made.every(({ t }, i) => !i || t > made[i - 1].t), `${width_s}`);
  }
  assert.equal(rulerStep(86400 * 1.5), 2 * 86400);
  assert.deepEqual(ticks(0, 100, false, 8).map(({ text }) => text), ["0:00", "0:15", "0:30", "0:45", "1:00", "1:15", "1:30"]);
});

test("zooming keeps the time under the hand where it is", () => {
  const scale = Object.assign(new Scale(), { width: 1000 });
  scale.limit(0, 10_000);
  scale.pan(-3000);
  const t = scale.t(300);
  scale.zoom(2, 300);
  assert.ok(Math.abs(scale.t(300) - t) < 1e-6);
});

test("it follows until it is moved away, and again once it is back at the end", () => {
  const scale = Object.assign(new Scale(), { width: 1000 });
  scale.limit(0, 5000);
  const before = scale.end;
  scale.limit(0, 5100);
  assert.equal(Math.round(scale.end - before), 100);
  scale.pan(-200);
  scale.limit(0, 5200);
  assert.equal(scale.follow, false);
  scale.pan(1e6);
  assert.equal(scale.follow, true);
});

test("a week of pixels is no limit: the window never leaves what there is", () => {
  const scale = Object.assign(new Scale(), { width: 800 });
  scale.limit(1e9, 1e9 + 30 * 86400);
  for (const move of [-1e12, 1e12, -5e8]) {
    scale.pan(move);
    assert.ok(scale.end > 1e9 && scale.start < 1e9 + 30 * 86400);
  }
  scale.all();
  assert.ok(scale.start <= 1e9 && scale.end >= 1e9 + 30 * 86400);
});

test("slots are powers of two of a second and wide enough", () => {
  for (const perPixel of [0.001, 0.3, 60, 900]) {
    const slot_s = slotSeconds(perPixel, 100);
    assert.ok(Number.isInteger(Math.log2(slot_s)) && slot_s / perPixel >= 100 && slot_s / perPixel < 200);
  }
});

test("short events share a slot that shows the most surprising, long ones stand alone, and none overlap", () => {
  const scale = Object.assign(new Scale(), { width: 1000, perPixel: 1 });
  const buckets = [bucket(0, 10), bucket(10, 30, { surprise: 0.9 }), bucket(30, 400), bucket(400, 404, { n: 3 })];
  const items = arrange(buckets, scale, 128, 100);
  assert.deepEqual(items.map(({ n, event }) => [n, event]), [[2, 10], [1, 30], [3, 400]]);
  items.forEach((item, i) => assert.ok(!i || item.x >= items[i - 1].x + items[i - 1].width - 1e-9));
});

test("tiles are asked for once, again when something happened in them, and their number is bounded", async () => {
  let now_ms = 0;
  const asked = [];
  const tiles = new Tiles(async (start, end) => { asked.push(start); return [bucket(start, end)]; }, () => {}, () => now_ms);
  const look = (start) => tiles.between(start, start + 4, 1, -1e9, 1e9);
  look(0);
  await settled();
  assert.deepEqual(look(0).map(({ start }) => start), [0]);
  assert.equal(asked.length, 1);
  tiles.touch(1, 2);
  now_ms += 5_000;
  look(0);
  await settled();
  assert.equal(asked.length, 2);
  for (let i = 0; i < 300; i++) { look(8 * i); await settled(); }
  assert.ok(tiles.count <= 96);
});

test("what is coarser stands in while the finer is on its way", async () => {
  const tiles = new Tiles((start, end) => (end - start > 50 ? Promise.resolve([bucket(start, end, { n: 9 })]) : new Promise(() => {})), () => {}, () => 0);
  tiles.between(0, 60, 8, 0, 100);
  await settled();
  assert.equal(tiles.between(30, 34, 1, 0, 100)[0]?.n ?? tiles.between(0, 64, 1, 0, 100)[0].n, 9);
});

test("clocks go on between two news, but not for long", () => {
  let now_ms = 0;
  const clocks = new Clocks(() => now_ms);
  clocks.states([{ name: "door", number: 0, status: "live", origin_unix_s: 100, t_s: 5, pace: "real" }]);
  now_ms = 1500;
  assert.equal(clocks.now("door"), 6.5);
  now_ms = 60_000;
  assert.equal(clocks.now("door"), 9);
  assert.equal(clocks.moving("door"), false);
});

test("alerts that come at once are told together", () => {
  const said = [], waiting = [];
  const tell = makeTeller((text) => said.push(text), (act) => waiting.push(act));
  for (let i = 0; i < 5; i++) tell({ name: "dog", stream: "door" });
  assert.deepEqual(said, ["Seen: dog, door"]);
  waiting.shift()();
  assert.deepEqual(said.slice(1), ["Seen: dog, door (4 times)"]);
  waiting.shift()();
  assert.equal(said.length, 2);
  assert.equal(gathered([{ name: "a", stream: "x" }, { name: "b", stream: "x" }]), "Seen: a, x; b, x");
  assert.equal(manner({ threshold: 0.6, cooldown_s: 60, stream: "door", webhook: null }), "from 60 % sure, once a minute, door");
});

test("what is wrong with a camera says what to do", () => {
  const named = (name) => cameraTrouble({ name }, true);
  assert.match(named("NotAllowedError"), /Allow it/);
  assert.match(named("NotFoundError"), /Plug one in/);
  assert.match(named("NotReadableError"), /another program/);
  assert.match(cameraTrouble(null, false), /https/);
  assert.match(filmTrouble({ code: 4 }, "a.mkv"), /Convert it/);
});

test("pictures are sent no longer than 1280, with a time that can be believed", () => {
  assert.deepEqual(sentSize(1920, 1080), [1280, 720]);
  assert.deepEqual(sentSize(480, 640), [480, 640]);
  assert.equal(takenAt({ captureTime: 900 }, 1000, 0), 0.9);
  assert.equal(takenAt({ captureTime: 9e9 }, 1000, 0), 1);
  assert.equal(takenAt(null, 1000, 0), 1);
});

test("the gauge names the largest parts and what was let go", () => {
  const parts = partsOf({ a: 10, b: 30, c: 0, d: 1, e: 1, f: 1, g: 1, h: 1 }, 100);
  assert.deepEqual(parts.map(({ name }) => name), ["b", "a", "d", "e", "f", "other"]);
  assert.equal(lostOf({ views: 0 }), "nothing yet");
  assert.equal(lostOf({ views: 1200, events: 0 }), "1,200 views");
});

test("a source says how it stands and what to do", () => {
  const browser = { name: "phone", kind: "browser", status: "stopped", message: "no page sends" };
  assert.match(adviceOf(browser, null), /Lend it this browser/);
  assert.match(adviceOf(browser, { state: "failed", message: "The camera was refused." }), /refused/);
  assert.equal(adviceOf({ name: "door", kind: "camera", status: "live", message: "" }, null), "");
  assert.match(adviceOf({ name: "door", kind: "camera", status: "lost", message: "" }, null), /by itself/);
  assert.equal(lineOf({ kind: "camera", status: "live", size: [640, 480], fps: 29.7 }, null), "camera, 640 × 480, 30 a second");
});

test("a series holds its last values only", () => {
  const series = new Series(3);
  [1, null, 3, 4].forEach((value) => series.add(value));
  assert.deepEqual(series.values, [null, 3, 4]);
  assert.equal(series.quantile(0.5), 4);
});

test("a page that may not use a camera offers none, and says what would", () => {
  const stream = { name: "phone", kind: "browser", status: "stopped", message: "" };
  const told = (secure) => noticeOf(stream, { online: true, pictured: false, secure });
  assert.deepEqual(told(true).acts.map(([name]) => name), ["camera", "file"]);
  assert.deepEqual(told(false).acts.map(([name]) => name), ["file"]);
  assert.match(told(false).text, /https.*--certificate/);
});
