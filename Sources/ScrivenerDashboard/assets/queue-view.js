// What waits in the pool, and why: of each open session how many tasks wait for which reason, and
// what will move them.

import { h, setText, show } from "./dom.js";
import { count, plural, seconds, words } from "./format.js";
import { problemBox } from "./notice.js";
import { onPool, pool } from "./pool.js";
import { sessionIsOver } from "./states.js";
import { figures } from "./widgets.js";

const sessionsAsked = 20;
const askEvery = 3_000;

/** Fills `root`; returns how to leave. */
export function queueView(root) {
  const worker = new Worker("/assets/queue-worker.js", { type: "module" });
  const summary = figures(["Ready and waiting", "Running", "Free slots", "Open sessions"]);
  const problem = h("div");
  const agents = h("tbody");
  const list = h("div");
  let timer = null;
  let began = 0;
  show(root, h("div", { class: "head" }, h("h1", { class: "grow" }, "Queue")), problem,
    summary.element, list,
    h("section", { class: "panel", "aria-labelledby": "load-title" },
      h("header", null, h("h2", { id: "load-title" }, "Agents")),
      h("div", { class: "scroll" }, h("table", { class: "cards" },
        h("thead", null, h("tr", null, h("th", { scope: "col" }, "Agent"),
        ["Instances", "Running", "Free slots", "Average"].map((name) =>
          h("th", { scope: "col", class: "number" }, name)))), agents))));

  function ask() {
    if (document.hidden || !pool.loaded) { timer = setTimeout(ask, 500); return; }
    began = performance.now();
    worker.postMessage({ sessions: openSessions().slice(0, sessionsAsked)
      .map((session) => session.session_id) });
  }
  worker.onmessage = ({ data }) => {
    const open = openSessions().length;
    show(list, data.length ? data.map(sessionPanel)
      : h("p", { class: "panel empty" }, "No session is open: nothing waits."),
    open > sessionsAsked ? h("p", { class: "soft" },
      `The ${sessionsAsked} latest of ${count(open)} open sessions.`) : null);
    timer = setTimeout(ask, Math.max(askEvery, (performance.now() - began) * 4));
  };
  const stop = onPool(() => {
    show(problem, pool.problem ? problemBox(pool.problem) : null);
    const load = pool.status?.load_balancing;
    summary.set("Ready and waiting", count(load?.queue_size));
    summary.set("Running", count(load?.active_executions));
    summary.set("Free slots", count(load?.available_slots));
    summary.set("Open sessions", count(pool.status?.active_sessions));
    show(agents, Object.entries(load?.agent_metrics ?? {}).map(agentRow));
  });
  ask();
  return () => { stop(); clearTimeout(timer); worker.terminate(); };
}

function openSessions() {
  return [...pool.sessions.values()].filter((session) => !sessionIsOver(session))
    .sort((a, b) => (a.submitted_at < b.submitted_at ? 1 : -1));
}

function agentRow([name, load]) {
  const numbers = { Instances: count(load.instances), Running: count(load.active_executions),
    "Free slots": count(load.available_slots), Average: seconds(load.average_execution_time) };
  return h("tr", null, h("td", { class: "mono break" }, name),
    Object.entries(numbers).map(([label, value]) =>
    h("td", { class: "number", "data-label": label }, value)));
}

function sessionPanel({ session, groups, failure }) {
  const known = pool.sessions.get(session);
  const total = groups.reduce((sum, group) => sum + group.count, 0);
  const base = `#/sessions/${encodeURIComponent(session)}/tasks`;
  const title = h("a", { href: base, class: "break" }, known?.query || session);
  const list = h("ul", { class: "reasons" }, groups.map((group) => h("li", null,
    h("span", { class: "count" }, count(group.count)),
    h("div", null, h("h3", null, words(group.reason)), h("p", { class: "break" }, group.message),
      group.wakes ? h("p", { class: "soft" }, `Moves when: ${group.wakes}`) : null,
      group.soonest !== undefined ? h("p", { class: "soft" },
        `The first in ${seconds(group.soonest)} at the latest.`) : null,
      h("div", { class: "chips" }, group.examples.map((task) => h("span", null, task)),
        group.count > group.examples.length ? h("span", null,
          `and ${count(group.count - group.examples.length)} more`) : null)))));
  const panel = h("section", { class: "panel", "data-queue": session },
    h("header", null, h("h2", { class: "grow" }, title), h("span", { class: "soft" })), list);
  setText(panel.querySelector("header span"),
    failure ?? (total ? `${plural(total, "task")} waiting` : "nothing waits"));
  return panel;
}
