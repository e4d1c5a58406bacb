// The session that is looked at, off the page's thread: its event stream, its list of tasks, the
// graph's layout, the lanes of the timeline, its results. What costs more than a moment happens
// here, so that the page answers at once also while ten thousand tasks run.
//
// Messages in: {op, ...}; out: {type, ...}. The page has one such worker for one session, and ends
// it with the view.

import { get, sessionPath, taskPath } from "./api.js";
import { layoutGraph } from "./graph-layout.js";
import { lanesOf } from "./lanes.js";
import { readResults } from "./results-reader.js";
import { sessionIsOver } from "./states.js";
import { TaskTable } from "./task-table.js";

const flushEvery = 150;
const refreshEvery = 1_000;
/** With a stream that tells of each task the list is only read to make sure. */
const verifyEvery = 5_000;
/** A list is asked for again after so many times as long as it took: large ones come less often.
   */
const restFactor = 4;

const table = new TaskTable();
let id = null;
let session = null;
let stream = null;
let tellsTasks = false;
let dirty = false;
let reading = null;
let following = null;
let lastTook = 0;
let lastRefresh = -Infinity;
let flushTimer = null;
let refreshTimer = null;

const operations = {
  open(message) { id = message.id; connect(); refresh(); },
  /** The page is hidden or shown: nothing is read meanwhile. */
  visible({ visible }) {
    if (!visible) disconnect();
    else if (id && !stream && !(session && sessionIsOver(session))) { connect(); refresh(); }
  },
  refresh() { refresh(); },
  rows(message) { return table.rows(message); },
  /** Events say that an attempt ended, and not what it came to: its attempts are asked for.
     Where they cannot be had, the rest of the task is still to be seen. */
  async task({ index }) {
    const task = table.detail(index);
    if (!task) return null;
    try {
      const { attempts } = await get(`${taskPath(id, task.task_id)}/attempts`);
      return { ...task, executions: attempts };
    } catch (error) {
      return { ...task, unread: error.message };
    }
  },
  find({ task }) { return table.indexByID.get(task) ?? null; },
  async diagnostics() {
    const document = await get(`${sessionPath(id)}/diagnostics`);
    table.critical = new Set(document.performance.critical_path.map((step) => step.task_id));
    delete document.dependency_graph;
    return document;
  },
  async timeline() {
    await Promise.all([operations.diagnostics(), refresh()]);
    return { ...lanesOf(table.records, Date.parse(session.submitted_at), table.critical),
      now: (Date.now() - Date.parse(session.submitted_at)) / 1000, over: sessionIsOver(session) };
  },
  results() { return readResults(`${sessionPath(id)}/results`); },
};

onmessage = async ({ data }) => {
  try {
    const answer = await operations[data.op](data);
    if (data.number) postMessage({ type: "answer", number: data.number, answer });
  } catch (error) {
    const { message, code } = error;
    if (data.number) postMessage({ type: "answer", number: data.number,
      failure: { message, code } });
    else postMessage({ type: "link", state: "broken", message });
  }
};

function connect() {
  disconnect();
  stream = new EventSource(`${sessionPath(id)}/events`);
  const on = (name, take) => stream.addEventListener(name, (event) => {
    take(JSON.parse(event.data));
    postMessage({ type: "link", state: "live" });
  });
  on("snapshot", (snapshot) => { tellsTasks = true; takeSession(snapshot.session); });
  on("progress", takeProgress);
  on("task", (event) => { if (table.takeEvent(event)) dirtied(); else scheduleRefresh(); });
  on("reset", () => { table.clear(); scheduleRefresh(); });
  on("end", () => { disconnect(); refresh(); });
  stream.addEventListener("error", () => {
    postMessage({ type: "link", state: "broken",
      message: "the coordinator does not answer; trying again" });
    // Refused, and not broken off: the browser does not try again by itself.
    if (stream?.readyState === EventSource.CLOSED) {
      disconnect();
      refreshTimer ??= setTimeout(() => { refreshTimer = null; connect(); refresh(); }, 5_000);
    }
  });
}

function disconnect() {
  stream?.close();
  stream = null;
}

function takeSession(next) {
  session = next;
  postMessage({ type: "session", session });
  check(session.progress);
}

function takeProgress(progress) {
  if (!session) return;
  // The stream tells which tasks run and which have ended, and not which are held or ready.
  if (progress.current_state !== session.session_state) refresh();
  takeSession({ ...session, progress, status: progress.status,
    session_state: progress.current_state ?? session.session_state });
}

/** Reads the list again where it does not agree with what the session says of itself. */
function check(progress) {
  if (progress && !table.agrees(progress.tasks_by_status, progress.total_tasks)) scheduleRefresh();
}

function scheduleRefresh() {
  if (refreshTimer !== null) return;
  const rest = Math.max(tellsTasks ? verifyEvery : refreshEvery, lastTook * restFactor);
  const wait = Math.max(0, lastRefresh + rest - performance.now());
  refreshTimer = setTimeout(() => { refreshTimer = null; refresh(); }, wait);
}

/**
 * Reads session and tasks. Who asks while that is done wants to see what has happened since, so
 * it is done once more, for all who asked.
 */
function refresh() {
  if (!reading) {
    reading = readAll();
    reading.then(() => { reading = null; });
    return reading;
  }
  following ??= reading.then(() => { following = null; return refresh(); });
  return following;
}

async function readAll() {
  const began = performance.now();
  try {
    const [nextSession, { tasks }] = await Promise.all([get(sessionPath(id)),
      get(`${sessionPath(id)}/tasks`)]);
    const grown = table.replace(tasks);
    if (grown) sendGraph();
    session = nextSession;
    postMessage({ type: "session", session });
    dirtied();
    if (sessionIsOver(session)) { disconnect(); postMessage({ type: "link", state: "over" }); }
  } catch (error) {
    postMessage({ type: "link", state: "broken", message: error.message, code: error.code });
    // What is not there will not come; anything else may.
    if (error.status !== 404) scheduleRefresh();
  } finally {
    lastRefresh = performance.now();
    lastTook = lastRefresh - began;
  }
}

function sendGraph() {
  const layout = layoutGraph(table.records, table.indexByID);
  table.changed.clear();
  postMessage({ type: "graph", layout, states: table.states.slice(),
    ids: table.records.map((record) => record.task_id),
    types: table.records.map((record) => record.task_type) });
}

/** Tells the page of changed states, many at once. */
function dirtied() {
  dirty = true;
  flushTimer ??= setTimeout(() => {
    flushTimer = null;
    if (!dirty) return;
    dirty = false;
    const changes = table.takeChanges();
    if (changes) postMessage({ type: "states", ...changes });
  }, flushEvery);
}
