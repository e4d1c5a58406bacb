// The first page: what the pool is doing, and its sessions, the newest first.

import { sparkline } from "./chart.js";
import { h, reconcile, setText, show } from "./dom.js";
import { count, dayTime, progressPercent, seconds, secondsLeft } from "./format.js";
import { problemBox, toast } from "./notice.js";
import { loadOlder, onPool, pool, slotsOf, throughput } from "./pool.js";
import { sessionIsOver, sessionLabel, sessionTone } from "./states.js";
import { figures, pill, stateBar, updatePill } from "./widgets.js";

const statuses = ["", "in_progress", "pending", "cancelling", "completed", "failed", "cancelled"];

/** Fills `root`; returns how to leave. */
export function sessionsView(root) {
  const summary = figures(["Open sessions", "Running", "Queued", "Slots in use", "Workers",
    "Completed per second"]);
  const spark = sparkline();
  summary.element.lastElementChild.append(spark.element);
  const problem = h("div");
  const body = h("tbody");
  const empty = h("p", { class: "empty", hidden: true });
  const older = h("button", { type: "button", hidden: true, onclick: () => more(older) },
    "Older sessions");
  const filter = h("select", { id: "session-status", onchange: update },
    statuses.map((status) => h("option", { value: status },
      status ? status.replaceAll("_", " ") : "all")));
  const search = h("input", { id: "session-search", type: "search", placeholder: "Question or id",
    "aria-label": "Find sessions by question or id", "data-find": true, oninput: update });

  show(root, h("div", { class: "head" }, h("h1", { class: "grow" }, "Sessions"),
    h("a", { class: "button", href: "#/submit" }, "Submit a plan")), problem, summary.element,
  h("section", { class: "panel", "aria-label": "Sessions" },
    h("header", null, search, h("label", { for: "session-status", class: "soft small" },
      "Status"), filter),
    h("div", { class: "scroll" }, h("table", { class: "sessions cards" },
      h("thead", null, h("tr", null, ["Session", "State", "Progress", "Time left", "Took",
        "Submitted"]
        .map((name) => h("th", { scope: "col" }, name)))), body)), empty,
    h("div", { class: "pager" }, older)));

  function update() {
    show(problem, pool.problem ? problemBox(pool.problem) : null);
    updateSummary(summary, spark);
    const wanted = search.value.trim().toLowerCase();
    const sessions = [...pool.sessions.values()].filter((session) =>
      (!filter.value || session.status === filter.value)
      && (!wanted || `${session.session_id} ${session.query}`.toLowerCase().includes(wanted)))
      .sort((a, b) => (a.submitted_at === b.submitted_at ? 0 : a.submitted_at < b.submitted_at ? 1
        : -1));
    reconcile(body, sessions, (session) => session.session_id, makeRow, updateRow);
    empty.hidden = sessions.length > 0 || !pool.loaded;
    setText(empty, pool.sessions.size ? "No session fits."
      : "No session yet. Submit a plan to begin.");
    older.hidden = !pool.older;
  }
  return onPool(update);
}

async function more(button) {
  button.disabled = true;
  try {
    await loadOlder();
  } catch (error) {
    toast(error.message);
  } finally {
    button.disabled = false;
  }
}

function updateSummary(summary, spark) {
  const load = pool.status?.load_balancing;
  const states = [...pool.workers.values()].map((worker) => worker.state);
  const connected = states.filter((state) => state === "connected").length;
  const slots = [...pool.workers.values()].filter((worker) => worker.state !== "lost")
    .map(slotsOf);
  const busy = slots.reduce((sum, worker) => sum + worker.busy, 0);
  const all = slots.reduce((sum, worker) => sum + worker.all, 0);
  const rates = throughput("");
  summary.set("Open sessions", count(pool.status?.active_sessions));
  summary.set("Running", count(load?.active_executions));
  summary.set("Queued", count(load?.queue_size));
  summary.set("Slots in use", count(busy), `of ${count(all)}`);
  summary.set("Workers", count(connected),
    connected === states.length ? "connected" : `of ${count(states.length)} connected`);
  summary.set("Completed per second", (rates.at(-1) ?? 0).toFixed(1));
  spark.update(rates);
}

const rows = new WeakMap();

function makeRow(session) {
  const bar = stateBar();
  const parts = { bar, state: pill("", "waiting"), done: h("span", { class: "small soft" }),
    left: h("td", { class: "nowrap", "data-label": "Time left" }),
      took: h("td", { class: "nowrap", "data-label": "Took" }) };
  const href = `#/sessions/${encodeURIComponent(session.session_id)}`;
  const row = h("tr", null,
    h("td", null, h("a", { class: "query", href }, session.query || session.session_id),
      h("span", { class: "mono small soft break" }, session.session_id)),
    h("td", null, parts.state),
    h("td", null, parts.done, bar.element), parts.left, parts.took,
    h("td", { class: "nowrap", "data-label": "Submitted" },
      h("time", { datetime: session.submitted_at },
      dayTime(session.submitted_at))));
  rows.set(row, parts);
  return row;
}

function updateRow(row, session) {
  const parts = rows.get(row);
  const progress = session.progress ?? {};
  updatePill(parts.state, sessionLabel(session), sessionTone(session));
  parts.bar.update(progress.tasks_by_status, progress.total_tasks);
  const running = progress.tasks_by_status?.running;
  setText(parts.done, `${progressPercent(progress.progress_percentage)} · `
    + `${count(progress.completed_tasks)} of ${count(progress.total_tasks)} tasks`
    + (running ? ` · ${count(running)} running` : ""));
  const over = sessionIsOver(session);
  setText(parts.left, over ? "" : secondsLeft(progress.seconds_left) ?? "not known yet");
  const end = session.ended_at ? new Date(session.ended_at) : new Date();
  setText(parts.took, seconds((end - new Date(session.submitted_at)) / 1000));
}
