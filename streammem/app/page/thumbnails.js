// Small pictures of events: fetched when they come into view, a few at once, kept while they are among the last looked
// at, and given back to the browser after that.

const MOST_KEPT = 96, AT_ONCE = 4, MISSING_MS = 20_000, BUSY_MS = 2_500, GROWING_MS = 30_000;

/** A bounded cache of pictures by address; `changed` is called when one has come, none is asked for unless `awake()`. */
export class Thumbnails {
  #kept = new Map();  // address -> {url, asked_ms, missing}, the least looked at first
  #wanted = [];
  #loading = new Map();  // address -> AbortController
  #busyUntil_ms = 0;

  constructor(changed, awake = () => true) {
    Object.assign(this, { changed, awake });
  }

  /** The picture's URL; "" where there is none, null while it is on its way. With `growing` it is fetched anew now and then. */
  get(address, growing = false) {
    const kept = this.#kept.get(address);
    if (kept) {
      this.#kept.delete(address);
      this.#kept.set(address, kept);
      const age_ms = performance.now() - kept.asked_ms;
      if (age_ms > (kept.missing ? MISSING_MS : growing ? GROWING_MS : Infinity)) this.#want(address);
      return kept.url;
    }
    this.#want(address);
    return null;
  }

  /** Only these are looked at now: what else was asked for need not come. */
  only(addresses) {
    this.#wanted = this.#wanted.filter((address) => addresses.has(address));
    for (const [address, control] of this.#loading) if (!addresses.has(address)) control.abort();
  }

  /** Everything may be another picture now (another store behind the same page). */
  clear() {
    for (const { url } of this.#kept.values()) if (url) URL.revokeObjectURL(url);
    this.#kept.clear();
    this.#wanted = [];
  }

  #want(address) {
    if (this.#loading.has(address) || this.#wanted.includes(address)) return;
    this.#wanted.push(address);
    this.#next();
  }

  #next() {
    const rest_ms = this.#busyUntil_ms - performance.now();
    if (rest_ms > 0 || !this.awake()) return;
    while (this.#loading.size < AT_ONCE && this.#wanted.length) this.#load(this.#wanted.pop());  // the last asked for is in view
  }

  async #load(address) {
    const control = new AbortController();
    this.#loading.set(address, control);
    try {
      const response = await fetch(address, { credentials: "same-origin", signal: control.signal });
      if (response.status === 204 || response.status === 404) this.#keep(address, "");
      else if (response.ok) this.#keep(address, URL.createObjectURL(await response.blob()));
      else this.#rest();  // too many at once, or the memory restarts: the next look asks again
    } catch (error) {
      if (error.name !== "AbortError") this.#rest();
    } finally {
      this.#loading.delete(address);
      this.changed();
      this.#next();
    }
  }

  #rest() {
    this.#busyUntil_ms = performance.now() + BUSY_MS;
    setTimeout(() => { this.changed(); this.#next(); }, BUSY_MS + 50);
  }

  #keep(address, url) {
    const before = this.#kept.get(address);
    if (before?.url) URL.revokeObjectURL(before.url);
    this.#kept.delete(address);
    this.#kept.set(address, { url, missing: !url, asked_ms: performance.now() });
    for (const [old, { url: gone }] of this.#kept) {
      if (this.#kept.size <= MOST_KEPT) break;
      if (gone) URL.revokeObjectURL(gone);
      this.#kept.delete(old);
    }
  }
}

/** Where an event's picture is. */
export const pictureOf = (event, width = null) => `/api/events/${encodeURIComponent(event)}.jpg${width ? `?width=${width}` : ""}`;
