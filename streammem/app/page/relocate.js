// Where a box of a held picture lies in a newer one: objects are followed from the newest picture, and the thing that was
// boxed may have moved meanwhile. Looked for by its grey values, small, near where it was.

const WIDE = 160, REACH = 0.22, ALIKE = 0.6;

/** Grey values of a picture, 160 wide: {values, width, height}. */
export function grey(source, width, height) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [WIDE, Math.max(Math.round((WIDE * height) / width), 8)];
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height), values = new Float32Array(canvas.width * canvas.height);
  for (let i = 0; i < values.length; i++) values[i] = 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2];
  return { values, width: canvas.width, height: canvas.height };
}

/**
 * The place in `after` that looks most like the box in `before`: {box, alike}, `alike` the normalised correlation, 1 for the
 * same. Only shifts of up to 22 % of the width are tried.
 */
export function relocated(before, after, [left, top, right, bottom]) {
  const x = Math.round(left * before.width), y = Math.round(top * before.height);
  const wide = Math.max(Math.round((right - left) * before.width), 4), high = Math.max(Math.round((bottom - top) * before.height), 4);
  const part = centred(before, Math.min(x, before.width - wide), Math.min(y, before.height - high), wide, high), reach = Math.round(REACH * before.width);
  let best = { dx: 0, dy: 0, alike: -1 };
  const look = (fromX, toX, fromY, toY, step) => {
    for (let dy = Math.max(fromY, -y); dy <= Math.min(toY, after.height - high - y); dy += step) {
      for (let dx = Math.max(fromX, -x); dx <= Math.min(toX, after.width - wide - x); dx += step) {
        const alike = correlation(part, centred(after, x + dx, y + dy, wide, high)) - 1e-4 * Math.hypot(dx, dy);
        if (alike > best.alike) best = { dx, dy, alike };
      }
    }
  };
  look(-reach, reach, -reach, reach, 2);  // every second place, then all about the best
  look(best.dx - 1, best.dx + 1, best.dy - 1, best.dy + 1, 1);
  const [sx, sy] = [best.dx / before.width, best.dy / before.height];
  return { box: [left + sx, top + sy, right + sx, bottom + sy].map((side) => Math.min(Math.max(side, 0), 1)), alike: best.alike };
}

/** True where the thing was found again well enough to be followed there. */
export const foundAgain = ({ alike }) => alike >= ALIKE;

function centred({ values, width }, x, y, wide, high) {
  const step = Math.max(Math.floor(Math.sqrt((wide * high) / 400)), 1);  // some 400 points tell enough
  const part = [];
  for (let row = 0; row < high; row += step) for (let column = 0; column < wide; column += step) part.push(values[(y + row) * width + x + column]);
  const mean = part.reduce((sum, value) => sum + value, 0) / part.length;
  return part.map((value) => value - mean);
}

function correlation(a, b) {
  let both = 0, first = 0, second = 0;
  for (let i = 0; i < a.length; i++) {
    both += a[i] * b[i];
    first += a[i] * a[i];
    second += b[i] * b[i];
  }
  return first && second ? both / Math.sqrt(first * second) : first === second ? 1 : 0;
}
