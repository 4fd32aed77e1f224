// All of it, thin: how much happened when, and the window that the lanes show, to be dragged.

import { make } from "./elements.js";

const HIGH_PX = 30, MOST = 200, AGAIN_MS = 20_000, LEAST_WINDOW_PX = 10, STILL_PX = 0.25;

export class Overview {
  #known = new Map();  // lane -> {buckets, asked_ms}
  #extent = null;
  #colours = null;
  #grab = null;
  #painted = null;  // {first, last, width, ratio} of what is on the canvas; null where something else has changed

  constructor(group, changed) {
    this.group = group;
    this.changed = changed;
    this.root = make("div", "overview");
    this.root.setAttribute("aria-hidden", "true");  // the lanes' keys do all that it does
    this.canvas = make("canvas");
    this.window = make("i", "window");
    this.root.append(this.canvas, this.window);
    this.root.addEventListener("pointerdown", (pointer) => this.#down(pointer));
    this.root.addEventListener("pointermove", (pointer) => this.#grab !== null && this.#move(pointer));
    for (const type of ["pointerup", "pointercancel"]) this.root.addEventListener(type, () => { this.#grab = null; });
  }

  restyle() {
    this.#colours = this.#painted = null;
  }

  draw(extent) {
    const { scale } = this.group;
    this.root.classList.toggle("idle", extent === null);
    if (extent === null || extent[1] <= extent[0]) return;
    this.#extent = extent;
    this.#ask();
    const [first, last] = extent, width = scale.width, x = (t) => (width * (t - first)) / (last - first);
    const left = Math.max(x(scale.start), 0), right = Math.min(x(scale.end), width), wide = Math.max(right - left, LEAST_WINDOW_PX);
    this.window.style.transform = `translateX(${Math.min(left, width - wide).toFixed(1)}px)`;
    this.window.style.width = `${wide.toFixed(1)}px`;
    if (this.#moved(first, last, width)) this.#paint(x, width);
  }

  /** Would anything stand elsewhere, by as little as one can see? It need not be painted for each step of a zoom. */
  #moved(first, last, width) {
    const ratio = Math.min(devicePixelRatio || 1, 2), painted = this.#painted, lanes = [...this.group.lanes.keys()].join("\n");
    const least_s = (STILL_PX * (last - first)) / width;
    if (painted && painted.width === width && painted.ratio === ratio && painted.lanes === lanes
      && Math.abs(painted.first - first) < least_s && Math.abs(painted.last - last) < least_s) return false;
    this.#painted = { first, last, width, ratio, lanes };
    return true;
  }

  #paint(x, width) {
    const ratio = Math.min(devicePixelRatio || 1, 2), wide = Math.round(width * ratio), high = HIGH_PX * ratio;
    if (this.canvas.width !== wide || this.canvas.height !== high) Object.assign(this.canvas, { width: wide, height: high });
    const pen = this.canvas.getContext("2d"), lanes = [...this.group.lanes.values()], each = HIGH_PX / lanes.length;
    this.#colours ??= getComputedStyle(this.root).getPropertyValue("--bars").trim();
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, HIGH_PX);
    pen.fillStyle = this.#colours;
    lanes.forEach((lane, row) => {
      const buckets = this.#known.get(lane)?.buckets ?? [];
      const most = buckets.reduce((top, { n }) => Math.max(top, n), 1);
      for (const { start, end, n } of buckets) {
        const tall = (each - 3) * (0.25 + 0.75 * Math.sqrt(n / most));
        pen.fillRect(x(start), (row + 1) * each - 1 - tall, Math.max(x(end) - x(start) - 0.5, 1), tall);
      }
    });
  }

  #ask() {
    const now_ms = performance.now();
    for (const lane of this.#known.keys()) if (this.group.lanes.get(lane.name) !== lane) this.#known.delete(lane);
    for (const lane of this.group.lanes.values()) {
      const known = this.#known.get(lane);
      if (known && now_ms - known.asked_ms < AGAIN_MS) continue;
      this.#known.set(lane, { buckets: known?.buckets ?? [], asked_ms: now_ms });
      this.group.parts.load(lane, null, null, MOST).then((buckets) => {
        this.#known.set(lane, { buckets, asked_ms: now_ms });
        this.#painted = null;
        this.changed();
      }, () => {});  // load has told of it; asked again when it is old
    }
  }

  #down(pointer) {
    if (pointer.button !== 0 || !this.#extent) return;
    const { scale } = this.group, t = this.#time(pointer);
    this.root.setPointerCapture(pointer.pointerId);
    this.#grab = t >= scale.start && t <= scale.end ? t - scale.start : scale.span / 2;
    this.#move(pointer);
  }

  #move(pointer) {
    const { scale } = this.group;
    this.group.pan((this.#time(pointer) - this.#grab - scale.start) / scale.perPixel);
    this.group.parts.moved();
  }

  #time(pointer) {
    const edge = this.root.getBoundingClientRect(), [first, last] = this.#extent;
    return first + ((pointer.clientX - edge.left) / edge.width) * (last - first);
  }
}
