// What happened, in tiles of time: asked for once, kept while they are looked at, and asked for again when they grew.

const SLOTS = 8, BUCKETS = 32;  // a tile is so many slots wide and comes in at most so many buckets
const MOST_TILES = 96, STALE_MS = 2_000, OLD_MS = 60_000, AFTER_ERROR_MS = 4_000;
const FINGER_PX = 44;

/** A bounded cache of `load(start, end, most) -> buckets`; the buckets' times are the caller's. */
export class Tiles {
  #tiles = new Map();  // key -> {start, end, level, buckets, asked_ms, stale}, the least looked at first
  #asking = 0;

  constructor(load, changed, clock = () => performance.now()) {
    this.load = load;
    this.changed = changed;
    this.clock = clock;
  }

  get count() {
    return this.#tiles.size;
  }

  /** Is something that is looked at still on its way? */
  get waiting() {
    return this.#asking > 0;
  }

  /** Something happened between these times: what is known of it is shown on, and asked for again soon. */
  touch(start, end = Infinity) {
    for (const tile of this.#tiles.values()) if (tile.start < end && start < tile.end) tile.stale = true;
  }

  /** The buckets between two times, sorted, for slots of `slot_s`; coarser or finer ones while those are on their way. */
  between(start, end, slot_s, first, last) {
    const level = Math.round(Math.log2(slot_s)), span = SLOTS * slot_s, found = [];
    for (let n = Math.floor(Math.max(start, first) / span); n * span < end && n * span <= last; n++) {
      const tile = this.#tile(level, n);
      if (tile.buckets) found.push(...tile.buckets);
      else found.push(...this.#instead(level, tile.start, tile.end));
    }
    return unique(found).filter((bucket) => bucket.end >= start && bucket.start <= end);
  }

  #tile(level, n) {
    const key = `${level}:${n}`, span = SLOTS * 2 ** level;
    let tile = this.#tiles.get(key);
    if (tile) this.#tiles.delete(key);  // and in again, as the one looked at last
    else tile = { start: n * span, end: (n + 1) * span, level, buckets: null, asked_ms: -Infinity, stale: true, asking: false };
    this.#tiles.set(key, tile);
    const age_ms = this.clock() - tile.asked_ms;
    if (!tile.asking && (tile.stale ? age_ms > STALE_MS : age_ms > OLD_MS)) this.#ask(tile);
    for (const old of this.#tiles.keys()) {
      if (this.#tiles.size <= MOST_TILES) break;
      this.#tiles.delete(old);
    }
    return tile;
  }

  async #ask(tile) {
    if (this.#asking >= 6) return;  // the next frame asks again
    this.#asking += 1;
    Object.assign(tile, { asking: true, stale: false, asked_ms: this.clock() });
    try {
      tile.buckets = await this.load(tile.start, tile.end, BUCKETS);
    } catch {
      Object.assign(tile, { stale: true, asked_ms: this.clock() + AFTER_ERROR_MS });  // the caller's load has told of it
    } finally {
      tile.asking = false;
      this.#asking -= 1;
      this.changed();
    }
  }

  /** The best that is known of a stretch whose own tile has not come yet. */
  #instead(level, start, end) {
    const over = [...this.#tiles.values()].filter((tile) => tile.buckets && tile.start < end && start < tile.end);
    if (!over.length) return [];
    const nearest = Math.min(...over.map((tile) => Math.abs(tile.level - level)));
    const best = over.filter((tile) => Math.abs(tile.level - level) === nearest);
    return best.flatMap((tile) => tile.buckets.filter((bucket) => middle(bucket) >= start && middle(bucket) < end));
  }
}

const middle = (bucket) => (bucket.start + bucket.end) / 2;

/** Sorted by time; an event that two tiles share comes once. */
function unique(buckets) {
  const seen = new Map();
  for (const bucket of buckets) {
    const key = bucket.n === 1 ? `e${bucket.event}` : `${bucket.start}:${bucket.end}`;
    if (!seen.has(key)) seen.set(key, bucket);
  }
  return [...seen.values()].sort((a, b) => a.start - b.start || a.end - b.end);
}

/** What a lane shows: events that are wide enough each by itself, the rest gathered in slots, each with its best picture.
 *
 * An item is `{key, start, end, x, width, n, event, surprise, open}`; `x` and `width` are where its button stands, which is
 * as long as what it holds took, or wide enough for a finger where there is room. Nothing reaches beyond the `present`.
 */
export function arrange(buckets, scale, slot_s, leastWidth, present = Infinity) {
  const items = [], slots = new Map();
  for (const bucket of buckets) {
    if ((bucket.end - bucket.start) / scale.perPixel >= leastWidth) items.push({ ...bucket, key: bucket.n === 1 ? `e${bucket.event}` : `b${bucket.start}` });
    else {
      const number = Math.floor(middle(bucket) / slot_s), kept = slots.get(number);
      slots.set(number, kept ? joined(kept, bucket) : { ...bucket, key: `s${slot_s}:${number}` });
    }
  }
  items.push(...slots.values());
  items.sort((a, b) => a.start - b.start || a.end - b.end);
  const least_s = FINGER_PX * scale.perPixel;
  let free = -Infinity;  // up to here the lane is taken
  items.forEach((item, i) => {
    const next = items[i + 1]?.start ?? Math.max(present, item.end);
    const high = Math.max(Math.min(item.end, next), Math.min(item.start + least_s, next));
    const low = Math.max(Math.min(item.start, high - least_s), Math.min(free, item.start));
    free = Math.max(high, free);
    item.x = scale.x(low);
    item.width = scale.x(high) - item.x;
  });
  return items.filter((item) => item.width > 1);
}

function joined(kept, bucket) {
  const best = bucket.surprise > kept.surprise ? bucket : kept;
  return {
    ...kept, start: Math.min(kept.start, bucket.start), end: Math.max(kept.end, bucket.end), n: kept.n + bucket.n, open: kept.open || bucket.open,
    event: best.event, surprise: best.surprise,
  };
}
