// Times in words: "ten minutes ago", "14:05", "yesterday at 9:30 pm", "1:23" of a file; and questions that end in one:
// "bicycle in the last hour", "dog since 14:05", "cup ten minutes ago".
//
// `stream` says what such words mean: {now_s, origin_unix_s, now_unix_s}. Where `origin_unix_s` is a number, a time of day
// is meant; where it is null, the time from the beginning of the file.

const NUMBERS = { a: 1, an: 1, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9, ten: 10, eleven: 11, twelve: 12, fifteen: 15, twenty: 20, thirty: 30, forty: 40, fifty: 50, sixty: 60, ninety: 90, "a few": 3, "a couple of": 2, "half an": 0.5, "half a": 0.5 };
const UNITS = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 };
const AMOUNT = `(?:(${Object.keys(NUMBERS).sort((a, b) => b.length - a.length).join("|")}|\\d+(?:\\.\\d+)?)\\s*)`;
const UNIT = "(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)";
const AGO = `(?:about |around )?${AMOUNT}${UNIT} ago`;
const CLOCK = "(?:(yesterday|today),? ?)?(?:at )?(\\d{1,3}):(\\d{2})(?::(\\d{2}))?(\\.\\d+)?(?: ?(am|pm))?";
const DAY_S = 86400;

const span_s = (amount, unit) => (NUMBERS[amount] ?? Number(amount)) * UNITS[unit[0]];
const whole = (pattern) => new RegExp(`^(?:${pattern})$`, "i");
const midnight = (unix) => new Date(unix * 1000).setHours(0, 0, 0, 0) / 1000;

/** The moment that a text names, in the stream's seconds; null where it names none. */
export function moment(text, stream) {
  const plain = text.trim().toLowerCase().replace(/\s+/g, " ");
  if (/^(just )?now$/.test(plain)) return stream.now_s;
  if (/^(a moment|moments|just a moment) ago$/.test(plain)) return stream.now_s - 5;
  const past = whole(AGO).exec(plain);
  if (past) return stream.now_s - span_s(past[1], past[2]);
  const seconds = /^(?:at )?(\d+(?:\.\d+)?) ?(?:s|sec|seconds)$/.exec(plain);
  if (seconds && stream.origin_unix_s === null) return Number(seconds[1]);
  const clock = whole(CLOCK).exec(plain);
  return clock ? clockMoment(clock, stream) : null;
}

function clockMoment([, day, first, second, third, part, half], stream) {
  const [a, b, c] = [Number(first), Number(second), Number(third ?? 0)], rest = Number(part ?? 0);
  if (b > 59 || c > 59) return null;
  if (stream.origin_unix_s === null) return day || half ? null : third === undefined ? 60 * a + b + rest : 3600 * a + 60 * b + c + rest;
  if (a > 23 || (half && (a < 1 || a > 12))) return null;
  const hour = half ? (a % 12) + (half === "pm" ? 12 : 0) : a, start = midnight(stream.now_unix_s);
  const unix = start + 3600 * hour + 60 * b + c + rest;
  const back = day === "yesterday" || (!day && unix > stream.now_unix_s + 60) ? DAY_S : 0;
  return unix - back - stream.origin_unix_s;
}

/** The stretch that the end of a question names: {text, during}; null where it ends in none. */
function stretch(plain, stream) {
  const inside = (pattern) => new RegExp(`^(.+?),? (?:${pattern})$`, "i").exec(plain);
  const last = inside(`(?:in|within|during|over) the (?:last|past) ${AMOUNT}?${UNIT}`);
  if (last) return { text: last[1], during: [stream.now_s - span_s(last[2] ?? "one", last[3]), stream.now_s] };
  const limit = inside(`(since|after|before|until) (${AGO}|${CLOCK})`);
  if (limit) {
    const at_s = moment(limit[3], stream);
    if (at_s !== null) return { text: limit[1], during: /since|after/i.test(limit[2]) ? [at_s, null] : [null, at_s] };
  }
  const day = stream.origin_unix_s === null ? null : inside("(today|yesterday)");
  if (day) {
    const start = midnight(stream.now_unix_s) - stream.origin_unix_s;
    return { text: day[1], during: day[2].toLowerCase() === "today" ? [start, null] : [start - DAY_S, start] };
  }
  const past = inside(`${AGO}`) ?? inside(`at ${CLOCK}`);
  if (!past) return null;
  const at_s = moment(plain.slice(past[1].length).replace(/^,? /, ""), stream);
  if (at_s === null) return null;
  const about_s = Math.max(30, 0.2 * Math.abs(stream.now_s - at_s));
  return { text: past[1], during: [at_s - about_s, at_s + about_s] };
}

/** A question as typed: {at_s} for a moment, {text, during} for words about a stretch, {text} for words alone. */
export function read(typed, stream) {
  const plain = typed.trim().replace(/\s+/g, " ");
  if (!stream) return { text: plain };
  const at_s = moment(plain, stream);
  if (at_s !== null) return { at_s, told: plain };
  const part = stretch(plain, stream);
  if (!part) return { text: plain };
  const [from, to] = part.during, first = from ?? Math.min(0, to);
  return { text: part.text, during: [first, Math.max(to ?? stream.now_s + 1, first)], told: plain };
}
