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

/** Tasks with the same reason and, but for numbers and names of dependencies, the same message. */
function grouped(tasks) {
  const groups = new Map();
  for (const task of tasks) {
    if (idle.has(task.reason) || !task.reason) continue;
    const same = task.reason === "waits_for_dependencies" ? "" : task.message;
    const key = `${task.reason}\n${same}`;
    if (!groups.has(key)) {
      if (groups.size >= groupsKept) continue;
      groups.set(key, { reason: task.reason, message: same
        || "their dependencies have not ended yet",
        wakes: same ? task.wakes : "the end of these tasks", count: 0, examples: [],
        soonest: undefined });
    }
    const group = groups.get(key);
    group.count += 1;
    if (group.examples.length < examplesKept) group.examples.push(task.task_id);
    const until = task.seconds_until;
    if (until !== undefined) group.soonest = Math.min(group.soonest ?? until, until);
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}
