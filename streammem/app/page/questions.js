// Questions and what their answers add up to: no drawing here.
//
// A question is {text} | {picture: Blob, told} | {at_s, stream} | {object, stream}, each with `stream` and `during` [a, b] where
// it is narrowed down, `told` for what it is called, `from` {stream, t_s} for the moment that a picture was cut from.

import { hitTimes } from "./cards.js";
import { asText, fromText } from "./crop.js";
import { ago, clock, span, when } from "./times.js";

const MOST = 12, SAME_S = 2, TOUCH_S = 1, KEY = "streammem.question", LARGEST_KEPT = 400_000;

/** The request that a question makes: {path, body} or {path, picture, parameters}. */
export function request(question) {
  const { stream = null, during = null } = question;
  if (question.picture) {
    return { path: "/api/find/picture", picture: question.picture, parameters: { stream, start_s: during?.[0], end_s: during?.[1], top_k: MOST } };
  }
  const asked = question.object !== undefined ? { object: question.object } : question.at_s !== undefined ? { at_s: question.at_s } : { text: question.text };
  if (stream !== null) asked.stream = stream;
  if (during) asked.during = during;
  return { path: "/api/find", body: { ...asked, top_k: MOST } };
}

/** A question as it is called above its answers. */
export function called(question) {
  if (question.told) return question.told;
  if (question.object !== undefined) return `object ${question.object}`;
  if (question.at_s !== undefined) return when(question.at_s);
  return question.text ?? "this picture";
}

/** Stretches that touch made one: [[from, to], …], oldest first. */
export function merged(spans) {
  const all = [];
  for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = all.at(-1);
    if (last && from <= last[1] + TOUCH_S) last[1] = Math.max(last[1], to);
    else all.push([from, to]);
  }
  return all;
}

/** How often all answers together show it, and when last: a stretch that two answers tell counts once. */
export function summary(hits) {
  let times = 0, last = null;
  for (const name of new Set(hits.map(({ stream }) => stream))) {
    const mine = hits.filter(({ stream }) => stream === name), spans = merged(mine.flatMap(hitTimes));
    const origin = mine[0].origin_unix_s ?? null, [from_s, t_s] = spans.at(-1), unix = (origin ?? 0) + t_s;
    times += spans.length;
    if (!last || unix > last.unix) last = { stream: name, from_s, t_s, unix, origin };
  }
  return { times, last };
}

/** True for an answer that only shows the very picture that was asked with: nothing earlier. */
export function isItself(hit, from) {
  return Boolean(from) && hit.stream === from.stream && hitTimes(hit).every(([start]) => start >= from.t_s - SAME_S);
}

/** The headline over the answers. */
export function headline(question, hits, now_unix_s) {
  if (question.at_s !== undefined) return "What was there";
  if (hits.every((hit) => isItself(hit, question.from))) return "Not seen before";
  const { times, last } = summary(hits), often = times === 1 ? "once" : `${times} times`;
  const lately = last.origin === null ? `at ${clock(last.t_s)}` : ago(now_unix_s - last.unix);
  if (lately === "now") return `Seen ${often}, there now`;
  if (times === 1 && last.origin === null) return `Seen once, ${span(last.from_s, last.t_s)}`;
  return times === 1 ? `Seen once, ${lately}` : `Seen ${often}, last ${lately}`;
}

/** The answers in the order to show them: "best", or "new". What only shows the question itself comes last. */
export function ordered(hits, order, from) {
  const later = (hit) => Number(isItself(hit, from)), at = (hit) => (hit.origin_unix_s ?? 0) + hit.t_s;
  return [...hits].sort((a, b) => (order === "new" ? at(b) - at(a) : later(a) - later(b)));
}

/** Keep a question for a reload of this tab; one whose picture is too large is not kept. */
export async function keep(question) {
  const { picture, restored: _, ...plain } = question;
  if (picture && picture.size > LARGEST_KEPT) return forget();
  try {
    sessionStorage.setItem(KEY, JSON.stringify(picture ? { ...plain, picture: await asText(picture) } : plain));
  } catch (error) {
    if (error.name !== "QuotaExceededError") throw error;
    forget();  // a reload then begins without a question
  }
}

export const forget = () => sessionStorage.removeItem(KEY);

/** The question that was kept, or null. */
export function kept() {
  const text = sessionStorage.getItem(KEY);
  if (!text) return null;
  const question = JSON.parse(text);
  if (question.picture) question.picture = fromText(question.picture);
  return question;
}
