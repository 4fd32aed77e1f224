// A small line over time, drawn on a canvas; it holds so many values and no more.

import { make } from "./elements.js";

const HIGH_PX = 44;

/** The last `most` values of something. */
export class Series {
  #values = [];

  constructor(most = 120) {
    this.most = most;
  }

  add(value) {
    this.#values.push(value);
    if (this.#values.length > this.most) this.#values.shift();
  }

  get values() {
    return this.#values;
  }

  /** The value that so large a share of them does not exceed; null of nothing. */
  quantile(share) {
    const known = this.#values.filter((value) => value !== null).sort((a, b) => a - b);
    return known.length ? known[Math.min(Math.floor(share * known.length), known.length - 1)] : null;
  }
}

/** A chart for one series: `draw(series, top, limit)`, where a dashed line stands at the limit. */
export class Spark {
  constructor(name = "spark") {
    this.root = make("canvas", name);
    this.root.setAttribute("aria-hidden", "true");  // the figures beside it say it in words
  }

  draw(values, { top, limit = null, slots = values.length }) {
    const width = this.root.clientWidth;
    if (!width) return;
    const ratio = Math.min(devicePixelRatio || 1, 2), wide = Math.round(width * ratio), high = HIGH_PX * ratio;
    if (this.root.width !== wide || this.root.height !== high) Object.assign(this.root, { width: wide, height: high });
    const pen = this.root.getContext("2d"), style = getComputedStyle(this.root);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, HIGH_PX);
    const x = (i) => width - ((values.length - 1 - i) * width) / Math.max(slots - 1, 1), y = (value) => HIGH_PX - 1.5 - (HIGH_PX - 5) * Math.min(value / (top || 1), 1);
    if (limit !== null && limit <= top) this.#limit(pen, style, width, y(limit));
    this.#line(pen, style, values, x, y);
  }

  #limit(pen, style, width, height) {
    pen.strokeStyle = style.getPropertyValue("--soft");
    pen.setLineDash([4, 4]);
    pen.beginPath();
    pen.moveTo(0, height);
    pen.lineTo(width, height);
    pen.stroke();
    pen.setLineDash([]);
  }

  #line(pen, style, values, x, y) {
    const colour = style.getPropertyValue("--accent").trim();
    const runs = [];
    values.forEach((value, i) => {
      if (value === null) return;
      if (i && values[i - 1] !== null && runs.length) runs.at(-1).push([x(i), y(value)]);
      else runs.push([[x(i), y(value)]]);
    });
    for (const run of runs) {
      pen.beginPath();
      run.forEach(([a, b], i) => (i ? pen.lineTo(a, b) : pen.moveTo(a, b)));
      pen.strokeStyle = colour;
      pen.lineWidth = 1.6;
      pen.lineJoin = "round";
      pen.stroke();
      pen.lineTo(run.at(-1)[0], HIGH_PX);
      pen.lineTo(run[0][0], HIGH_PX);
      pen.globalAlpha = 0.13;
      pen.fillStyle = colour;
      pen.fill();
      pen.globalAlpha = 1;
    }
  }
}
