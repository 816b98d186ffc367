// The gateway's HTTP interface. Answers are JSON; what is refused becomes an ApiError with the problem's code.

/** What the gateway refused, or that it did not answer (`code` "unreachable", `status` 0). */
export class ApiError extends Error {
  constructor(status, code, detail, { errors = [], retryAfter = 0, body = null } = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.retryAfter = retryAfter;
    this.body = body;
  }

  /** Whether the same request may work a moment later. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const TIMEOUT_MS = 15_000;
const PREFIX = "urn:ioc:problem:";

/** Random id of 128 bits, for Idempotency-Key; works over plain HTTP too, where crypto.randomUUID is not there. */
export function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** `{a: 1, b: ["x", "y"], c: null}` as `?a=1&b=x%2Cy`; what is null, undefined, "" or [] is left out. */
export function query(params = {}) {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    const text = Array.isArray(value) ? value.join(",") : value;
    if (text !== null && text !== undefined && text !== "") parts.set(name, String(text));
  }
  const text = parts.toString();
  return text ? `?${text}` : "";
}

/**
 * @param csrf token that changes need beside the cookie: () => string
 * @param onUnauthorized called where the session no longer holds
 * @param onDate told the server's time of each answer, ms
 */
export function createApi({ csrf, onUnauthorized, onDate }) {
  /** Send a request; `read` takes what is wanted of the answer, within the same time. */
  async function send(method, path, { params, body, headers = {}, signal, timeoutMs = TIMEOUT_MS, cache = "no-store" } = {}, read) {
    const all = { accept: "application/json", ...headers };
    if (body !== undefined && !(body instanceof Blob)) all["content-type"] ??= "application/json";
    if (method !== "GET") all["x-csrf-token"] = csrf();
    const ended = new AbortController();
    const timer = timeoutMs ? setTimeout(() => ended.abort(), timeoutMs) : 0;
    const stop = () => ended.abort();
    signal?.addEventListener("abort", stop);
    if (signal?.aborted) stop();
    try {
      const answer = await fetch(path + query(params), {
        method,
        headers: all,
        body: body === undefined || body instanceof Blob ? body : JSON.stringify(body),
        signal: ended.signal,
        credentials: "same-origin",
        cache,
      });
      const date = Date.parse(answer.headers.get("date") ?? "");
      if (date) onDate?.(date);
      if (!answer.ok) throw await refusal(answer);
      return await read(answer);
    } catch (error) {
      if (signal?.aborted) throw error;
      if (error instanceof ApiError) {
        if (error.status === 401 && error.code === "unauthorized") onUnauthorized?.();
        throw error;
      }
      throw new ApiError(0, "unreachable", String(error?.message ?? error));
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
  }

  const json = (method, path, options) =>
    send(method, path, options, (answer) => (answer.status === 204 ? null : answer.json()));

  return {
    /** JSON of a GET: `get("/v1/incidents", {status: ["routed"]}, {signal})`; `cache: "default"` lets the browser keep it as the gateway says. */
    get: (path, params, options) => json("GET", path, { ...options, params }),
    /** JSON of a POST with a JSON body (or a Blob as it is). */
    post: (path, body, options) => json("POST", path, { ...options, body }),
    /** DELETE; a body where there is one. */
    del: (path, body, options) => json("DELETE", path, { ...options, body }),
    /** What `read` takes of the answer itself: for streams and files. `timeoutMs: 0` waits for good. */
    raw: (method, path, options, read) => send(method, path, options, read),
    /** Every page of a list, one after the other: `for await (const page of api.pages("/v1/incidents", params))`. */
    async *pages(path, params, options) {
      let after;
      do {
        const page = await json("GET", path, { ...options, params: { ...params, after } });
        yield page;
        after = page.next;
      } while (after);
    },
    /** An operator's action on an incident; the same `id` again is the same command. */
    act: (incidentId, action, { reason, args, version, id = newId() } = {}) =>
      json("POST", `/v1/incidents/${encodeURIComponent(incidentId)}/actions`, {
        headers: { "idempotency-key": id },
        body: { action, reason: reason ?? "", arguments: args ?? {}, ...(version ? { expected_version: version } : {}) },
      }),
  };
}

async function refusal(answer) {
  let body = null;
  try {
    body = await answer.json();
  } catch {
    // A proxy's page: the status has to do.
  }
  const type = typeof body?.type === "string" ? body.type : "";
  const code = type.startsWith(PREFIX) ? type.slice(PREFIX.length) : `http-${answer.status}`;
  return new ApiError(answer.status, code, body?.detail ?? answer.statusText, {
    errors: body?.errors ?? [],
    retryAfter: Number(answer.headers.get("retry-after")) || 0,
    body,
  });
}
