// Where the socket does not get through (a proxy that knows none) the page still shows something: the newest picture is
// fetched as soon as the one before is drawn, and the state every few seconds.

const PATIENCE_MS = 6_000, STATE_MS = 3_000, PICTURE_MS = 120;

/** The header of a fetched picture, as the socket would have sent it; null where the server says too little. */
export function headerOf(headers, stream) {
  const [seq, t_s, captured_unix_s] = ["X-Seq", "X-Time", "X-Captured"].map((name) => Number(headers.get(name) ?? NaN));
  return [seq, t_s, captured_unix_s].every(Number.isFinite) ? { number: stream.number, seq, t_s, captured_unix_s } : null;
}

/** Begin to fetch once the socket has been closed for a while. `take(frame)` draws, `hear(state)` takes the state in. */
export function watchSocket(app, { take, hear }) {
  let waiting = 0, running = false, state = 0;

  async function pictures() {
    const stream = app.state.streams.find(({ name }) => name === app.state.shown);
    if (stream?.status === "live" && !document.hidden) {
      try {
        const response = await fetch(`/api/streams/${encodeURIComponent(stream.name)}/latest.jpg`, { credentials: "same-origin", cache: "no-store" });
        const header = response.ok ? headerOf(response.headers, stream) : null;
        if (header && running) await take({ ...header, jpeg: await response.arrayBuffer() });
      } catch {
        return stop();  // not even HTTP answers: then there is nothing to fetch, and the page says so
      }
    }
    if (running) setTimeout(pictures, PICTURE_MS);
  }

  async function begin() {
    try {
      hear(await app.api.get("/api/state"));
    } catch {
      return stop();
    }
    if (app.state.online) return;
    run(true);
    clearTimeout(state);
    state = setTimeout(begin, STATE_MS);
  }

  function wait() {
    waiting ||= setTimeout(() => {
      waiting = 0;
      if (!app.state.online) begin();
    }, PATIENCE_MS);
  }

  function run(on) {
    if (running === on) return;
    running = on;
    app.emit("fallback", { running });
    if (running) pictures();
  }

  function stop() {
    run(false);
    clearTimeout(state);
    clearTimeout(waiting);
    waiting = 0;
    if (!app.state.online) wait();
  }

  app.on("offline", () => running || wait());
  app.on("online", stop);
  return { running: () => running };
}
