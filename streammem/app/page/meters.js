// Speed: pictures a second, their age when they are drawn, how far the memory is behind, what was passed over.

import { Series, Spark } from "./charts.js";
import { make, pairs, write } from "./elements.js";
import { count, isNumber, milliseconds } from "./times.js";

const EACH_MS = 1000, MOST = 120, AGES = 90, GOOD_MS = 150;

const sum = (record) => Object.values(record ?? {}).reduce((total, n) => total + (isNumber(n) ? n : 0), 0);

/** What was passed over and why, in words. */
export function passedOver(state, engine, stream) {
  const capture = state?.dropped?.capture ?? 0, memory = Math.max(state?.dropped?.memory ?? 0, engine?.dropped?.[stream] ?? 0);
  if (!capture && !memory) return "nothing";
  return [[capture, "by the camera"], [memory, "by the memory"]].filter(([n]) => n).map(([n, whom]) => `${n.toLocaleString("en")} ${whom}`).join(", ");
}

export function mount(root, app) {
  const body = make("div", "panel"), head = make("header", "panel-head"), figures = make("div", "figures"), facts = make("dl", "facts-list");
  const speed = tile("pictures a second"), age = tile("from lens to page"), lag = tile("memory behind");
  const spark = new Spark(), caption = make("p", "caption hint time");
  head.append(make("h2", "", "Speed"));
  figures.append(speed.root, age.root, lag.root);
  body.append(head, figures, spark.root, caption, facts);
  root.append(body);

  const ages = new Series(AGES), curve = new Series(MOST);
  let drawn = 0, since_ms = performance.now(), round_ms = null;

  function tile(name) {
    const made = make("div", "tile"), figure = make("b", "figure time", "–");
    made.append(figure, make("span", "", name));
    return { root: made, figure };
  }

  function draw() {
    const now_ms = performance.now(), passed_ms = now_ms - since_ms;
    if (passed_ms < EACH_MS) return;
    const { stats, shown, streams } = app.state, engine = stats?.engine, state = streams.find(({ name }) => name === shown) ?? null;
    const fps = (1000 * drawn) / passed_ms, median = drawn ? ages.quantile(0.5) : null;
    curve.add(drawn ? median : null);
    [drawn, since_ms] = [0, now_ms];
    write(speed.figure, fps < 0.05 ? "–" : fps.toFixed(fps < 9.95 ? 1 : 0));
    write(age.figure, milliseconds(median));
    age.root.classList.toggle("slow", median !== null && median > GOOD_MS);
    const behind_s = engine?.lag_s?.[shown];
    write(lag.figure, state?.status === "live" && isNumber(behind_s) ? milliseconds(1000 * behind_s) : "–");
    lag.root.classList.toggle("slow", behind_s > 1);
    const top = Math.max(1.25 * (curve.quantile(1) ?? 0), 1.2 * GOOD_MS);
    spark.draw(curve.values, { top, limit: GOOD_MS, slots: MOST });
    write(caption, curve.quantile(1) === null ? "No picture is being drawn." : `Age of the picture, two minutes: mostly ${milliseconds(curve.quantile(0.5))}, at most ${milliseconds(curve.quantile(1))}. The dashed line is ${GOOD_MS} ms.`);
    pairs(facts, [
      ["camera", isNumber(state?.fps) && state.fps > 0 ? `${state.fps.toFixed(1)} pictures a second${state.size ? `, ${state.size[0]} × ${state.size[1]}` : ""}` : "–"],
      ["memory", isNumber(engine?.fps?.[shown]) ? `${engine.fps[shown].toFixed(1)} a second${isNumber(engine.busy) ? `, ${Math.round(100 * engine.busy)} % busy` : ""}` : "–"],
      ["passed over", passedOver(state, engine, shown)],
      ["line", isNumber(round_ms) ? `${milliseconds(round_ms)} there and back` : "–"],
      ...(sum(engine?.frames) ? [["taken in", count(sum(engine.frames), "picture")]] : []),
    ]);
  }

  app.on("frame", ({ age_s }) => {
    drawn += 1;
    if (isNumber(age_s)) ages.add(Math.max(1000 * age_s, 0));
  });
  app.on("pong", ({ t }) => { round_ms = isNumber(t) ? performance.now() - t : round_ms; });
  app.on("show", () => {
    for (const series of [ages, curve]) series.values.length = 0;
  });
  app.on("stats", draw);
  setInterval(() => !document.hidden && draw(), EACH_MS);
}
