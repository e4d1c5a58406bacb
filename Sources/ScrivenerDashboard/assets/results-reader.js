// Reads a session's results and keeps what the page shows: figures, sources, the report. The
// payloads of tasks can be many and large; they stay where they are.

import { Problem } from "./api.js";

/** The largest document that is read. A larger one is for the command line. */
const bytesAtMost = 64 * 1024 * 1024;

export async function readResults(path) {
  const response = await fetch(path, { cache: "no-store" });
  if (!response.ok) throw new Problem(response.status, await response.json().catch(() => ({})));
  const document = JSON.parse(await readBounded(response));
  const { tasks, ...rest } = document;
  return { ...rest, report: reportOf(tasks), payloads: tasks.length > 50 ? null
    : payloadsOf(tasks) };
}

async function readBounded(response) {
  const decoder = new TextDecoder();
  const parts = [];
  let size = 0;
  const reader = response.body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    size += read.value.byteLength;
    if (size > bytesAtMost) {
      throw new Error(`the results are larger than the ${bytesAtMost >> 20} MiB that are read; `
        + "`scrivener session results ID --output json` has them");
    }
    parts.push(decoder.decode(read.value, { stream: true }));
  }
  return parts.join("") + decoder.decode();
}

/** The report is the payload of the task that said so; of several the last, as in the results. */
function reportOf(tasks) {
  const final = tasks.findLast(({ findings, payload }) =>
    findings?.document?.is_final && typeof payload?.markdown === "string");
  return final ? { task: final.task.task_id, markdown: final.payload.markdown } : null;
}

function payloadsOf(tasks) {
  return tasks.filter(({ payload }) => payload !== undefined).map(({ task, payload }) => {
    const text = JSON.stringify(payload, null, 2);
    const shown = 2_000;
    return { task: task.task_id, size: text.length,
      text: text.length > shown ? `${text.slice(0, shown)}…` : text };
  });
}
