// What is followed: added from a box, listed under the picture, let go again.

import { make } from "./elements.js";
import { action } from "./icons.js";
import { colourOf } from "./overlay.js";

const STATES = { present: "in view", occluded: "hidden", lost: "out of view" };

/** The objects of a list as the server may send them: numbers, or records with `object`. */
export const followedOf = (list) => (list ?? []).map((one) => (typeof one === "object" ? one : { object: one }));

export function mount(root, app) {
  const states = new Map();
  let pending = 0;

  /** Follow what is in a box, or in one that is still looked for (a promise). */
  app.follow = async (stream, where) => {
    pending += 1;
    draw();
    try {
      return told(stream, await app.api.post("/api/follow", { stream, box: await where }));
    } finally {
      pending -= 1;
      draw();
    }
  };
  function told(stream, made) {
    app.state.followed = [...followedOf(app.state.followed).filter(({ object }) => object !== made.object), { ...made, stream }];
    app.emit("followed", { followed: app.state.followed });
    app.toast(`Following ${made.object}.${made.note ? ` ${made.note.charAt(0).toUpperCase()}${made.note.slice(1)}.` : ""}`, "good");
    return made;
  }
  app.unfollow = async (object) => {
    try {
      await app.api.remove(`/api/follow/${encodeURIComponent(object)}`);
    } catch (error) {
      if (error.status !== 404) return app.toast(error.message, "bad");  // gone already is as good
    }
    app.state.followed = followedOf(app.state.followed).filter((one) => one.object !== object);
    app.emit("unfollowed", { object });
    app.emit("followed", { followed: app.state.followed });
  };

  function draw() {
    const list = followedOf(app.state.followed);
    for (const { object, state } of list) if (state && !states.has(object)) states.set(object, state);
    const waiting = Array.from({ length: pending }, () => make("span", "chip pending", "outlining it"));
    root.replaceChildren(...list.map((one) => chip(one, app, states.get(one.object))), ...waiting);
    root.hidden = !root.children.length;
  }

  app.on("followed", draw);
  app.on("hello", draw);
  app.on("seen", ({ boxes }) => {
    let changed = false;
    for (const { object, state } of boxes) {
      if (states.get(object) === state) continue;
      states.set(object, state);
      changed = true;
    }
    if (changed) draw();
  });
  draw();
}

function chip({ object, stream }, app, state) {
  const made = make("span", "chip thing"), ask = make("button", "time");
  made.style.setProperty("--colour", colourOf(object));
  made.dataset.state = state ?? "lost";
  ask.type = "button";
  ask.append(make("i"), make("b", "", String(object)), make("span", "", STATES[state] ?? "followed"));
  ask.title = "Where was it?";
  ask.addEventListener("click", () => app.ask({ object, stream: stream ?? app.state.shown }));
  made.append(ask, action("close", "", () => app.unfollow(object), { name: "small", told: `Stop following ${object}` }));
  return made;
}
