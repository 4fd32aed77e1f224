// Symbols, and buttons that carry them.

import { make } from "./elements.js";

/** One of the symbols at the top of index.html. */
export function icon(name) {
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  drawn.setAttribute("class", "icon");
  drawn.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#icon-${name}`);
  drawn.append(use);
  return drawn;
}

/** Let a button that carries a symbol carry another. */
export function setIcon(button, name) {
  button.querySelector("use").setAttribute("href", `#icon-${name}`);
}

/** A button with a symbol: `label` is what it says, `told` what it says to those who cannot see the symbol. */
export function action(symbol, label, act, { name = "action", told = null } = {}) {
  const made = make("button", name);
  made.type = "button";
  made.append(icon(symbol));
  if (label) made.append(make("span", "", label));
  if (told) {
    made.setAttribute("aria-label", told);
    made.title = told;
  }
  made.addEventListener("click", act);
  return made;
}

/** True while the keys belong to a field, a dialog or a control that uses them itself. */
export function typing(target) {
  return target instanceof Element && target.closest("input, textarea, select, dialog[open], [contenteditable], [role=slider]") !== null;
}
