// What can be done here, and the keys for it.

import { make } from "./elements.js";
import { action, typing } from "./icons.js";

const KEYS = [
  ["Everywhere", [["/", "ask in words, by time, or with a picture"], ["1 … 9", "look at another stream"], ["?", "this help"], ["Esc", "leave what is open"]]],
  ["Picture", [["Space", "pause and go on"], ["b", "a box on the picture: arrows move it, Shift and arrows size it"], ["Enter", "ask about what is in the box"], ["f", "full screen"]]],
  ["Timeline", [["← →", "from event to event"], ["↑ ↓", "from stream to stream"], ["Enter", "open the event"], ["Home End", "the first, the last"], ["PgUp PgDn", "a screen earlier, later"], ["+ − 0", "closer, further, everything"]]],
];
const HANDS = "With the mouse: drag to move, Ctrl and the wheel to zoom, the wheel sideways to move. With fingers: drag, fling, pinch. A box dragged on any picture can be asked with.";

function table([title, entries]) {
  const group = make("section"), list = make("dl", "keys-list");
  for (const [keys, what] of entries) {
    const name = make("dt");
    for (const key of keys.split(" ")) name.append(key === "…" ? make("span", "", "…") : make("kbd", "", key));
    list.append(name, make("dd", "", what));
  }
  group.append(make("h3", "", title), list);
  return group;
}

export function mount(root, app) {
  const dialog = make("dialog", "dialog help"), head = make("header", "help-head"), title = make("h2", "", "Keys and hands");
  title.id = "help-title";
  dialog.setAttribute("aria-labelledby", title.id);
  head.append(title, action("close", "", () => dialog.close(), { name: "tool", told: "Close" }));
  const groups = make("div", "help-groups");
  groups.append(...KEYS.map(table));
  dialog.append(head, groups, make("p", "hint", HANDS));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());  // beside it
  root.append(dialog);

  const open = () => !dialog.open && dialog.showModal();
  app.on("help", open);
  document.getElementById("help-button")?.addEventListener("click", open);
  addEventListener("keydown", (key) => {
    if (key.key !== "?" || key.ctrlKey || key.metaKey || key.altKey || typing(key.target)) return;
    key.preventDefault();
    open();
  });
}
