// The small bar at a box: find it earlier, follow it, tell me when it comes. At a followed object: where was it, let it go.

import { cut, opened } from "./crop.js";
import { make } from "./elements.js";
import { action } from "./icons.js";
import { foundAgain, grey, relocated } from "./relocate.js";
import { clock } from "./times.js";

const GAP_PX = 8;

/** Where a bar goes at a box, both in pixels of the frame: below it, else above, else inside at the bottom. */
export function barPlace(box, bar, frame) {
  const below = box.top + box.height + GAP_PX, above = box.top - bar.height - GAP_PX;
  const top = below + bar.height <= frame.height - GAP_PX ? below : above >= GAP_PX ? above : Math.min(box.top + box.height, frame.height) - bar.height - GAP_PX;
  const left = Math.min(Math.max(box.left + (box.width - bar.width) / 2, GAP_PX), Math.max(frame.width - bar.width - GAP_PX, GAP_PX));
  return { left, top: Math.max(top, GAP_PX) };
}

export function makeBoxBar(board, app, { canvas, place, frame, leave }) {
  const bar = make("div", "boxbar");
  bar.setAttribute("role", "toolbar");
  bar.hidden = true;
  board.append(bar);
  let box = null;

  const origin = () => app.state.streams.find(({ name }) => name === app.state.shown)?.origin_unix_s ?? null;

  async function withPicture(use) {
    const of = box, shown = frame(), stream = app.state.shown;
    try {
      await use(await cut(canvas, of), { stream, shown });
      leave();
      if (document.fullscreenElement) document.exitFullscreen();  // what comes of it is beside the picture
    } catch (error) {
      app.toast(error.message, "bad");
    }
  }

  const find = () => withPicture((picture, { stream, shown }) => {
    app.ask({ picture, told: `this, at ${clock(shown.t_s, origin())}`, from: { stream, t_s: shown.t_s } });
  });
  const tell = () => withPicture((picture, { stream, shown }) => {
    app.emit("tell", { picture, stream, told: `as at ${clock(shown.t_s, origin())}` });
  });
  const follow = async () => {
    const stream = app.state.shown, of = box, before = grey(canvas, canvas.width, canvas.height);
    leave();  // the picture goes on at once: the thing is looked for in the newest
    try {
      await app.follow(stream, newest(stream, of, before));
    } catch (error) {
      app.toast(error.message, "bad");
    }
  };

  /** The box in the stream's newest picture: what was boxed may have moved while the picture was held. */
  async function newest(stream, of, before) {
    const response = await fetch(`/api/streams/${encodeURIComponent(stream)}/latest.jpg`, { credentials: "same-origin", cache: "no-store" });
    if (!response.ok) return of;
    const picture = await opened(await response.blob());
    const found = relocated(before, grey(picture, picture.naturalWidth || picture.width, picture.naturalHeight || picture.height), of);
    picture.close?.();
    if (!foundAgain(found)) throw new Error("it has moved since the picture was held: draw the box again, and follow it at once");
    return found.box;
  }

  function lay() {
    if (bar.hidden || !box) return;
    const rect = place();
    const on = { left: rect.left + box[0] * rect.width, top: rect.top + box[1] * rect.height, width: (box[2] - box[0]) * rect.width, height: (box[3] - box[1]) * rect.height };
    const where = barPlace(on, { width: bar.offsetWidth, height: bar.offsetHeight }, { width: board.clientWidth, height: board.clientHeight });
    bar.style.left = `${where.left}px`;
    bar.style.top = `${where.top}px`;
  }

  function fill(next, label, buttons) {
    box = next;
    bar.setAttribute("aria-label", label);
    if (bar.dataset.for !== label) bar.replaceChildren(...buttons(), action("close", "", leave, { told: "Leave (Escape)" }));
    bar.dataset.for = label;
    bar.hidden = false;
    lay();
  }

  return {
    lay,
    find(next) {
      box = next;
      find();
    },
    open: () => !bar.hidden,
    show(next) {
      fill(next, "What to do with this box", () => [
        action("search", "Find earlier", find, { name: "action strong" }),
        ...(app.state.capabilities.follow ? [action("follow", "Follow", follow)] : []),
        action("bell", "Tell me when", tell),
      ]);
    },
    /** A followed object was clicked. */
    showThing(thing) {
      fill(thing.box, `Object ${thing.object}, followed`, () => [
        action("search", `Where was ${thing.object}?`, () => {
          app.ask({ object: thing.object, stream: app.state.shown });
          leave();
        }, { name: "action strong" }),
        action("close", "Stop following", () => {
          app.unfollow(thing.object);
          leave();
        }),
      ]);
    },
    hide() {
      bar.hidden = true;
      delete bar.dataset.for;
    },
  };
}
