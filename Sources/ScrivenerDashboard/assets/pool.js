// What the page knows of the pool: sessions, workers and status, kept current while it is looked
// at. The source is the pool's event stream; a coordinator that has none is asked every two
// seconds. Nothing is asked while the page is hidden: a browser has six connections to a host for
// all tabs.

import { get } from "./api.js";
import { sessionIsOver } from "./states.js";

const pollEvery = 2_000;
const statusEvery = 5_000;
const streamAgainAfter = 60_000;
const pageSize = 50;
const sessionsKept = 1_000;
const samplesKept = 120;

export const pool = {
  /** Sessions by id, those of the pages that were asked for and those that changed since. */
  sessions: new Map(),
  workers: new Map(),
  status: null,
  /** Whether something has come yet, and what is wrong now. */
  loaded: false,
  problem: null,
  link: "broken",
  /** Where the next older page of sessions begins. */
  older: null,
  /** Completed executions over time by worker, and of all under the empty name. */
  samples: new Map(),
};

const listeners = new Set();
let source = null;
let timer = null;
/** Counts starts and stops: what was begun before the last of them has no successor. */
let turn = 0;
let streamRefusedAt = 0;
let scheduled = false;

/** Calls back after changes, at most once a frame. Returns how to stop that. */
export function onPool(callback) {
  listeners.add(callback);
  if (pool.loaded || pool.problem) callback();
  return () => listeners.delete(callback);
}

export function startPool() {
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
  if (!document.hidden) start();
}

function start() {
  stop();
  openStream();
}

function stop() {
  turn += 1;
  source?.close();
  source = null;
  clearTimeout(timer);
}

function changed() {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    for (const listener of [...listeners]) listener();
  });
}

function openStream() {
  source = new EventSource("/v1/events");
  const on = (name, take) => source.addEventListener(name, (event) => {
    take(JSON.parse(event.data));
    link("live", null);
  });
  on("snapshot", (snapshot) => {
    takeWorkers(snapshot.workers ?? []);
    for (const session of snapshot.sessions ?? []) takeSession(session);
    if (snapshot.status) pool.status = snapshot.status;
    // What ended while nobody listened is in no snapshot of what is open.
    follow(turn, true);
  });
  // A session that is not kept any more comes without itself.
  on("session", ({ session }) => { if (session) takeSession(session); });
  on("progress", (progress) => {
    const session = pool.sessions.get(progress.session_id);
    // What an answer has shown meanwhile may be newer.
    if (!session || session.progress.revision > progress.revision) return;
    takeSession({ ...session, progress, status: progress.status,
      session_state: progress.current_state ?? session.session_state });
  });
  on("worker", ({ worker }) => pool.workers.set(worker.worker_id, worker));
  on("reset", () => { pool.workers.clear(); });
  source.addEventListener("error", () => {
    if (source?.readyState !== EventSource.CLOSED) { link("broken", null); return; }
    stop();
    streamRefusedAt = performance.now();
    poll(turn);
  });
}

/** Counters come with no event of their own; load and throughput are looked at now and then. */
async function follow(own, withSessions) {
  await refresh(withSessions);
  if (own !== turn) return;
  clearTimeout(timer);
  timer = setTimeout(() => follow(own, false), statusEvery);
}

async function poll(own) {
  await refresh(true);
  if (own !== turn) return;
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (performance.now() - streamRefusedAt > streamAgainAfter) start();
    else poll(own);
  }, pollEvery);
}

async function refresh(withSessions) {
  try {
    const [status, workers, page] = await Promise.all([get("/v1/status"), get("/v1/workers"),
      withSessions ? get(`/v1/sessions?limit=${pageSize}`) : null]);
    pool.status = status;
    takeWorkers(workers.workers);
    if (page) takePage(page, pool.older === null);
    sample();
    link(source ? "live" : "polling", null);
  } catch (error) {
    link("broken", error);
  }
}

function takePage(page, isNewest) {
  for (const session of page.sessions) takeSession(session);
  if (isNewest || !page.next) pool.older = page.next ?? "";
}

/** Asks for the sessions before those that are known. */
export async function loadOlder() {
  const page = await get(`/v1/sessions?limit=${pageSize}&after=${encodeURIComponent(pool.older)}`);
  pool.older = page.next ?? "";
  for (const session of page.sessions) takeSession(session);
  changed();
}

/** Takes a session as an answer shows it. */
export function takeSession(session) {
  pool.sessions.set(session.session_id, session);
  if (pool.sessions.size > sessionsKept) {
    const oldest = [...pool.sessions.values()].filter(sessionIsOver)
      .sort((a, b) => (a.submitted_at < b.submitted_at ? -1 : 1))[0];
    if (oldest) pool.sessions.delete(oldest.session_id);
  }
  changed();
}

function takeWorkers(workers) {
  pool.workers = new Map(workers.map((worker) => [worker.worker_id, worker]));
}

function link(state, problem) {
  pool.loaded ||= state !== "broken";
  pool.link = state;
  pool.problem = problem;
  changed();
}

/** Slots that are taken and that there are, over the instances of a worker. */
export function slotsOf(worker) {
  let busy = 0;
  let all = 0;
  let done = 0;
  for (const instance of worker.instances ?? []) {
    busy += instance.current_executions;
    all += instance.max_concurrent_executions;
    done += instance.successful_executions;
  }
  return { busy, all, done };
}

function sample() {
  const at = performance.now();
  let total = 0;
  for (const worker of pool.workers.values()) {
    const { done } = slotsOf(worker);
    total += done;
    record(worker.worker_id, at, done);
  }
  record("", at, total);
  for (const name of pool.samples.keys()) {
    if (name && !pool.workers.has(name)) pool.samples.delete(name);
  }
}

function record(name, at, done) {
  const samples = pool.samples.get(name) ?? [];
  samples.push({ at, done });
  if (samples.length > samplesKept) samples.shift();
  pool.samples.set(name, samples);
}

/** Completed executions per second, step by step, since this page has looked. */
export function throughput(name) {
  const samples = pool.samples.get(name) ?? [];
  return samples.slice(1).map((sample, index) => {
    const before = samples[index];
    const seconds = Math.max((sample.at - before.at) / 1000, 0.001);
    return Math.max(0, sample.done - before.done) / seconds;
  });
}
