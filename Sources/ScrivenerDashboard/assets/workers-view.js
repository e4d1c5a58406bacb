// The workers with their agents: slots, health, circuit breakers, what they did lately.

import { get, post } from "./api.js";
import { sparkline } from "./chart.js";
import { h, reconcile, setText, show } from "./dom.js";
import { count, plural, seconds } from "./format.js";
import { attempt, confirm, problemBox } from "./notice.js";
import { onPool, pool, slotsOf, throughput } from "./pool.js";
import { healthTone } from "./states.js";
import { pill, slotMeter, updatePill } from "./widgets.js";

const workersShown = 100;
const historyEvery = 30_000;
const historyMinutes = 60;

/** Fills `root`; returns how to leave. */
export function workersView(root) {
  const parts = new WeakMap();
  const list = h("div");
  const problem = h("div");
  const empty = h("p", { class: "panel empty", hidden: true }, "No worker has registered yet.");
  const search = h("input", { type: "search", placeholder: "Worker, host or agent",
    "data-find": true,
    "aria-label": "Find workers by name, host or agent", oninput: update });
  const shown = h("span", { class: "soft", role: "status" });
  const agents = h("tbody");
  show(root, h("div", { class: "head" }, h("h1", { class: "grow" }, "Workers"), shown, search),
    problem, list, empty,
    h("section", { class: "panel", "aria-labelledby": "agents-title" },
      h("header", null, h("h2", { id: "agents-title" }, "Agents in the last hour")),
      h("div", { class: "scroll" }, h("table", { class: "cards" }, h("thead", null, h("tr", null,
        h("th", { scope: "col" }, "Agent"), ["Completed", "Failed", "Lost", "Run time"]
          .map((name) =>
          h("th", { scope: "col", class: "number" }, name)),
            h("th", { scope: "col" }, "Completed a minute"))), agents))));

  function update() {
    show(problem, pool.problem ? problemBox(pool.problem) : null);
    const wanted = search.value.trim().toLowerCase();
    const fitting = [...pool.workers.values()]
      .filter((worker) => namesOf(worker).includes(wanted));
    const some = fitting.slice(0, workersShown);
    setText(shown, some.length < fitting.length
      ? `${some.length} of ${plural(fitting.length, "worker")}`
      : plural(fitting.length, "worker"));
    reconcile(list, some, (worker) => worker.worker_id, (worker) => makeWorker(worker, parts),
      (element, worker) => updateWorker(parts.get(element), worker));
    empty.hidden = fitting.length > 0 || !pool.loaded;
  }
  const stopHistory = followHistory(agents);
  const stopPool = onPool(update);
  return () => { stopPool(); stopHistory(); };
}

function namesOf({ worker_id: id, host, instances = [] }) {
  return [id, host, ...instances.map((instance) => instance.agent)].join(" ").toLowerCase();
}

function makeWorker(worker, parts) {
  const own = { state: pill("", "waiting"), slots: h("span", { class: "soft" }),
    heard: h("span", { class: "soft" }),
    host: h("span", { class: "soft break grow" }), spark: sparkline(), body: h("tbody"),
      rate: h("span", { class: "soft small nowrap" }),
    drain: h("button", { type: "button", class: "small", "data-action": "drain",
      onclick: () => drain(worker.worker_id) }, "Drain") };
  const chart = h("div", { class: "trend" }, own.spark.element);
  const numbers = ["Succeeded", "Failed", "Lost", "Average", "p95"];
  const element = h("section", { class: "panel worker",
    "aria-label": `Worker ${worker.worker_id}` },
    h("header", null, h("h2", { class: "mono break" }, worker.worker_id), own.state, own.slots,
      own.heard, own.host,
      own.rate, chart, own.drain),
    h("div", { class: "scroll" }, h("table", { class: "cards instances" },
      h("thead", null, h("tr", null,
      ["Agent", "Health", "Breaker", "Slots"].map((name) => h("th", { scope: "col" }, name)),
      numbers.map((name) => h("th", { scope: "col", class: "number" }, name)),
      h("th", { scope: "col" }, "Last error"))), own.body)));
  parts.set(element, own);
  return element;
}

function updateWorker(own, worker) {
  const { busy, all } = slotsOf(worker);
  updatePill(own.state, worker.state, healthTone(worker.state));
  setText(own.slots, `${count(busy)} of ${count(all)} slots`);
  setText(own.heard, worker.seconds_since_heartbeat > 3
    ? `heard ${seconds(worker.seconds_since_heartbeat)} ago` : "");
  const version = worker.software_version || "unknown";
  setText(own.host, `${worker.host}, process ${worker.pid}, version ${version}`);
  own.drain.disabled = worker.state !== "connected" && worker.state !== "suspect";
  const rates = throughput(worker.worker_id);
  setText(own.rate, `${(rates.at(-1) ?? 0).toFixed(1)} a second`);
  own.spark.update(rates);
  show(own.body, (worker.instances ?? []).map(instanceRow));
}

function instanceRow(instance) {
  const why = instance.state_message ?? instance.last_error;
  return h("tr", null,
    h("td", { class: "mono break" }, instance.agent, (instance.tags ?? [])
      .map((tag) => [" ", h("span", { class: "pill" }, tag)])),
    h("td", { "data-label": "Health" }, pill(instance.state, healthTone(instance.state))),
    h("td", { "data-label": "Breaker" }, pill(instance.circuit, healthTone(instance.circuit))),
    h("td", { "data-label": "Slots" }, h("span", { class: "slots-cell" },
      slotMeter(instance.current_executions, instance.max_concurrent_executions),
      `${count(instance.current_executions)} of ${count(instance.max_concurrent_executions)}`)),
    h("td", { class: "number", "data-label": "Succeeded" }, count(instance.successful_executions)),
    h("td", { class: "number", "data-label": "Failed" }, count(instance.failed_executions)),
    h("td", { class: "number", "data-label": "Lost" }, count(instance.lost_executions)),
    h("td", { class: "number", "data-label": "Average" },
      instance.successful_executions ? seconds(instance.average_execution_time) : "–"),
    h("td", { class: "number", "data-label": "p95" }, seconds(instance.p95_execution_time)),
    h("td", { class: "break small", "data-label": why ? "Last error" : null }, why ?? ""));
}

async function drain(id) {
  const yes = await confirm({ title: `Drain ${id}?`, yes: "Drain the worker", danger: true,
    text: "The worker takes nothing new, finishes what it runs, and leaves. "
      + "It comes back when it is started again." });
  if (!yes) return;
  const worker = await attempt(() => post(`/v1/workers/${encodeURIComponent(id)}/drain`),
    `${id} is draining.`);
  if (worker?.worker_id) pool.workers.set(worker.worker_id, worker);
}

/** The coordinator's own history, a step a minute; it survives restarts, as the page does not. */
function followHistory(body) {
  const charts = new Map();
  let timer = null;
  let left = false;
  async function read() {
    if (!document.hidden) {
      const names = Object.keys(pool.status?.load_balancing?.agent_metrics ?? {})
        .slice(0, workersShown);
      const found = await Promise.allSettled(names.map((name) =>
        get(`/v1/agents/${encodeURIComponent(name)}/metrics?since=${historyMinutes * 60}`)));
      if (left) return;
      const metrics = found.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      show(body, metrics.map((agent) => agentRow(agent, charts)));
    }
    timer = setTimeout(read, pool.loaded ? historyEvery : 1_000);
  }
  read();
  return () => { left = true; clearTimeout(timer); };
}

function agentRow({ agent, history }, charts) {
  const sum = (name) => history.reduce((total, step) => total + (step[name] ?? 0), 0);
  const first = Date.now() - historyMinutes * 60_000;
  const steps = new Array(historyMinutes).fill(0);
  for (const step of history) {
    const at = Math.floor((Date.parse(step.from) - first) / 60_000);
    if (at >= 0 && at < historyMinutes) steps[at] += step.completed;
  }
  if (!charts.has(agent)) charts.set(agent, sparkline(historyMinutes));
  charts.get(agent).update(steps);
  return h("tr", null, h("td", { class: "mono break" }, agent),
    ["completed", "failed", "lost"].map((name) => h("td", { class: "number", "data-label": name },
      count(sum(name)))),
    h("td", { class: "number", "data-label": "Run time" }, seconds(sum("busy_time"))),
    h("td", null, charts.get(agent).element));
}
