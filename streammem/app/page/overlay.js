// What the memory knows about the picture on screen: outlines and boxes of followed objects, each in its colour.
//
// The memory sees a frame a little after the page does, so what it says is drawn over the newest frame that it has
// spoken of and that is on screen already; never over one that is still to come.

const KEPT = 64, FRESH_S = 0.6, OLDEST_S = 4;
const COLOURS = ["#ff9d1e", "#35c3b4", "#ff6f8d", "#8fb8ff", "#d7e05a", "#c99bff", "#5fd068", "#ffd0a0"];

/** The colour of an object: the same wherever it shows up. */
export const colourOf = (object) => COLOURS[(Math.max(object, 1) - 1) % COLOURS.length];

/** How clearly to draw what was said of a moment `late_s` before the frame shown: fainter the older it is, then not at all. */
export function clearness(late_s) {
  if (late_s > OLDEST_S) return 0;
  return late_s <= FRESH_S ? 1 : 1 - (0.75 * (late_s - FRESH_S)) / (OLDEST_S - FRESH_S);
}

/** The newest of these that is not ahead of the frame shown, and not from long before it; null without one. */
export function matching(seen, frame) {
  let best = null;
  for (const record of seen) {
    if (record.seq <= frame.seq && Math.abs(frame.t_s - record.t_s) <= OLDEST_S && (!best || record.seq > best.seq)) best = record;
  }
  return best;
}

/** Keeps what was seen lately and draws it. `place()` is the picture's rectangle on screen, `frame()` the frame there. */
export function makeOverlay(canvas, { place, frame }) {
  const context = canvas.getContext("2d");
  let kept = [], shown = null, waiting = 0, marked = false;

  function draw() {
    waiting = 0;
    const now = frame();
    shown = now ? matching(kept, now) : null;
    if (!marked && !shown?.boxes.length) return;  // most of the time there is nothing to draw, and nothing to wipe
    const ratio = devicePixelRatio || 1, width = Math.round(canvas.clientWidth * ratio), height = Math.round(canvas.clientHeight * ratio);
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    else context.clearRect(0, 0, width, height);
    marked = Boolean(shown?.boxes.length);
    if (!marked) return;
    const rect = place();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const clear = clearness(Math.abs(now.t_s - shown.t_s));
    for (const thing of shown.boxes) drawThing(context, thing, rect, clear);
    context.globalAlpha = 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
  }

  const later = () => { waiting ||= requestAnimationFrame(draw); };
  return {
    /** Something was seen; older news than 64 frames are let go. */
    take(record) {
      kept.push(record);
      if (kept.length > KEPT) kept.shift();
      later();
    },
    forget() {
      kept = [];
      later();
    },
    /** Leave an object out at once, without waiting for the memory to say so. */
    drop(object) {
      for (const record of kept) record.boxes = record.boxes.filter((thing) => thing.object !== object);
      later();
    },
    later,
    /** What is drawn now. */
    shown: () => shown,
  };
}

function drawThing(context, thing, rect, clear) {
  const colour = colourOf(thing.object), gone = thing.state === "lost";
  const x = (value) => rect.left + value * rect.width, y = (value) => rect.top + value * rect.height;
  if (gone || !thing.box) return;
  context.lineJoin = "round";
  for (const outline of thing.outline ?? []) {
    if (outline.length < 3) continue;
    context.beginPath();
    outline.forEach(([px, py], i) => (i ? context.lineTo(x(px), y(py)) : context.moveTo(x(px), y(py))));
    context.closePath();
    context.globalAlpha = 0.22 * clear;
    context.fillStyle = colour;
    context.fill();
    context.globalAlpha = clear;
    stroke(context, colour, 2);
  }
  const [left, top, right, bottom] = thing.box;
  context.globalAlpha = clear;
  context.beginPath();
  context.roundRect(x(left), y(top), (right - left) * rect.width, (bottom - top) * rect.height, 4);
  context.setLineDash(thing.state === "present" ? [] : [6, 5]);
  stroke(context, colour, thing.outline?.length ? 1.25 : 2);
  context.setLineDash([]);
  drawTag(context, String(thing.object), colour, x(left), y(top), rect);
}

function stroke(context, colour, width) {
  context.lineWidth = width + 2;
  context.strokeStyle = "rgb(0 0 0 / .45)";
  context.stroke();
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.stroke();
}

function drawTag(context, text, colour, left, top, rect) {
  context.font = "600 13px system-ui, sans-serif";
  context.textBaseline = "middle";
  const wide = Math.max(context.measureText(text).width + 12, 22), high = 20;
  const x = Math.min(Math.max(left - 1, rect.left), rect.left + rect.width - wide), y = top - high - 2 >= rect.top ? top - high - 2 : top + 2;
  context.beginPath();
  context.roundRect(x, y, wide, high, 5);
  context.fillStyle = colour;
  context.fill();
  context.fillStyle = "#1f1608";
  context.textAlign = "center";
  context.fillText(text, x + wide / 2, y + high / 2 + 0.5);
}
