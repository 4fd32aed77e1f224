// Time and pixels of a timeline. There is no scroll box: those end at 33 million pixels, and a week of events does not.

const LEAST_SPAN_S = 4, FIRST_SPAN_S = 60, MOST_FIRST_SPAN_S = 600, PAD = 0.04;

const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));

/** A window of `width` pixels on a stretch of time from `first` to `last` (Unix seconds, or a stream's own). */
export class Scale {
  first = 0;
  last = 0;
  width = 1;
  start = 0;
  perPixel = FIRST_SPAN_S;
  follow = true;
  placed = false;  // has the first look been chosen

  get span() {
    return this.perPixel * this.width;
  }

  get end() {
    return this.start + this.span;
  }

  x(t) {
    return (t - this.start) / this.perPixel;
  }

  t(x) {
    return this.start + x * this.perPixel;
  }

  /** The longest span that makes sense: everything, and a little air. */
  get most_s() {
    return Math.max((this.last - this.first) * (1 + 2 * PAD), FIRST_SPAN_S);
  }

  /** What there is to see has grown, or shrunk. */
  limit(first, last) {
    this.first = first;
    this.last = Math.max(last, first);
    if (!this.placed) {
      this.placed = true;
      this.perPixel = clamp(this.most_s, FIRST_SPAN_S, MOST_FIRST_SPAN_S) / this.width;
    }
    this.#settle();
  }

  resize(width) {
    if (width === this.width || width < 1) return;
    const { span } = this;
    this.width = width;
    this.perPixel = span / width;
    this.#settle();
  }

  /** Move by pixels: to the right is later. Away from the end nothing follows any more; back at the end it does. */
  pan(pixels) {
    this.start += pixels * this.perPixel;
    this.follow = pixels > 0 && this.end >= this.#newest;
    this.#settle();
  }

  /** So many times closer (below 1: further away), with the time at `x` staying where it is. */
  zoom(times, x = this.width / 2) {
    const anchor = this.t(x);
    const keep = this.follow && this.last <= this.end;
    const span = clamp(this.span / times, LEAST_SPAN_S, this.most_s);
    this.perPixel = span / this.width;
    this.start = anchor - x * this.perPixel;
    this.follow = keep;
    this.#settle();
  }

  /** Show so many seconds; the end, where it is being followed. */
  show(span_s) {
    this.zoom(this.span / span_s);
  }

  all() {
    this.show(this.most_s);
    this.start = this.first - PAD * this.span;
    this.follow = true;
    this.#settle();
  }

  /** Bring a time into view: the middle, unless it is comfortably in view already. */
  reveal(t, margin = 0) {
    const x = this.x(t);
    if (x >= margin && x <= this.width - margin) return;
    this.start = t - this.span / 2;
    this.follow = false;
    this.#settle();
  }

  toFirst() {
    this.follow = false;
    this.start = this.first - PAD * this.span;
    this.#settle();
  }

  followNow() {
    this.follow = true;
    this.#settle();
  }

  /** Where the window ends when it follows: a little air after the newest. */
  get #newest() {
    return this.last + PAD * this.span;
  }

  #settle() {
    const earliest = this.first - PAD * this.span, latest = this.#newest - this.span;
    if (latest <= earliest) this.start = earliest;  // all of it fits: it begins at the left and grows
    else if (this.follow) this.start = latest;
    else this.start = clamp(this.start, earliest, latest);
  }
}

/** Slots of a picture each: powers of two of a second, so that they stay where they are while the window moves. */
export function slotSeconds(perPixel, leastPixels) {
  return 2 ** Math.ceil(Math.log2(leastPixels * perPixel));
}
