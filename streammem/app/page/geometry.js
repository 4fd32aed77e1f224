// Boxes and where they lie. A box is [left, top, right, bottom] as shares of the picture, whatever its size on screen.

const SMALLEST = 0.02;

/** Where a picture of this shape (width / height) lies in a frame, whole and in the middle: {left, top, width, height} in pixels. */
export function letterbox(shape, width, height) {
  const wide = Math.min(width, height * shape), high = Math.min(height, width / shape);
  return { left: (width - wide) / 2, top: (height - high) / 2, width: wide, height: high };
}

/** A point of the frame as shares of the picture in it, kept inside. */
export function share(x, y, rect) {
  const inside = (value) => Math.min(Math.max(value, 0), 1);
  return [inside((x - rect.left) / rect.width), inside((y - rect.top) / rect.height)];
}

/** The box between two corners, whichever way it was drawn. */
export function between([ax, ay], [bx, by]) {
  return [Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by)];
}

/** The box moved by shares of the picture, no further than its edge. */
export function moved([left, top, right, bottom], dx, dy) {
  const x = Math.min(Math.max(dx, -left), 1 - right), y = Math.min(Math.max(dy, -top), 1 - bottom);
  return [left + x, top + y, right + x, bottom + y];
}

/** The box wider by `dx` and higher by `dy`, its middle where it was as long as the edges allow. */
export function sized([left, top, right, bottom], dx, dy) {
  const side = (a, b, d) => {
    const half = Math.min(Math.max((b - a + d) / 2, SMALLEST / 2), 0.5), middle = Math.min(Math.max((a + b) / 2, half), 1 - half);
    return [middle - half, middle + half];
  };
  const [l, r] = side(left, right, dx), [t, b] = side(top, bottom, dy);
  return [l, t, r, b];
}

/** A box of this width (a share) about a point, square on a picture of this shape. */
export function around([x, y], wide, shape) {
  const high = Math.min(wide * shape, 0.9);
  return moved([x - wide / 2, y - high / 2, x + wide / 2, y + high / 2], 0, 0).map((side) => Math.min(Math.max(side, 0), 1));
}

export const holds = ([left, top, right, bottom], [x, y]) => left <= x && x <= right && top <= y && y <= bottom;
export const area = ([left, top, right, bottom]) => Math.max(right - left, 0) * Math.max(bottom - top, 0);

/** True for a box that is worth asking about: not a slip of the hand. */
export const isBox = ([left, top, right, bottom]) => right - left >= SMALLEST && bottom - top >= SMALLEST;

/** The box as the server may send it, a record or a list, as a list; null stays null. */
export function asBox(box) {
  if (!box) return null;
  return Array.isArray(box) ? box : [box.left, box.top, box.right, box.bottom];
}

/** The smallest of these that holds the point: whoever clicks on a cup on a table means the cup. */
export function smallestAt(boxes, point) {
  const hit = boxes.filter(({ box }) => box && holds(box, point));
  return hit.length ? hit.reduce((a, b) => (area(b.box) < area(a.box) ? b : a)) : null;
}
