// The coordinator's HTTP API, as docs/api.md has it: nothing here is for the dashboard alone.

/** An answer that was none: the coordinator's problem document, or what the network said. */
export class Problem extends Error {
  constructor(status, document) {
    super(document.detail ?? document.title ?? `the coordinator answered with ${status}`);
    this.status = status;
    this.code = document.code ?? "unknown";
    this.errors = document.errors ?? [];
  }
}

const patience = 60_000;

export function sessionPath(id) { return `/v1/sessions/${encodeURIComponent(id)}`; }

export function taskPath(session, task) {
  return `${sessionPath(session)}/tasks/${encodeURIComponent(task)}`;
}

export async function get(path, signal) { return answer(await request(path, { signal })); }

/** POST of JSON, or without a body. */
export async function post(path, body) {
  const options = { method: "POST" };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  return answer(await request(path, options));
}

/** Submits a plan; the key makes it safe to send it again when no answer came. */
export async function submitPlan(text, mediaType, key) {
  return answer(await request("/v1/sessions", {
    method: "POST", body: text, headers: { "Content-Type": mediaType, "Idempotency-Key": key } }));
}

/** Runs a session that has ended again; the key sees to it that one request opens one session. */
export async function rerunSession(id, only) {
  return answer(await request(`${sessionPath(id)}/rerun`, {
    method: "POST", body: JSON.stringify({ only }),
    headers: { "Content-Type": "application/json", "Idempotency-Key": newKey() } }));
}

/** A key that nobody else has. A page over plain HTTP from another host is no secure context, and
    has no `crypto.randomUUID`. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)),
    (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function request(path, options) {
  const late = AbortSignal.timeout(patience);
  const signal = options.signal ? AbortSignal.any([options.signal, late]) : late;
  try {
    return await fetch(path, { ...options, signal, cache: "no-store" });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    const detail = late.aborted
      ? `no answer from the coordinator in ${patience / 1000} s (${path})`
      : `the coordinator cannot be reached (${path})`;
    throw new Problem(0, { detail, code: "unreachable" });
  }
}

async function answer(response) {
  if (response.status === 204) return null;
  if (response.ok) return response.json();
  // The log-in has ended. A worker has no page to show that; the page's own requests find it out.
  if (response.status === 401 && globalThis.document) location.assign(`/login${location.hash}`);
  let document = {};
  try { document = await response.json(); } catch { /* an answer of something in between */ }
  throw new Problem(response.status, document);
}
