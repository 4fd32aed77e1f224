// The socket to the server: comes back by itself, hands out what it hears, and gives credit for pictures.
//
// Pictures come only for credit, one each, and the server keeps none back: whoever draws slowly sees fewer, never older ones.

const HEADER_BYTES = 32, QUIET_MS = 8_000, LONGEST_WAIT_MS = 5_000;

/** The header before a picture: what, which, when. Null where it is none of ours. */
export function readHeader(buffer) {
  if (buffer.byteLength <= HEADER_BYTES) return null;
  const view = new DataView(buffer);
  if (view.getUint32(0, false) !== 0x534d4631) return null;  // "SMF1"
  return {
    number: view.getUint8(4), width: view.getUint16(6, true), height: view.getUint16(8, true),
    seq: view.getUint32(12, true), t_s: view.getFloat64(16, true), captured_unix_s: view.getFloat64(24, true),
  };
}

/** How long to wait before the n-th try, in ms: twice as long each time, never the same for all pages at once. */
export function pause_ms(tries, chance) {
  return Math.min(250 * 2 ** tries, LONGEST_WAIT_MS) * (0.75 + 0.5 * chance);
}

/** How many more pictures to ask for: `most` on their way or being drawn, none while the picture stands still. */
export function owed(most, onTheirWay, beingDrawn, held) {
  return held ? 0 : Math.max(most - onTheirWay - beingDrawn, 0);
}

export function connect({ hear, frame, online, offline, refused }) {
  let socket = null, tries = 0, timer = 0, heard_ms = 0, begun = false;
  const credit = { most: 2, onTheirWay: 0, beingDrawn: 0, held: false };

  function send(record) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(record));
  }

  function grant() {
    const n = owed(credit.most, credit.onTheirWay, credit.beingDrawn, credit.held);
    if (!n || socket?.readyState !== WebSocket.OPEN) return;
    credit.onTheirWay += n;
    send({ type: "credit", n });
  }

  function take(buffer) {
    const header = readHeader(buffer);
    if (!header) return;
    credit.onTheirWay = Math.max(credit.onTheirWay - 1, 0);
    credit.beingDrawn += 1;
    frame({ ...header, jpeg: buffer.slice(HEADER_BYTES) });
  }

  function open() {
    clearTimeout(timer);
    if (socket && socket.readyState <= WebSocket.OPEN) return;
    const mine = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/live`);
    let opened = false;
    socket = mine;
    mine.binaryType = "arraybuffer";
    mine.addEventListener("open", () => {
      opened = true;
      tries = 0;
      heard_ms = performance.now();
      Object.assign(credit, { onTheirWay: 0, beingDrawn: 0 });
      online();
      grant();
    });
    mine.addEventListener("message", ({ data }) => {
      heard_ms = performance.now();
      if (typeof data === "string") hear(JSON.parse(data));
      else take(data);
    });
    mine.addEventListener("close", async () => {
      if (socket !== mine) return;
      socket = null;
      offline();
      if (!opened && await refused()) return;  // asking again would not help: the page signs in first, then reconnects
      if (!socket) timer = setTimeout(open, pause_ms(tries++, Math.random()));
    });
  }

  setInterval(() => {  // a line that is cut says nothing: ask, then give up on it
    if (socket?.readyState !== WebSocket.OPEN) return;
    const quiet_ms = performance.now() - heard_ms;
    if (quiet_ms > QUIET_MS) socket.close();
    else send({ type: "ping", t: performance.now() });
  }, 3_000);
  addEventListener("online", () => begun && open());

  return {
    send,
    /** Open now; used once the page is signed in. */
    reconnect() {
      begun = true;
      tries = 0;
      open();
    },
    /** A picture was drawn, or let go: there is room for another. */
    done() {
      credit.beingDrawn = Math.max(credit.beingDrawn - 1, 0);
      grant();
    },
    /** Stand still: no more pictures come until it is released. */
    hold(held) {
      credit.held = held;
      grant();
    },
    /** One picture at a time for slow lines, two otherwise. */
    abreast(most) {
      credit.most = most;
    },
  };
}
