// What stands over the picture when there is none, or none that is new: what is the matter, and what to do about it.

import { NEEDS_HTTPS, mayUseCamera } from "./camera.js";
import { make } from "./elements.js";
import { action } from "./icons.js";
import { sentence } from "./times.js";

const OWN = [["camera", "Use this camera", "camera"], ["file", "Play a video file", "file"]];

/** The notice for a stream: {title, text, acts: [[action, label, symbol]], busy, quiet}; null while all is well. Quiet ones leave the last picture as it is. */
export function noticeOf(stream, { online, pictured, secure = mayUseCamera() }) {
  const own = secure ? OWN : OWN.slice(1);
  if (!stream) {
    if (!online) return { title: "Connecting", text: "", acts: [], busy: true };
    return {
      title: "Nothing to watch yet",
      text: "Start it again with something to see: streammem live 0 for the first camera, or streammem live clip.mp4 for a file. With streammem live browser this page's own camera can be used.",
      acts: [],
    };
  }
  const message = stream.message ?? "";
  switch (stream.status) {
    case "live":
      return pictured ? null : { title: "Live", text: "The first picture is on its way.", acts: [], busy: true };
    case "starting":
      return { title: `Opening ${stream.name}`, text: message, acts: [], busy: true };
    case "lost":
      return { title: stream.kind === "browser" ? "The browser's camera is gone" : `${stream.name} is lost`, text: message || "It is tried again every few seconds and comes back by itself.", acts: stream.kind === "browser" ? own : [], busy: stream.kind !== "browser" };
    case "ended":
      return { title: "The end", text: message || "All of it is in the memory: ask about it, or walk along the timeline.", acts: stream.kind === "browser" ? own : [["start", "Play it again", "play"]], quiet: true };
    case "failed":
      return { title: `${stream.name} cannot be read`, text: message, acts: [["start", "Try again", "play"]] };
    default:
      if (stream.kind === "browser") return { title: "Let it watch", text: secure ? "Use this device's camera, or a video file. Pictures go to your own streammem and nowhere else." : NEEDS_HTTPS, acts: own, quiet: true };
      if (stream.kind === "api") return { title: "Waiting for pictures", text: message || "They come through the HTTP interface.", acts: [] };
      return { title: `${stream.name} is stopped`, text: message, acts: [["start", "Start", "play"]], quiet: true };
  }
}

/** Write a notice into its place; what is the same stays untouched, so that no button is lost under the hand. */
export function writeNotice(root, notice, { pictured, act }) {
  const key = JSON.stringify([notice, pictured]);
  if (root.dataset.key === key) return;
  root.dataset.key = key;
  root.hidden = notice === null;
  root.classList.toggle("quiet", Boolean(notice?.quiet && pictured));
  if (!notice) return root.replaceChildren();
  const told = make("div", "told");
  if (notice.busy) told.append(make("i", "busy"));
  told.append(make("h2", "", notice.title));
  if (notice.text && !(notice.quiet && pictured)) told.append(make("p", "", sentence(notice.text)));
  if (notice.acts.length) {
    const row = make("div", "row");
    notice.acts.forEach(([name, label, symbol], i) => row.append(action(symbol, label, () => act(name), { name: i ? "button" : "button strong" })));
    told.append(row);
  }
  root.replaceChildren(told);
}
