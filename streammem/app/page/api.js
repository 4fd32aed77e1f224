// HTTP with one kind of error, whose text can be shown as it is.

const PATIENCE_MS = 30_000;

/** What went wrong: `message` says what to do, `kind` is the server's class of error, `status` 0 where nothing answered. */
export class ApiError extends Error {
  constructor(message, { kind = "NetworkError", status = 0, nearest = [] } = {}) {
    super(message);
    this.name = "ApiError";
    this.kind = kind;
    this.status = status;
    this.nearest = nearest;
  }
}

/** Words that the server offers in place of one that it does not know. */
export function nearestWords(record) {
  if (Array.isArray(record.nearest)) return record.nearest;
  const listed = /the nearest are ((?:'[^']+'(?:, )?)+)/.exec(record.error ?? "");
  return listed ? [...listed[1].matchAll(/'([^']+)'/g)].map(([, word]) => word) : [];
}

/** A path with its parameters; those that are null or undefined are left out. */
export function address(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined);
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return query ? `${path}?${query}` : path;
}

const TOLD = {
  401: "this page is not signed in: open the address that streammem live printed",
  403: "the server refused this page: open the address that streammem live printed",
  413: "that is larger than the server takes: choose a smaller picture",
  429: "too many requests at once: wait a moment and try again",
};

async function failure(response) {
  let record = {};
  try {
    record = await response.json();
  } catch {
    record = {};  // a proxy's page, or nothing: the status has to do
  }
  const message = typeof record.error === "string" ? record.error : TOLD[response.status] ?? `the server answered ${response.status}`;
  return new ApiError(message, { kind: record.kind ?? "HttpError", status: response.status, nearest: nearestWords(record) });
}

/** The server's verbs. `refused` is called when the session is no longer good. */
export function makeApi(refused) {
  async function call(method, path, { body, type } = {}) {
    const headers = type ? { "Content-Type": type } : {};
    let response;
    try {
      response = await fetch(path, { method, headers, body, credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    } catch (error) {
      const late = error.name === "TimeoutError";
      throw new ApiError(late ? "the server took longer than 30 s: it may be busy, try again" : "the server does not answer: is streammem live still running?");
    }
    if (!response.ok) {
      const error = await failure(response);
      if (response.status === 401) refused(error);
      throw error;
    }
    return response.status === 204 ? null : response.json();
  }
  const json = (method) => (path, record = {}) => call(method, path, { body: JSON.stringify(record), type: "application/json" });
  return {
    get: (path, parameters) => call("GET", address(path, parameters)),
    post: json("POST"),
    /** An image as the body: `picture` is a Blob whose type begins with image/. */
    postPicture: (path, picture, parameters) => call("POST", address(path, parameters), { body: picture, type: picture.type }),
    remove: (path) => call("DELETE", path),
  };
}
