// The tasks of the open session in columns, in the order of the plan, and what changed since the
// page was last told. It lives in the session's worker; the page gets arrays of numbers.

import { isOver, stateIndex, taskStates } from "./states.js";

export class TaskTable {
  constructor() { this.clear(); }

  clear() {
    this.records = [];
    this.indexByID = new Map();
    this.states = new Uint8Array(0);
    this.counts = new Uint32Array(taskStates.length);
    this.changed = new Set();
    this.critical = new Set();
  }

  get size() { return this.records.length; }

  /** Takes the list as the API has it. Says whether the graph is another one than before. */
  replace(records) {
    const grown = records.length !== this.size
      || (this.size > 0 && records[0].task_id !== this.records[0].task_id);
    if (grown) {
      this.indexByID = new Map(records.map((record, index) => [record.task_id, index]));
      const states = new Uint8Array(records.length).fill(stateIndex("waiting"));
      states.set(this.states.subarray(0, Math.min(this.states.length, records.length)));
      this.states = states;
    }
    this.records = records;
    for (let index = 0; index < records.length; index += 1) {
      this.takeStatus(index, records[index]);
    }
    this.recount();
    return grown;
  }

  /** A list may have been read before an event that is here already. */
  takeStatus(index, record) {
    const known = taskStates[this.states[index]];
    if (isOver(known) && !isOver(record.status)) record.status = known;
    const state = stateIndex(record.status);
    if (this.states[index] !== state) this.setState(index, state);
  }

  recount() {
    this.counts.fill(0);
    for (const state of this.states) this.counts[state] += 1;
  }

  setState(index, state) {
    this.counts[this.states[index]] -= 1;
    this.counts[state] += 1;
    this.states[index] = state;
    this.changed.add(index);
  }

  /**
   * Takes a task's event. Says false where the task is not known: then the list has to be read
   * again. What has ended stays ended, whatever an older event says.
   */
  takeEvent(event) {
    const index = this.indexByID.get(event.task_id);
    if (index === undefined) return false;
    const record = this.records[index];
    if (isOver(record.status) && !isOver(event.status)) return true;
    record.status = event.status;
    record.latest = event;
    this.setState(index, stateIndex(event.status));
    return true;
  }

  /** What changed since the last call: two arrays of numbers, or null. */
  takeChanges() {
    if (!this.changed.size) return null;
    const indexes = Uint32Array.from(this.changed);
    const states = Uint8Array.from(indexes, (index) => this.states[index]);
    this.changed.clear();
    return { indexes, states };
  }

  /** Whether these counts, of a report of progress, are those of the table. */
  agrees(byStatus, total) {
    if (total !== undefined && total !== this.size) return false;
    return taskStates.every((state, index) => (byStatus?.[state] ?? 0) === this.counts[index]);
  }

  /** A page of the list, as its filters have it. */
  rows({ text, states, offset, limit }) {
    const wanted = text.trim().toLowerCase();
    const inStates = new Set(states.map(stateIndex));
    const rows = [];
    let total = 0;
    for (let index = 0; index < this.size; index += 1) {
      if (inStates.size && !inStates.has(this.states[index])) continue;
      const record = this.records[index];
      const names = `${record.task_id} ${record.task_type}`.toLowerCase();
      if (!names.includes(wanted)) continue;
      if (total >= offset && rows.length < limit) rows.push(this.row(index));
      total += 1;
    }
    return { rows, total, offset };
  }

  row(index) {
    const record = this.records[index];
    const last = record.latest ?? record.executions?.at(-1);
    return { index, id: record.task_id, type: record.task_type,
      status: taskStates[this.states[index]],
      attempts: Math.max(record.executions?.length ?? 0, record.latest?.attempt ?? 0),
      agent: last?.agent ?? record.assigned_agent, worker: last?.worker_id,
      seconds: last?.run_seconds, failure: last?.failure?.message ?? this.earlierFailure(record) };
  }

  /** Why there was another attempt: the latest that failed, with its number. */
  earlierFailure(record) {
    const failed = record.executions?.findLast((execution) => execution.failure);
    return failed && `attempt ${failed.attempt}: ${failed.failure.message}`;
  }

  detail(index) {
    const record = this.records[index];
    if (!record) return null;
    return { ...record, status: taskStates[this.states[index]],
      is_on_critical_path: this.critical.has(record.task_id) };
  }
}
