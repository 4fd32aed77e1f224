// What stands in the place of answers when there are none: nothing asked yet, still looking, nothing found, an error.

import { make } from "./elements.js";
import { action, icon } from "./icons.js";
import { percent, sentence } from "./times.js";

const WAYS = [
  ["search", "In words", "bicycle; dog in the last hour"],
  ["box", "This here", "drag a box on the picture, or click on a thing"],
  ["image", "With a picture", "drop one anywhere on this page, or paste it"],
  ["clock", "By time", "ten minutes ago; 14:05; 1:23 of a file"],
];

function note(text, acts) {
  const made = make("div", "note"), row = make("div", "row");
  row.append(...acts);
  made.append(make("p", "", text), row);
  return made;
}

/** Nothing asked yet: the four ways to ask. */
export function ways() {
  const list = make("ul", "ways");
  list.append(...WAYS.map(([symbol, what, how]) => {
    const way = make("li"), text = make("div");
    text.append(make("b", "", what), make("span", "", how));
    way.append(icon(symbol), text);
    return way;
  }));
  return list;
}

/** Still looking. */
export const ghosts = () => Array.from({ length: 3 }, () => make("div", "ghost"));

/** Why nothing was found, in words. */
export function reason(question, { best_score, seen }) {
  if (question.at_s !== undefined) return "The memory holds nothing of that time: it was not watching, or it has let it go.";
  if (!(best_score > 0.005)) return "The memory holds nothing near it.";
  return `The best match is only ${percent(best_score)} sure; from ${percent(seen ?? 0.5)} on it counts as seen.`;
}

/** Nothing found; `tell` watches for it from now on, `anytime` asks without the stretch. */
export function nothing(question, reply, { tell, anytime }) {
  const acts = [];
  if (question.text || question.picture) acts.push(action("bell", "Tell me when it comes", tell, { name: "button" }));
  if (question.during) acts.push(action("clock", "At any time", anytime, { name: "button" }));
  return note(reason(question, reply), acts);
}

/** An error, with what to do: words that the memory knows, or another try. */
export function failure(error, { again, words }) {
  if (error.kind !== "VocabularyError") return note(sentence(error.message), [action("search", "Try again", again, { name: "button" })]);
  const chips = error.nearest.map((word) => {
    const chip = make("button", "chip", word);
    chip.type = "button";
    chip.addEventListener("click", () => words(word));
    return chip;
  });
  const made = note(chips.length ? "Words that it does know and that are near:" : sentence(error.message), chips);
  const remedy = chips.length ? /For any words.*$/.exec(error.message)?.[0] : null;
  if (remedy) made.append(make("p", "hint", sentence(remedy)));
  return made;
}
