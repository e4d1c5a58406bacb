// The timeline of a session: every attempt as a bar in a lane, lanes by worker and slot. A bar is
// as long as the attempt was at work: its run time before its end, as in docs/results.md; before
// that it waited on its worker. The API names the worker of an attempt and not its slot: a lane is
// the first of the worker's that is free then, so there are as many as slots were in use at once.

const lanesAtMost = 2_000;
/** Stamps are whole milliseconds of another clock than run times. */
const tolerance = 5;
/** What may have become of an attempt, by number. */
export const outcomes = ["completed", "running", "failed", "cancelled", "lost", "superseded"];
/** The states whose colours stand for these outcomes. */
export const outcomeStates = ["completed", "running", "failed", "cancelled", "lost", "skipped"];

/**
 * @param records tasks as the API has them @param origin when the session was submitted, in
 * milliseconds @param critical ids of the tasks of the critical path
 */
export function lanesOf(records, origin, critical) {
  const attempts = attemptsByTime(records);
  const workers = new Map();
  const bars = { start: new Float64Array(attempts.length), end: new Float64Array(attempts.length),
    lane: new Int32Array(attempts.length), task: new Uint32Array(attempts.length),
    attempt: new Uint16Array(attempts.length), outcome: new Uint8Array(attempts.length),
    critical: new Uint8Array(attempts.length) };
  const chosen = attempts.map((attempt, bar) => {
    const slots = workers.get(attempt.worker) ?? [];
    workers.set(attempt.worker, slots);
    let slot = slots.findIndex((freeFrom) => freeFrom <= attempt.from + tolerance);
    if (slot < 0) slot = slots.length;
    slots[slot] = attempt.to;
    bars.start[bar] = (attempt.from - origin) / 1000;
    bars.end[bar] = attempt.running ? NaN : (attempt.to - origin) / 1000;
    bars.task[bar] = attempt.task;
    bars.attempt[bar] = attempt.number;
    bars.outcome[bar] = attempt.outcome;
    bars.critical[bar] = attempt.decides && critical.has(records[attempt.task].task_id) ? 1 : 0;
    return slot;
  });
  const { lanes, first } = lanesByWorker(workers);
  attempts.forEach((attempt, bar) => { bars.lane[bar] = first.get(attempt.worker)
    + chosen[bar]; });
  return { bars, lanes: lanes.slice(0, lanesAtMost), left_out: Math.max(0,
    lanes.length - lanesAtMost) };
}

function attemptsByTime(records) {
  const attempts = [];
  records.forEach((record, task) => {
    const own = record.executions ?? [];
    const decides = own.find((execution) => execution.outcome === "completed") ?? own.at(-1);
    for (const execution of own) {
      const dispatched = Date.parse(execution.dispatched_at);
      if (Number.isNaN(dispatched)) continue;
      const running = !execution.ended_at;
      // A wall clock may have been set back: what ends before it begins takes no time.
      const to = running ? Infinity : Math.max(dispatched, Date.parse(execution.ended_at));
      const from = running || execution.run_seconds === undefined ? dispatched
        : Math.max(dispatched, to - execution.run_seconds * 1_000);
      attempts.push({ task, from, to, running, worker: execution.worker_id,
        number: execution.attempt,
        outcome: Math.max(0, outcomes.indexOf(execution.outcome)),
          decides: execution === decides });
    }
  });
  return attempts.sort((a, b) => a.from - b.from);
}

function lanesByWorker(workers) {
  const lanes = [];
  const first = new Map();
  for (const worker of [...workers.keys()].sort()) {
    first.set(worker, lanes.length);
    workers.get(worker).forEach((_, slot) => lanes.push({ worker, slot: slot + 1 }));
  }
  return { lanes, first };
}
