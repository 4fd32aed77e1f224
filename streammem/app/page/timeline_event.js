// One event, large: its picture, when it was, and what can be asked with it.

import { cut } from "./crop.js";
import { make, pairs, write } from "./elements.js";
import { letterbox } from "./geometry.js";
import { action } from "./icons.js";
import { makeSelection } from "./selection.js";
import { pictureOf } from "./thumbnails.js";
import { ago, count, isNumber, lasting, now, span } from "./times.js";

const FIRST_BOX = [0.35, 0.3, 0.65, 0.7], WHOLE = [0, 0, 1, 1];

/** The names and values that tell of an event, or of a stretch that holds several. */
export function factsOf({ n, start_s, end_s, open, surprise, stream, origin, best }) {
  const entries = [[n > 1 ? "over" : "lasts", open ? `${lasting(end_s - start_s)}, going on` : lasting(end_s - start_s)]];
  if (isNumber(origin)) entries.push(["when", open ? "now" : ago(now() - origin - end_s)]);
  if (n > 1) entries.push(["holds", count(n, "event")]);
  if (best) entries.push(["picture", `the most surprising, ${span(best.start_s, null, origin)}`]);
  if (isNumber(surprise)) entries.push(["surprise", surprise.toFixed(2)]);
  return [...entries, ["stream", stream]];
}

/**
 * The card below the lanes. `step(towards)` goes to a neighbour, `zoom()` closer to what the card shows, `closed(byHand)`
 * is told when it goes. Returns {root, show(item), hide(), closed(record), open(), tell()}; an item is
 * {stream, origin, event, n, start_s, end_s, open, surprise, many}.
 */
export function makeEvent(app, { step, zoom, closed }) {
  const root = make("div", "event");
  root.hidden = true;
  root.setAttribute("role", "region");
  root.setAttribute("aria-label", "Event");
  const picture = make("img"), none = make("p", "event-none"), board = make("div", "event-board");
  picture.draggable = false;
  board.append(picture, none);
  const when = make("p", "event-when time"), facts = make("dl", "facts-list"), hint = make("p", "hint");
  let shown = null, url = "", asked = 0, box = null;

  const selection = makeSelection(board, {
    place: () => letterbox((picture.naturalWidth || 16) / (picture.naturalHeight || 9), board.clientWidth, board.clientHeight),
    begin: () => {}, change: settle, done: settle, ask: () => ask(find), leave,
    press() {
      if (!box) return !url;
      leave();
      return true;
    },
  });
  const mark = action("box", "", boxMode, { told: "Choose a part of the picture with the keys" });
  const closer = action("zoom", "closer", zoom, { name: "button event-closer" });
  const search = action("search", "Find this again", () => ask(find), { name: "button strong" });
  const tell = action("bell", "Tell me when", () => ask(report), { name: "button" });
  root.append(board, laid());

  function laid() {
    const told = make("div", "event-told"), keys = make("div", "event-keys"), acts = make("div", "event-acts");
    keys.append(
      action("left", "", () => step(-1), { told: "Event before" }), action("right", "", () => step(1), { told: "Next event" }),
      mark, action("close", "", () => hide(true), { told: "Close the event (Escape)" }),
    );
    acts.append(search, tell);
    told.append(keys, when, facts, closer, acts, hint);
    return told;
  }

  function settle(next) {
    box = next;
    write(search.lastChild, box ? "Find what is in the box" : "Find this again");
    write(hint, box ? "A click beside the box, or Escape, takes the whole picture again." : "Drag a box on the picture to ask about a part of it.");
  }

  function leave() {
    const had = board.contains(document.activeElement);
    selection.hide();
    selection.mode(false);
    settle(null);
    if (had) mark.focus({ preventScroll: true });
  }

  function boxMode() {
    if (!url) return;
    if (box) return leave();
    selection.mode(true);
    selection.show(FIRST_BOX);
  }

  /** What is in the box, or the whole picture, to be asked with. */
  async function ask(use) {
    const item = shown, moment = span(item.best?.start_s ?? item.start_s, null, item.origin);
    try {
      use({ picture: await cut(picture, box ?? WHOLE), moment, item });
    } catch (error) {
      app.toast(error.message, "bad");
    }
  }
  const find = ({ picture: blob, moment, item }) => app.ask({ picture: blob, told: `this, at ${moment}`, from: { stream: item.stream, t_s: item.start_s } });
  const report = ({ picture: blob, moment, item }) => app.emit("tell", { picture: blob, stream: item.stream, told: `as at ${moment}` });

  async function load(item) {
    const mine = ++asked;
    const best = item.n === 1 ? null : app.api.get(`/api/events/${encodeURIComponent(item.event)}`).catch(() => null);
    const response = await fetch(pictureOf(item.event), { credentials: "same-origin" }).catch(() => null);
    const blob = response?.status === 200 ? await response.blob().catch(() => null) : null;
    const record = await best;
    if (mine !== asked) return;
    if (record) shown.best = record;
    drawPicture(blob, response);
    drawFacts();
  }

  function drawPicture(blob, response = null) {
    if (url) URL.revokeObjectURL(url);
    url = blob ? URL.createObjectURL(blob) : "";
    picture.hidden = !url;
    none.hidden = Boolean(url);
    if (url) picture.src = url;
    else picture.removeAttribute("src");
    write(none, !response ? "The server does not answer." : response.status === 204 || response.status === 404
      ? "No picture is kept of this one: the memory let it go to stay within its budget." : "The picture did not come. Open the event again in a moment.");
    for (const button of [search, tell, mark]) button.disabled = !url;
  }

  function drawFacts() {
    if (!shown) return;
    const { n, start_s, end_s, open, origin } = shown;
    write(when, span(start_s, open ? null : end_s, origin));
    pairs(facts, factsOf(shown));
    closer.hidden = n <= 1;
    write(closer.lastChild, `Show the ${count(n, "event")}`);
    picture.alt = `What was seen ${span(start_s, end_s, origin)}`;
  }

  function show(item) {
    const other = shown?.event !== item.event || shown.n !== item.n;
    shown = { ...item, best: other ? null : shown.best };
    if (other) leave();
    drawFacts();
    if (root.hidden) {
      root.hidden = false;
      root.scrollIntoView({ block: "nearest" });
    }
    if (other) load(item);
  }

  function hide(byHand = false) {
    if (root.hidden) return;
    asked += 1;
    leave();
    shown = null;
    root.hidden = true;
    drawPicture(null);
    closed(byHand);
  }

  picture.addEventListener("load", () => {
    board.style.setProperty("--shape", (picture.naturalWidth / picture.naturalHeight).toFixed(4));
    selection.lay();
  });
  new ResizeObserver(() => selection.lay()).observe(board);
  root.addEventListener("keydown", (key) => {
    if (key.defaultPrevented || key.altKey || key.ctrlKey || key.metaKey) return;
    const act = { ArrowLeft: () => step(-1), ArrowRight: () => step(1), Escape: () => hide(true) }[key.key];
    if (!act) return;
    key.preventDefault();
    key.stopPropagation();
    act();
  });
  settle(null);
  /** The event that is shown has ended: an event's record. */
  function ended({ id, end_s, surprise }) {
    if (shown?.n !== 1 || shown.event !== id) return;
    Object.assign(shown, { end_s, surprise, open: false });
    drawFacts();
  }
  return { root, show, hide, closed: ended, open: () => !root.hidden, tell: drawFacts };
}
