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

/** The box after the hand went on to `to`; `hand` says what it began with. */
export function dragged({ kind, at, from, corner }, to) {
  if (kind === "draw") return between(at, to);
  if (kind === "move") return moved(from, to[0] - at[0], to[1] - at[1]);
  const [across, down] = CORNERS[corner], next = [...from];
  next[across] = from[across] + to[0] - at[0];
  next[down] = from[down] + to[1] - at[1];
  return between(next.slice(0, 2), next.slice(2)).map((side) => Math.min(Math.max(side, 0), 1));
}

/**
 * Let boxes be drawn on `board`. Given: `place()`, the picture's rectangle in it, in pixels. Told: `begin()` before a box
 * changes under the hand, `change(box)`, `done(box)` when the hand lets go, `ask(box)` for Enter, `leave()`, `press(point)`
 * for a click, which may return true to keep the box away. Returns {box(), lay(), show(box), hide(), mode(on)}.
 */
export function makeSelection(board, told) {
  return new Selection(board, told);
}

class Selection {
  #board;
  #told;
  #frame;
  #box = null;
  #hand = null;
  #mode = false;

  constructor(board, told) {
    this.#board = board;
    this.#told = told;
    this.#frame = frameOf();
    board.append(this.#frame);
    board.addEventListener("pointerdown", (event) => this.#down(event));
    board.addEventListener("pointermove", (event) => this.#move(event));
    board.addEventListener("pointerup", (event) => this.#up(event));
    board.addEventListener("pointercancel", (event) => this.#cancel(event));
    this.#frame.addEventListener("keydown", (event) => this.#key(event));
  }

  box() {
    return this.#box;
  }

  /** Show a box and give it the keys. */
  show(box) {
    this.#told.begin();
    this.#set(box);
    this.#frame.focus({ preventScroll: true });
    this.#told.done(box);
  }

  hide() {
    this.#hand = this.#box = null;
    this.lay();
  }

  /** Box mode: fingers draw instead of scrolling. */
  mode(on) {
    this.#mode = on;
    this.#board.classList.toggle("boxing", on);
  }

  /** Lay the frame where the box is now; to be called when the picture's rectangle changes. */
  lay() {
    const frame = this.#frame;
    frame.hidden = this.#box === null;
    if (!this.#box) return;
    const rect = this.#told.place(), [left, top, right, bottom] = this.#box, told = this.#box.map((side) => Math.round(100 * side));
    frame.style.left = `${rect.left + left * rect.width}px`;
    frame.style.top = `${rect.top + top * rect.height}px`;
    frame.style.width = `${(right - left) * rect.width}px`;
    frame.style.height = `${(bottom - top) * rect.height}px`;
    frame.setAttribute("aria-label", `From ${told[0]} to ${told[2]} % across, ${told[1]} to ${told[3]} % down. Arrows move, Shift and arrows size, Enter asks, Escape leaves.`);
  }

  #set(box) {
    this.#box = box;
    this.lay();
    this.#told.change(box);
  }

  #point(event) {
    const edge = this.#board.getBoundingClientRect();
    return share(event.clientX - edge.left, event.clientY - edge.top, this.#told.place());
  }

  #down(event) {
    if (event.button !== 0 || event.target.closest("button, a, input")) return;
    const corner = event.target.dataset?.corner, kind = corner ? "size" : this.#frame.contains(event.target) ? "move" : "draw";
    const hand = { kind, corner, at: this.#point(event), from: this.#box, x: event.clientX, y: event.clientY, id: event.pointerId, far: false };
    if (kind === "draw" && event.pointerType === "touch" && !this.#mode) {
      this.#hand = { ...hand, kind: "tap" };
      return;
    }
    event.preventDefault();
    this.#hand = hand;
    this.#board.setPointerCapture(event.pointerId);
    if (kind !== "draw") this.#frame.focus({ preventScroll: true });
  }

  #move(event) {
    const hand = this.#hand;
    if (!hand || hand.id !== event.pointerId || hand.kind === "tap") return;
    if (!hand.far) {
      if (Math.hypot(event.clientX - hand.x, event.clientY - hand.y) < CLICK_PX) return;
      hand.far = true;
      this.#told.begin();
    }
    this.#set(dragged(hand, this.#point(event)));
  }

  #up(event) {
    const hand = this.#hand;
    if (!hand || hand.id !== event.pointerId) return;
    this.#hand = null;
    if (hand.far) return isBox(this.#box) ? this.#told.done(this.#box) : this.#told.leave();
    const near = Math.hypot(event.clientX - hand.x, event.clientY - hand.y) < 2 * CLICK_PX;
    if (near && (hand.kind === "draw" || hand.kind === "tap")) this.#click(hand.at);
  }

  #cancel(event) {
    const hand = this.#hand;
    if (!hand || hand.id !== event.pointerId) return;
    this.#hand = null;
    if (hand.far) this.#told.leave();
  }

  #click(point) {
    if (this.#told.press(point)) return;
    const rect = this.#told.place();
    this.#told.begin();
    this.#set(around(point, CLICK_WIDE, rect.width / rect.height));
    this.#told.done(this.#box);
  }

  #key(event) {
    if (event.target !== this.#frame) return;
    const next = keyed(this.#box, event);
    if (next) {
      this.#set(next);
      this.#told.done(next);
    } else if (event.key === "Enter") this.#told.ask(this.#box);
    else if (event.key === "Escape") this.#told.leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

function frameOf() {
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
  return frame;
}
