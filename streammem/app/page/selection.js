// A box on a picture: drawn with the pointer, or with the keys alone, moved and sized until it fits.
//
// Pointer: drag draws one, drag inside moves it, drag at a corner sizes it, a click puts one about the spot. Fingers
// scroll the page over the picture unless box mode is on; a tap puts a box about the spot.
// Keys: arrows move (Alt: finely), Shift and arrows size, Enter asks, Escape leaves.

import { make } from "./elements.js";
import { around, between, isBox, moved, share, sized } from "./geometry.js";

const CORNERS = { nw: [0, 1], ne: [2, 1], se: [2, 3], sw: [0, 3] }, CLICK_PX = 5, CLICK_WIDE = 0.2;

/** The box after one key: null for a key that is none of its own. */
export function keyed(box, { key, shiftKey, altKey }) {
  const step = altKey ? 0.0025 : 0.015;
  const [dx, dy] = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[key] ?? [];
  if (dx === undefined) return null;
  return shiftKey ? sized(box, 2 * dx, -2 * dy) : moved(box, dx, dy);
}

/**
 * Let boxes be drawn on `board`. `place()` is the picture's rectangle in it, in pixels. Told: `begin()` before the first
 * move, `change(box)`, `done(box)` when the hand lets go, `ask(box)` for Enter, `leave()`, `press(point)` for a click, which
 * may return true to keep the box away. Returns {show(box), hide(), box(), mode(on)}.
 */
export function makeSelection(board, { place, begin, change, done, ask, leave, press }) {
  const frame = make("div", "selection");
  frame.hidden = true;
  frame.tabIndex = 0;
  frame.setAttribute("role", "application");
  frame.setAttribute("aria-roledescription", "box on the picture");
  for (const name of Object.keys(CORNERS)) {
    const corner = make("i", `corner ${name}`);
    corner.dataset.corner = name;
    frame.append(corner);
  }
  board.append(frame);
  let box = null, hand = null, mode = false;

  function lay() {
    frame.hidden = box === null;
    if (!box) return;
    const rect = place(), [left, top, right, bottom] = box;
    frame.style.left = `${rect.left + left * rect.width}px`;
    frame.style.top = `${rect.top + top * rect.height}px`;
    frame.style.width = `${(right - left) * rect.width}px`;
    frame.style.height = `${(bottom - top) * rect.height}px`;
    const told = box.map((side) => Math.round(100 * side));
    frame.setAttribute("aria-label", `From ${told[0]} to ${told[2]} % across, ${told[1]} to ${told[3]} % down. Arrows move, Shift and arrows size, Enter asks, Escape leaves.`);
  }

  function set(next) {
    box = next;
    lay();
    change(box);
  }

  const point = (event) => {
    const edge = board.getBoundingClientRect();
    return share(event.clientX - edge.left, event.clientY - edge.top, place());
  };

  board.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target.closest("button, a, input")) return;
    const at = point(event), corner = event.target.dataset?.corner, inside = frame.contains(event.target);
    const kind = corner ? "size" : inside ? "move" : "draw";
    if (kind === "draw" && event.pointerType === "touch" && !mode) {
      hand = { kind: "tap", at, x: event.clientX, y: event.clientY, id: event.pointerId };
      return;
    }
    event.preventDefault();
    hand = { kind, at, from: box, corner, x: event.clientX, y: event.clientY, id: event.pointerId, far: false };
    board.setPointerCapture(event.pointerId);
    if (kind !== "draw") frame.focus({ preventScroll: true });
  });

  board.addEventListener("pointermove", (event) => {
    if (!hand || hand.id !== event.pointerId || hand.kind === "tap") return;
    if (!hand.far && Math.hypot(event.clientX - hand.x, event.clientY - hand.y) < CLICK_PX) return;
    if (!hand.far) {
      hand.far = true;
      begin();
    }
    set(dragged(hand, point(event)));
  });

  const up = (event) => {
    if (!hand || hand.id !== event.pointerId) return;
    const was = hand;
    hand = null;
    if (event.type === "pointercancel") return was.kind === "draw" && was.far ? leave() : undefined;
    const near = Math.hypot(event.clientX - was.x, event.clientY - was.y) < 2 * CLICK_PX;
    if (was.far && isBox(box)) return done(box);
    if (was.far) return leave();
    if ((was.kind === "draw" || was.kind === "tap") && near) click(was.at);
  };
  board.addEventListener("pointerup", up);
  board.addEventListener("pointercancel", up);

  function click(at) {
    if (press(at)) return;
    const rect = place();
    begin();
    set(around(at, CLICK_WIDE, rect.width / rect.height));
    done(box);
  }

  frame.addEventListener("keydown", (event) => {
    if (event.target !== frame) return;
    const next = keyed(box, event);
    if (next) set(next);
    else if (event.key === "Enter") ask(box);
    else if (event.key === "Escape") leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
    if (next) done(box);
  });

  return {
    box: () => box,
    lay,
    /** Show a box and give it the keys. */
    show(next) {
      begin();
      set(next);
      frame.focus({ preventScroll: true });
      done(box);
    },
    hide() {
      hand = null;
      box = null;
      lay();
    },
    /** Box mode: fingers draw instead of scrolling. */
    mode(on) {
      mode = on;
      board.classList.toggle("boxing", on);
    },
  };
}

function dragged({ kind, at, from, corner }, to) {
  if (kind === "draw") return between(at, to);
  if (kind === "move") return moved(from, to[0] - at[0], to[1] - at[1]);
  const [across, down] = CORNERS[corner], next = [...from];
  next[across] = from[across] + to[0] - at[0];
  next[down] = from[down] + to[1] - at[1];
  return between(next.slice(0, 2), next.slice(2)).map((side) => Math.min(Math.max(side, 0), 1));
}
