// Frames onto the canvas: each as soon as it is decoded, never an older one after a newer one.

const SLOW_S = 0.4, RECENT = 90;

/**
 * How old pictures are when they are drawn. On this computer both clocks are one; elsewhere the clocks may differ, and
 * the youngest picture of the last while counts as fresh: what is measured is how far the picture drifts behind.
 */
export function makeAges(sameClock) {
  const recent = [];
  return {
    /** Seconds between capture and `now_s`, by the clock of this page. */
    of(captured_unix_s, now_s) {
      const apart = now_s - captured_unix_s;
      return Math.max(sameClock || !recent.length ? apart : apart - Math.min(...recent), 0);
    },
    note(captured_unix_s, now_s) {
      recent.push(now_s - captured_unix_s);
      if (recent.length > RECENT) recent.shift();
    },
    forget: () => recent.splice(0),
  };
}

async function decoded(jpeg) {
  const blob = new Blob([jpeg], { type: "image/jpeg" });
  if (typeof createImageBitmap === "function") return createImageBitmap(blob);
  const picture = new Image(), place = URL.createObjectURL(blob);  // older browsers: an image element does it as well
  picture.src = place;
  try {
    await picture.decode();
  } finally {
    URL.revokeObjectURL(place);
  }
  return picture;
}

/** Draws frames. `wanted(frame)` says whether it still may be drawn, asked again after decoding; `drawn(frame)` is told. */
export function makeScreen(canvas, connection, { wanted, drawn }) {
  const context = canvas.getContext("2d", { alpha: false });
  const ages = makeAges(["localhost", "127.0.0.1", "[::1]"].includes(location.hostname));
  let last = null;

  async function take(frame) {
    let picture = null;
    try {
      if (wanted(frame) && !older(frame)) picture = await decoded(frame.jpeg);
      if (picture && wanted(frame) && !older(frame)) draw(picture, frame);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;  // a damaged picture: the next one comes at once
    } finally {
      picture?.close?.();
      connection.done();
    }
  }

  const older = (frame) => last !== null && last.number === frame.number && frame.captured_unix_s < last.captured_unix_s;

  function draw(picture, frame) {
    const width = picture.naturalWidth || picture.width, height = picture.naturalHeight || picture.height;
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    context.drawImage(picture, 0, 0);
    const drawn_unix_s = (performance.timeOrigin + performance.now()) / 1000;
    ages.note(frame.captured_unix_s, drawn_unix_s);
    const { jpeg: _, ...header } = frame;
    last = { ...header, width, height, drawn_unix_s, age_s: ages.of(frame.captured_unix_s, drawn_unix_s) };
    connection.abreast(last.age_s > SLOW_S ? 1 : 2);
    drawn(last);
  }

  return {
    take,
    /** The frame on the canvas, or null. */
    frame: () => last,
    /** How old the picture is now. */
    age: () => (last ? ages.of(last.captured_unix_s, Date.now() / 1000) : 0),
    clear() {
      last = null;
      context.fillStyle = "#0d0b08";
      context.fillRect(0, 0, canvas.width, canvas.height);
    },
    forget() {
      ages.forget();
    },
  };
}
