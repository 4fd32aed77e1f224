// Times, spans and amounts as people read them. `origin` is a stream's wall time at its second 0, in Unix seconds, or
// null where the stream has a time of its own (a file).

const DAY_S = 86400;
// Made once: to make one takes longer than to draw all the rest of a timeline.
const NUMBER = new Intl.NumberFormat("en"), DAY = { weekday: "short", day: "numeric", month: "short" };
const THIS_YEAR = new Intl.DateTimeFormat("en-GB", DAY), ANY_YEAR = new Intl.DateTimeFormat("en-GB", { ...DAY, year: "numeric" });
const pad = (number, digits = 2) => String(number).padStart(digits, "0");

export const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** Now, in Unix seconds. */
export const now = () => Date.now() / 1000;

/** A stream's own time: "1:23.4", "2:01:23.4"; whole seconds with `digits` 0. */
export function ownClock(seconds, digits = 1) {
  const scale = 10 ** digits;
  const parts = Math.round(Math.abs(seconds) * scale), whole = Math.floor(parts / scale);
  const rest = digits ? `.${pad(parts % scale, digits)}` : "";
  const hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
  const sign = seconds < 0 && parts > 0 ? "−" : "";
  return sign + (hours ? `${hours}:${pad(minutes)}:` : `${minutes}:`) + pad(whole % 60) + rest;
}

/** Wall time of day: "14:05:09"; tenths with `digits` 1. Always 24 hours, so that it reads as it is typed. */
export function dayClock(unix, digits = 0) {
  const scale = 10 ** digits;
  const moment = new Date(Math.round(unix * scale) / scale * 1000);
  const tenths = digits ? `.${pad(Math.floor(moment.getMilliseconds() / (1000 / scale)), digits)}` : "";
  return `${pad(moment.getHours())}:${pad(moment.getMinutes())}:${pad(moment.getSeconds())}${tenths}`;
}

/** "today" as nothing, else "yesterday", "Tue 3 Nov", with the year where it is another. */
export function dayName(unix, reference = now()) {
  const day = new Date(unix * 1000), today = new Date(reference * 1000);
  const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());
  const days = Math.round((midnight(today) - midnight(day)) / (DAY_S * 1000));
  if (days === 0) return "";
  if (days === 1) return "yesterday";
  return (day.getFullYear() === today.getFullYear() ? THIS_YEAR : ANY_YEAR).format(day);
}

/** When something was: the time of day for what is live, the stream's own time for the rest. */
export function clock(t_s, origin = null, digits = isNumber(origin) ? 0 : 1) {
  if (!isNumber(t_s)) return "";
  return isNumber(origin) ? dayClock(origin + t_s, digits) : ownClock(t_s, digits);
}

/** As `clock`, with the day where it is not today. */
export function when(t_s, origin = null, reference = now()) {
  if (!isNumber(t_s)) return "";
  const day = isNumber(origin) ? dayName(origin + t_s, reference) : "";
  return day ? `${day}, ${clock(t_s, origin)}` : clock(t_s, origin);
}

/** From when to when: "14:05:09–14:07:31", the day once. */
export function span(start_s, end_s, origin = null, reference = now()) {
  const from = when(start_s, origin, reference);
  if (!isNumber(end_s)) return from;
  const sameDay = !isNumber(origin) || dayName(origin + start_s, reference) === dayName(origin + end_s, reference);
  const to = sameDay ? clock(end_s, origin) : `${dayName(origin + end_s, reference) || "today"}, ${clock(end_s, origin)}`;
  return from.endsWith(to) ? from : `${from}–${to}`;
}

/** How long: "0.4 s", "42 s", "3 min 20 s", "2 h 5 min", "3 days 4 h". */
export function lasting(seconds) {
  if (!isNumber(seconds)) return "";
  const s = Math.max(seconds, 0), whole = Math.round(s);
  if (s < 9.95) return `${s.toFixed(1)} s`;
  if (whole < 60) return `${whole} s`;
  const two = (big, name, small, tail) => (small ? `${big} ${name} ${small} ${tail}` : `${big} ${name}`);
  if (whole < 600) return two(Math.floor(whole / 60), "min", whole % 60, "s");
  const minutes = Math.round(s / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 24 * 60) return two(Math.floor(minutes / 60), "h", minutes % 60, "min");
  const hours = Math.round(s / 3600), days = Math.floor(hours / 24);
  return two(days, days === 1 ? "day" : "days", hours % 24, "h");
}

/** How long ago: "now", "8 s ago", "2 min ago", "3 h ago", "5 days ago". */
export function ago(seconds) {
  if (!isNumber(seconds)) return "";
  const s = Math.max(seconds, 0);
  if (s < 1.5) return "now";
  if (s < 59.5) return `${Math.round(s)} s ago`;
  if (s < 3570) return `${Math.round(s / 60)} min ago`;
  if (s < 23.5 * 3600) return `${Math.round(s / 3600)} h ago`;
  const days = Math.round(s / DAY_S);
  return `${days} ${days === 1 ? "day" : "days"} ago`;
}

/** "1 event", "12,345 events". */
export const count = (n, one, many = `${one}s`) => `${NUMBER.format(n)} ${n === 1 ? one : many}`;

/** Bytes: "640 B", "12 kB", "1.2 MB". */
export function size(bytes) {
  if (!isNumber(bytes)) return "";
  const [unit, scale] = bytes >= 1e9 ? ["GB", 1e9] : bytes >= 1e6 ? ["MB", 1e6] : bytes >= 1e3 ? ["kB", 1e3] : ["B", 1];
  const amount = bytes / scale;
  return `${amount.toFixed(amount < 10 && scale > 1 ? 1 : 0)} ${unit}`;
}

/** A share as "42 %"; one more digit below a tenth. */
export const percent = (share) => `${(100 * share).toFixed(share > 0 && share < 0.0995 ? 1 : 0)} %`;

/** Milliseconds as "85 ms" or "1.3 s". */
export const milliseconds = (ms) => (!isNumber(ms) ? "–" : ms < 995 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

// Steps of a ruler, in seconds; beyond a day, whole days.
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, DAY_S];

/** The smallest round step of at least `least_s` seconds. */
export function rulerStep(least_s) {
  const step = STEPS.find((s) => s >= least_s);
  return step ?? DAY_S * [2, 5, 10, 30, 60, 180, 365].find((days, i, all) => days * DAY_S >= least_s || i === all.length - 1);
}

/** Ticks of a ruler between two moments of one clock: `[{ t, text, day }]`, at most `most`. Wall ticks sit on local round times. */
export function ticks(start, end, wall, most) {
  const step = rulerStep((end - start) / Math.max(most, 1));
  const shift = wall ? new Date(((start + end) / 2) * 1000).getTimezoneOffset() * 60 : 0;
  const made = [];
  for (let n = Math.ceil((start - shift) / step); n * step + shift <= end && made.length < 4 * most; n++) {
    const t = n * step + shift;
    if (!wall) {
      if (t > -step / 2) made.push({ t, text: ownClock(Math.max(t, 0), step < 1 ? 1 : 0), day: false });
      continue;
    }
    const midnight = new Date(t * 1000).getHours() === 0 && new Date(t * 1000).getMinutes() === 0 && t % 60 === 0;
    const full = dayClock(t, step < 1 ? 1 : 0);
    made.push({ t, text: midnight ? dayName(t) || "today" : step >= 60 ? full.slice(0, 5) : full, day: midnight });
  }
  return made;
}

/** A message as a sentence: servers' messages begin small, so that they can stand after a name. */
export function sentence(text) {
  const begun = /^\w+:\/\//.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);  // an address stays as it is
  return begun + (/[.!?:…]$/.test(text) ? "" : ".");
}
