// The memory: bytes of its budget by part, what it holds, what it let go.

import { make, pairs, write } from "./elements.js";
import { count, percent, size } from "./times.js";

const COLOURS = 6, LEAST_SHARE = 0.004;

/** The parts, largest first, the least of them together: [name, bytes]. */
export function partsOf(parts, budget) {
  const sorted = Object.entries(parts ?? {}).filter(([, bytes]) => bytes > 0).sort((a, b) => b[1] - a[1]);
  const shown = sorted.slice(0, COLOURS - 1), rest = sorted.slice(COLOURS - 1);
  const other = rest.reduce((sum, [, bytes]) => sum + bytes, 0);
  if (other > 0) shown.push([rest.length === 1 ? rest[0][0] : "other", other]);
  return shown.map(([name, bytes]) => ({ name, bytes, share: budget ? Math.max(bytes / budget, LEAST_SHARE) : 0 }));
}

/** What was let go to stay within the budget, in words. */
export function lostOf(dropped) {
  const lost = Object.entries(dropped ?? {}).filter(([, n]) => n > 0);
  return lost.length ? lost.map(([kind, n]) => `${n.toLocaleString("en")} ${kind}`).join(", ") : "nothing yet";
}

export function mount(root, app) {
  const body = make("div", "panel"), head = make("header", "panel-head"), figure = make("p", "figure time"), told = make("p", "hint");
  const bar = make("div", "share"), legend = make("ul", "legend"), facts = make("dl", "facts-list");
  bar.setAttribute("role", "meter");
  bar.setAttribute("aria-label", "Memory used of its budget");
  bar.setAttribute("aria-valuemin", "0");
  const pieces = Array.from({ length: COLOURS }, (_, i) => {
    const piece = make("i", `part-${i}`), entry = make("li"), dot = make("i", `part-${i}`), text = make("span", "time");
    entry.append(dot, text);
    bar.append(piece);
    legend.append(entry);
    return { piece, entry, text };
  });
  head.append(make("h2", "", "Memory"));
  body.append(head, figure, bar, told, legend, facts);
  root.append(body);

  function draw(stats) {
    const { budget, nbytes, parts } = stats ?? {};
    body.classList.toggle("waiting", nbytes === undefined);
    if (nbytes === undefined) {
      write(figure, "–");
      write(told, app.opening() ? "It is being opened. What is live is shown meanwhile, and kept from then on." : "Waiting for the memory.");
      return;
    }
    const share = budget ? nbytes / budget : 0;
    write(figure, size(nbytes));
    write(told, budget ? `${percent(share)} of a budget of ${size(budget)}. It never grows beyond it, however long this runs.` : "No budget is set: it grows with what it sees.");
    bar.hidden = !budget;
    if (budget) {
      bar.setAttribute("aria-valuemax", String(budget));
      bar.setAttribute("aria-valuenow", String(Math.min(nbytes, budget)));
      bar.setAttribute("aria-valuetext", `${size(nbytes)} of ${size(budget)}`);
    }
    const shown = partsOf(parts, budget);
    pieces.forEach(({ piece, entry, text }, i) => {
      piece.hidden = entry.hidden = !shown[i];
      if (!shown[i]) return;
      piece.style.setProperty("--share", shown[i].share.toFixed(4));
      write(text, `${shown[i].name} ${size(shown[i].bytes)}`);
    });
    pairs(facts, [
      ["holds", `${count(stats.events ?? 0, "event")}, ${count(stats.exemplars ?? 0, "view")}, ${count(stats.snapshots ?? 0, "picture")}`],
      ["seen", `${count(stats.occurrences ?? 0, "time")} in all`],
      ["let go", lostOf(stats.dropped)],
      ["on disk", stats.path ? `${size(stats.disk_bytes)}${stats.held ? ", waiting to be written" : ""}` : "nothing: it ends with the server"],
    ]);
  }

  app.on("stats", draw);
  app.on("hello", () => draw(app.state.stats));
  draw(app.state.stats);
}
