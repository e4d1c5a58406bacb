// The states of a task in the order of its life, and the colour that stands for what a session
// does. Colours are those of base.css; shapes and words say the same, for whoever cannot tell them
// apart.

export const taskStates = ["completed", "running", "cancelling", "backing_off", "ready", "held",
  "waiting", "failed", "lost", "skipped", "cancelled"];

/** An unknown state, of a coordinator that is newer than this page, is drawn as waiting. */
const unknownState = taskStates.indexOf("waiting");

export const glyphs = { completed: "✓", running: "▶", cancelling: "◼", backing_off: "↻",
  ready: "○",
  held: "‖", waiting: "·", failed: "✕", lost: "?", skipped: "»", cancelled: "–" };

const over = new Set(["completed", "failed", "lost", "skipped", "cancelled"]);

export function isOver(state) { return over.has(state); }

export function stateIndex(state) {
  const index = taskStates.indexOf(state);
  return index < 0 ? unknownState : index;
}

/** What a session is called: its state where that says more than its status. */
export function sessionLabel(session) {
  if (session.session_state === "paused" && !session.ended_at) return "paused";
  if (session.status === "completed" && session.session_state === "partial") return "partial";
  if (session.status === "in_progress") return session.session_state ?? "in_progress";
  return session.status ?? "pending";
}

const tones = { pending: "ready", paused: "held", cancelling: "cancelling", completed: "completed",
  partial: "backing_off", failed: "failed", cancelled: "cancelled" };

export function sessionTone(session) { return tones[sessionLabel(session)] ?? "running"; }

export function sessionIsOver(session) {
  return Boolean(session.ended_at) || ["completed", "failed",
    "cancelled"].includes(session.status);
}

const workerTones = { connected: "completed", suspect: "backing_off", draining: "held",
  awaited: "waiting", lost: "failed", ready: "completed", busy: "running", initializing: "waiting",
  degraded: "backing_off", failed: "failed", closed: "completed", open: "failed",
  half_open: "backing_off", probing: "backing_off" };

/** Of a worker, an instance or a circuit breaker. */
export function healthTone(state) { return workerTones[state] ?? "waiting"; }
