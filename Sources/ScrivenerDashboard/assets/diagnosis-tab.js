// What is wrong with a session, what holds it up, and how its agents were used.

import { h, show } from "./dom.js";
import { count, percent, seconds, words } from "./format.js";
import { problemBox } from "./notice.js";
import { figures } from "./widgets.js";

const stepsShown = 40;
const severities = { error: "failed", warning: "backing_off", information: "ready" };

export class DiagnosisTab {
  constructor(link, onchooseID) {
    Object.assign(this, { link, onchooseID });
    this.element = h("div", { "aria-label": "Diagnosis", role: "group" });
  }

  async update() {
    try {
      const diagnosis = await this.link.ask("diagnostics");
      show(this.element, this.performance(diagnosis.performance), this.issues(diagnosis.issues),
        this.bottlenecks(diagnosis.bottlenecks), this.path(diagnosis.performance.critical_path),
        this.agents(diagnosis.agent_utilization));
    } catch (error) {
      show(this.element, problemBox(error));
    }
  }

  performance(performance) {
    const list = figures(["Makespan", "At least", "Schedule efficiency", "Speedup",
      "Waited at most", "Slots"]);
    list.set("Makespan", seconds(performance.makespan));
    list.set("At least", seconds(performance.lower_bound));
    list.set("Schedule efficiency", percent(performance.schedule_efficiency));
    list.set("Speedup", `${performance.speedup.toFixed(1)} ×`);
    list.set("Waited at most", seconds(performance.queue_wait?.maximum));
    list.set("Slots", count(performance.slots));
    return list.element;
  }

  panel(title, ...content) {
    return h("section", { class: "panel" }, h("header", null, h("h2", null, title)), content);
  }

  issues(issues) {
    if (!issues.length) return this.panel("Issues", h("p", { class: "empty" },
      "Nothing is wrong."));
    return this.panel(`Issues (${count(issues.length)})`,
      h("ul", { class: "reasons" }, issues.map((issue) =>
      h("li", { class: `issue tone-${severities[issue.severity] ?? "waiting"}` },
        h("span", { class: "count" }, count(issue.count)),
        h("div", null, h("h3", null, `${words(issue.kind)} `,
          h("span", { class: "soft" }, `(${issue.severity})`)),
          h("p", { class: "break" }, issue.message), this.names(issue.tasks ?? []))))));
  }

  names(tasks) {
    return h("div", { class: "chips" }, tasks.map((task) =>
      h("button", { type: "button", class: "small", onclick: () => this.onchooseID(task) },
        task)));
  }

  bottlenecks(bottlenecks) {
    if (!bottlenecks.length) return null;
    return this.panel("What held it up", h("div", { class: "scroll" },
      h("table", { class: "cards" },
      h("thead", null, h("tr", null, h("th", { scope: "col" }, "What"),
        h("th", { scope: "col" }, "Agent"),
        h("th", { scope: "col", class: "number" }, "Time"),
          h("th", { scope: "col", class: "number" }, "Share"),
        h("th", { scope: "col" }, "Because"))),
      h("tbody", null, bottlenecks.map((one) => h("tr", null, h("td", { class: "nowrap" },
        words(one.kind)),
        h("td", { "data-label": one.agent ? "Agent" : null }, one.agent ?? ""),
        h("td", { class: "number", "data-label": "Time" }, seconds(one.seconds)),
        h("td", { class: "number", "data-label": "Share" }, percent(one.share)),
        h("td", { class: "break" }, one.message)))))));
  }

  path(steps) {
    if (!steps.length) return null;
    const longest = Math.max(...steps.map((step) => step.run_time), 1e-9);
    return this.panel(`Critical path (${count(steps.length)} tasks)`, h("div", { class: "scroll" },
      h("table", null, h("tbody", null, steps.slice(0, stepsShown).map((step) => {
        const bar = h("span", { class: "share" });
        bar.style.width = `${(100 * step.run_time) / longest}%`;
        return h("tr", null, h("td", { class: "break" },
          h("button", { type: "button", class: "small",
            onclick: () => this.onchooseID(step.task_id) }, step.task_id)),
        h("td", { class: "break" }, step.agent ?? ""), h("td", { class: "number" },
          seconds(step.run_time)),
        h("td", { class: "bar" }, bar));
      })))), steps.length > stepsShown
      ? h("p", { class: "body soft" }, `The first ${stepsShown} of ${count(steps.length)}.`)
        : null);
  }

  agents(agents) {
    if (!agents.length) return null;
    const numbers = ["Slots", "Attempts", "Failed", "Run time", "In use", "Full"];
    return this.panel("Agents", h("div", { class: "scroll" }, h("table", { class: "cards" },
      h("thead", null, h("tr", null, h("th", { scope: "col" }, "Agent"),
        numbers.map((name) => h("th", { scope: "col", class: "number" }, name)))),
      h("tbody", null, agents.map((agent) => h("tr", null, h("td", { class: "mono" }, agent.agent),
        [count(agent.slots), count(agent.attempts), count(agent.failed_attempts),
          seconds(agent.busy_time),
          percent(agent.utilization), percent(agent.saturation)].map((value, index) =>
          h("td", { class: "number", "data-label": numbers[index] }, value))))))));
  }
}
