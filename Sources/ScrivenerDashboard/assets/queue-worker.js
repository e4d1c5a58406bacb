// Reads the diagnostics of open sessions off the page's thread, and keeps how many of their tasks
// wait for which reason: a diagnosis of ten thousand tasks is some megabytes.

import { get, sessionPath } from "./api.js";

const examplesKept = 8;
const groupsKept = 50;
const idle = new Set(["ended", "running"]);

onmessage = async ({ data: { sessions } }) => {
  const answer = [];
  for (const session of sessions) {
    try {
      const { dependency_graph: graph } = await get(`${sessionPath(session)}/diagnostics`);
      answer.push({ session, groups: grouped(graph.tasks) });
    } catch (error) {
      answer.push({ session, failure: error.message, groups: [] });
    }
  }
  postMessage(answer);
};

/** Tasks that wait for the same; what would be too many groups is put together by its reason. */
function grouped(tasks) {
  const groups = new Map();
  for (const task of tasks) {
    if (idle.has(task.reason) || !task.reason) continue;
    const group = groupFor(task, groups);
    group.count += 1;
    if (group.examples.length < examplesKept) group.examples.push(task.task_id);
    const until = task.seconds_until;
    if (until !== undefined) group.soonest = Math.min(group.soonest ?? until, until);
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

function groupFor({ reason, message, wakes }, groups) {
  // What each waits for has a name of its own, and is looked up at the task.
  const general = reason === "waits_for_dependencies";
  const exact = `${reason}\n${message}`;
  const key = !general && (groups.has(exact) || groups.size < groupsKept) ? exact : reason;
  if (!groups.has(key)) {
    groups.set(key, { reason, count: 0, examples: [], soonest: undefined,
      message: key === exact ? message : general ? "for tasks that have not ended"
        : "for several things of this kind", wakes: key === exact ? wakes : undefined });
  }
  return groups.get(key);
}
