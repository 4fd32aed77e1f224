// One answer as a card: the picture with its box, when, how often, how sure, and what can be done with it.

import { cut } from "./crop.js";
import { make, write } from "./elements.js";
import { area, asBox, letterbox } from "./geometry.js";
import { action } from "./icons.js";
import { ago, clock, isNumber, lasting, percent, when } from "./times.js";

const WHOLE = 0.95;  // a box of more than this is the whole picture: nothing to point at

/** All stretches in which an answer's thing was there, oldest first; its moment where none is told. */
export function hitTimes(hit) {
  if (hit.occurrences?.length) return hit.occurrences;
  return [hit.interval ?? [hit.t_s, hit.t_s]];
}

/** What a card says: {title, lines}; "2 min ago" where the stream has a wall time, else its own clock. */
export function told(hit, { several, now_unix_s }) {
  const origin = isNumber(hit.origin_unix_s) ? hit.origin_unix_s : null;
  const times = hitTimes(hit), [, last] = times.at(-1), there_s = times.reduce((sum, [a, b]) => sum + b - a, 0);
  const lines = [];
  if (times.length > 1) lines.push(`seen ${times.length} times, ${lately(last, origin, now_unix_s)}`);
  const long = there_s >= 0.95 ? `${lasting(there_s)}${times.length > 1 ? " in all" : " long"}` : "";
  const place = [origin === null ? "" : when(hit.t_s, origin), long, several ? hit.stream : ""].filter(Boolean).join(", ");
  if (place) lines.push(place);
  if (isNumber(hit.gone_s)) lines.push(`gone since ${clock(hit.gone_s, origin)}`);
  return { title: origin === null ? `at ${clock(hit.t_s)}` : ago(now_unix_s - origin - hit.t_s), lines };
}

function lately(t_s, origin, now_unix_s) {
  const told = origin === null ? `at ${clock(t_s)}` : ago(now_unix_s - origin - t_s);
  return told === "now" ? "there now" : `last ${told}`;
}

/** `large` gives the picture the whole width. `several` names the stream. */
export function drawCard(hit, app, { large, several, scored }) {
  const card = make("article", large ? "answer large" : "answer"), text = make("div", "answer-text");
  const { title, lines } = told(hit, { several, now_unix_s: Date.now() / 1000 });
  const proof = make("button", "proof"), label = [title, ...lines].join(", ");
  proof.type = "button";
  proof.setAttribute("aria-label", `${label}. Show on the timeline`);
  proof.addEventListener("click", () => app.selectTime(hit.stream, hit.t_s));
  const shown = hit.picture ? framed(hit, label) : make("span", "none", "no picture kept");
  proof.append(shown);
  proof.addEventListener("keydown", walk);
  const head = make("b", "answer-title time", title), rest = lines.map((line) => make("small", "time", line));
  text.append(head, ...rest);
  card.renew = (now_unix_s) => {  // "2 min ago" grows older
    const now = told(hit, { several, now_unix_s });
    write(head, now.title);
    rest.forEach((line, i) => write(line, now.lines[i] ?? ""));
  };
  if (scored && isNumber(hit.score)) text.append(sure(hit.score));
  text.append(acts(hit, app, proof));
  card.append(proof, text);
  return card;
}

function sure(score) {
  const row = make("div", "sure"), bar = make("i"), part = make("i");
  part.style.width = percent(Math.min(Math.max(score, 0), 1)).replace(" ", "");
  bar.append(part);
  row.append(bar, make("small", "time", `${Math.floor(100 * score)} % sure`));
  return row;
}

function framed(hit, label) {
  const frame = make("span", "shot"), picture = make("img"), box = asBox(hit.box);
  picture.alt = "";
  picture.decoding = "async";
  picture.addEventListener("load", () => {
    frame.classList.add("there");
    if (!box || area(box) > WHOLE) return;
    const mark = make("i", "mark-box"), inside = letterbox(picture.naturalWidth / picture.naturalHeight, 16, 9);
    const x = (value) => `${(100 * (inside.left + value * inside.width)) / 16}%`, y = (value) => `${(100 * (inside.top + value * inside.height)) / 9}%`;
    mark.style.left = x(box[0]);
    mark.style.top = y(box[1]);
    mark.style.width = `${(100 * (box[2] - box[0]) * inside.width) / 16}%`;
    mark.style.height = `${(100 * (box[3] - box[1]) * inside.height) / 9}%`;
    frame.append(mark);
  });
  picture.addEventListener("error", () => frame.replaceWith(make("span", "none", "the memory let this picture go")));
  picture.src = hit.picture;
  frame.title = label;
  frame.append(picture);
  return frame;
}

function acts(hit, app, proof) {
  const row = make("div", "answer-acts");
  if (!hit.picture) return row;
  const origin = isNumber(hit.origin_unix_s) ? hit.origin_unix_s : null, name = `as at ${clock(hit.t_s, origin)}`;
  const withPicture = async (use) => {
    const picture = proof.querySelector("img");
    if (!picture?.complete || !picture.naturalWidth) return app.toast("This picture is not there yet: try again in a moment.", "bad");
    try {
      use(await cut(picture, asBox(hit.box) ?? [0, 0, 1, 1]));
    } catch (error) {
      app.toast(error.message, "bad");
    }
  };
  row.append(
    action("again", "More like this", () => withPicture((picture) => app.ask({ picture, told: `more ${name}` })), { name: "quiet" }),
    action("bell", "Tell me", () => withPicture((picture) => app.emit("tell", { picture, stream: null, told: name })), { name: "quiet", told: "Tell me when this comes again" }),
  );
  return row;
}

/** Up and down go from card to card. */
function walk(key) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[key.key];
  if (!step) return;
  const all = [...document.querySelectorAll("#answers .proof")], next = all[all.indexOf(key.currentTarget) + step];
  key.preventDefault();
  if (next) next.focus();
  else if (step < 0) document.getElementById("question")?.focus();
}
