// A picture source in this browser, sent to the server: its own camera, or a film that it plays.
//
// Each picture is taken when the browser shows it, written as JPEG beside the page's own work, and sent only for credit:
// a slow line makes fewer pictures, never late ones.

const LONGEST = 1280, QUALITY = 0.8, HEADER_BYTES = 8, FIRST_CREDIT = 2, HIDDEN_MS = 1_000, WITHOUT_CALLBACK_MS = 66;
const LONGEST_WAIT_MS = 5_000, MOST_BUFFERED = 1_500_000, ENDED = 1001, REFUSED = 1008;

/** May this page use a camera at all? Browsers give one to https and to their own computer alone. */
export const mayUseCamera = () => globalThis.isSecureContext !== false;

export const NEEDS_HTTPS = "Browsers lend a camera to an https page alone. Start streammem live with --certificate and --key (docs/live.md says how they are made) and open its https address here. A video file can be played as it is.";

/** What is wrong with the camera and what to do, by the browser's name of the error. */
export function cameraTrouble(error, secure = mayUseCamera()) {
  if (!secure) return NEEDS_HTTPS;
  switch (error?.name) {
    case "NotAllowedError":
    case "SecurityError":
      return "The camera was refused. Allow it in the browser's address bar (the camera or lock sign), then press the button again.";
    case "NotFoundError":
    case "OverconstrainedError":
      return "This browser finds no camera. Plug one in, or play a video file.";
    case "NotReadableError":
    case "AbortError":
      return "The camera is there but gives no picture: another program may be using it. Close that one, then try again.";
    case "TypeError":
      return "This browser offers no camera to pages. Try another browser, or play a video file.";
    default:
      return `The camera did not start: ${error?.message || "no reason was given"}.`;
  }
}

/** What is wrong with a film. */
export function filmTrouble(error, name) {
  const unknown = error?.code === 4 || error?.name === "NotSupportedError";
  if (unknown) return `This browser cannot play ${name}. Convert it to MP4 (H.264) or WebM, or start it on the server's computer: streammem live ${name}`;
  return `The file ${name} stopped: ${error?.message || "the browser could not go on with it"}.`;
}

/** The size to send: the long side no longer than 1280. */
export function sentSize(width, height) {
  const scale = Math.min(1, LONGEST / Math.max(width, height, 1));
  return [Math.max(Math.round(width * scale), 1), Math.max(Math.round(height * scale), 1)];
}

/** When a picture was taken, in Unix seconds: what the browser says of it, where that is believable. */
export function takenAt(metadata, now_ms = performance.now(), origin_ms = performance.timeOrigin) {
  const taken = metadata?.captureTime;
  const believable = typeof taken === "number" && taken <= now_ms + 5 && now_ms - taken < 5_000;
  return (origin_ms + (believable ? taken : now_ms)) / 1000;
}

/**
 * Sends pictures to one stream until it is stopped. `changed(sender)` is called when its state changes:
 * `state` is "starting", "live", "waiting" (the server is away), "stopped" or "failed", and `message` says what to do.
 */
export class Sender {
  state = "starting";
  message = "";
  sent = 0;
  film = null;  // the name of the file, where it is one
  #socket = null;
  #credit = 0;
  #busy = false;
  #tries = 0;
  #timer = 0;
  #tick = 0;
  #lastPicture_ms = 0;
  #over = false;
  #release = () => {};
  #awake = null;
  #called = false;  // has the browser ever told of a picture by itself

  constructor(stream, changed) {
    this.stream = stream;
    this.changed = changed;
    this.video = document.createElement("video");
    Object.assign(this.video, { muted: true, playsInline: true, disablePictureInPicture: true });
    this.canvas = typeof OffscreenCanvas === "function" ? new OffscreenCanvas(1, 1) : document.createElement("canvas");
    this.pen = this.canvas.getContext("2d", { alpha: false });
  }

  /** Use this browser's camera; the one with this id where there are several. */
  async camera(device = null) {
    try {
      if (!navigator.mediaDevices?.getUserMedia) throw new TypeError("no mediaDevices");
      const which = device ? { deviceId: { exact: device } } : { facingMode: { ideal: "environment" } };
      const media = await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...which, width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } } });
      if (this.#over) return media.getTracks().forEach((track) => track.stop());
      this.#release = () => media.getTracks().forEach((track) => track.stop());
      const [track] = media.getVideoTracks();
      this.device = track.getSettings().deviceId ?? null;
      track.addEventListener("ended", () => this.#fail("The camera is gone: it was unplugged, or the permission was taken back. Plug it in and press the button again."));
      this.video.srcObject = media;
      await this.video.play();
    } catch (error) {
      return this.#fail(cameraTrouble(error));
    }
    this.#begin();
  }

  /** Play a film that was chosen in this page. */
  async play(file) {
    this.film = file.name;
    const place = URL.createObjectURL(file);
    this.#release = () => URL.revokeObjectURL(place);
    this.video.addEventListener("ended", () => this.stop(`All of ${file.name} was played.`));
    this.video.addEventListener("error", () => this.video.error && this.#fail(filmTrouble(this.video.error, file.name)));
    this.video.src = place;
    try {
      await this.video.play();
    } catch (error) {
      return this.#fail(filmTrouble(this.video.error ?? error, file.name));
    }
    this.#begin();
  }

  /** How far a film has been played: 0 to 1; null for a camera. */
  get progress() {
    return this.film && this.video.duration > 0 ? this.video.currentTime / this.video.duration : null;
  }

  /** Stop for good: the camera's light goes off. */
  stop(message = "") {
    this.#end("stopped", message);
  }

  #fail(message) {
    this.#end("failed", message);
  }

  #end(state, message) {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    clearInterval(this.#tick);
    this.#awake?.release();
    this.video.pause();
    this.#release();
    this.video.srcObject = null;
    this.video.removeAttribute("src");
    this.video.load();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
    this.#tell(state, message);
  }

  #tell(state, message = "") {
    if (this.state === state && this.message === message) return;
    Object.assign(this, { state, message });
    this.changed(this);
  }

  // ---- the line ----

  #begin() {
    if (this.#over) return;
    this.#open();
    this.#stayAwake();
    if (this.video.requestVideoFrameCallback) this.video.requestVideoFrameCallback((_, metadata) => this.#shown(metadata));
    const each_ms = this.video.requestVideoFrameCallback ? HIDDEN_MS : WITHOUT_CALLBACK_MS;
    this.#tick = setInterval(() => {  // a hidden tab shows no pictures: take one now and then all the same
      const told = this.#called && !document.hidden;  // then a camera that stands still is seen to stand still
      if (!told && performance.now() - this.#lastPicture_ms >= 0.9 * each_ms) this.#take(null);
    }, each_ms);
  }

  /** A phone that lies there as a camera would turn its screen off, and the camera with it. */
  async #stayAwake() {
    this.#awake = await navigator.wakeLock?.request("screen").catch(() => null);  // refused on a low battery: it then sleeps
    if (this.#over) this.#awake?.release();
  }

  #open() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/api/camera?stream=${encodeURIComponent(this.stream)}`);
    let reason = "";
    this.#socket = socket;
    this.#credit = 0;
    socket.addEventListener("open", () => {
      this.#credit = FIRST_CREDIT;
      this.#tell("live");
    });
    socket.addEventListener("message", ({ data }) => {
      const record = JSON.parse(data);
      if (record.type === "credit") {
        this.#tries = 0;
        this.#credit = Math.min(this.#credit + record.n, FIRST_CREDIT);
      } else if (record.type === "error") reason = record.message;
    });
    socket.addEventListener("close", ({ code, reason: told }) => {
      if (this.#socket !== socket) return;
      if (code === REFUSED) return this.#fail(reason || told || "The server takes no pictures for this source.");
      if (code === ENDED && told) return this.stop(`The server took no more pictures: ${told}.`);
      this.#tell("waiting", reason || "The server does not answer. The picture goes on as soon as it does.");
      this.#timer = setTimeout(() => this.#open(), Math.min(500 * 2 ** this.#tries++, LONGEST_WAIT_MS));
    });
  }

  // ---- pictures ----

  #shown(metadata) {
    if (this.#over) return;
    this.#called = true;
    this.video.requestVideoFrameCallback((_, next) => this.#shown(next));
    this.#take(metadata);
  }

  async #take(metadata) {
    const socket = this.#socket, { videoWidth, videoHeight } = this.video;
    if (this.#over || this.#busy || this.#credit < 1 || !videoWidth || socket?.readyState !== WebSocket.OPEN || socket.bufferedAmount > MOST_BUFFERED) return;
    this.#busy = true;
    this.#lastPicture_ms = performance.now();
    try {
      const taken_s = takenAt(metadata), [width, height] = sentSize(videoWidth, videoHeight);
      if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
      this.pen.drawImage(this.video, 0, 0, width, height);
      const jpeg = await this.#written(), header = new DataView(new ArrayBuffer(HEADER_BYTES));
      header.setFloat64(0, taken_s, true);
      if (this.#over || this.#socket !== socket || socket.readyState !== WebSocket.OPEN) return;
      socket.send(new Blob([header.buffer, jpeg]));
      this.#credit -= 1;
      this.sent += 1;
    } catch (error) {
      this.#fail(`The picture could not be sent: ${error.message}.`);
    } finally {
      this.#busy = false;
    }
  }

  #written() {
    const options = { type: "image/jpeg", quality: QUALITY };
    if (this.canvas.convertToBlob) return this.canvas.convertToBlob(options);
    return new Promise((resolve, reject) => {
      this.canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the browser wrote no picture"))), options.type, options.quality);
    });
  }
}

/** The cameras of this browser, once one may be used: [{id, name}]. The names stay in this page. */
export async function cameras() {
  const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return devices.filter(({ kind, deviceId }) => kind === "videoinput" && deviceId).map(({ deviceId, label }, i) => ({ id: deviceId, name: label || `camera ${i + 1}` }));
}
