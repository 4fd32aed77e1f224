// The streams as tabs over the picture, and the event that goes on in it.

import { make, write } from "./elements.js";
import { lasting } from "./times.js";

/** Draw a tab for each stream; what is the same stays untouched. */
export function drawTabs(root, app) {
  const { streams, shown } = app.state, key = JSON.stringify([streams.map(({ name, status }) => [name, status]), shown]);
  if (root.dataset.key === key) return;
  const held = root.contains(document.activeElement) ? document.activeElement.dataset.name : null;
  root.dataset.key = key;
  root.replaceChildren(...streams.map((stream, i) => tab(stream, i, app)));
  if (held) [...root.children].find(({ dataset }) => dataset.name === held)?.focus({ preventScroll: true });
}

function tab(stream, i, app) {
  const made = make("button", "tag tab");
  made.type = "button";
  made.dataset.name = stream.name;
  made.dataset.status = stream.status;
  made.setAttribute("aria-pressed", String(stream.name === app.state.shown));
  made.setAttribute("aria-label", `${stream.name}, ${stream.status}`);
  if (app.state.streams.length > 1 && i < 9) made.title = `${stream.name} (${i + 1})`;
  made.append(make("i"), make("span", "", stream.name));
  made.addEventListener("click", () => app.show(stream.name));
  return made;
}

/** The event that goes on: {set(event or null), tick(t_s), event()}. It lights up where another one begins. */
export function makeEventChip(chip, app) {
  let event = null;
  chip.addEventListener("click", () => event && app.selectTime(event.stream, event.start_s));

  function tick(t_s) {
    if (!event) return;
    const long_s = Math.max((t_s ?? event.start_s) - event.start_s, 0);
    write(chip, `event ${event.id}, ${lasting(Math.floor(long_s)).replace(".0", "")}`);
  }

  return {
    event: () => event,
    tick,
    set(next, t_s = null) {
      const another = next !== null && event !== null && next.id !== event.id;
      event = next;
      chip.hidden = next === null;
      tick(t_s);
      chip.classList.remove("fresh");
      if (!another) return;
      void chip.offsetWidth;  // an animation starts again only after the browser has seen it gone
      chip.classList.add("fresh");
    },
  };
}
