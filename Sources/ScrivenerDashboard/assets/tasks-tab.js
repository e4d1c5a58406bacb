// The session's tasks as a table, a page at a time: the graph as text, for whoever reads instead
// of looking, and for finding a task by its name.

import { h, show } from "./dom.js";
import { count, seconds } from "./format.js";
import { pill } from "./widgets.js";

const pageSize = 50;

export class TasksTab {
  /** @param link the session's worker @param onchoose called with a task's number */
  constructor(link, onchoose) {
    Object.assign(this, { link, onchoose, offset: 0, states: new Set(), asked: 0 });
    this.search = h("input", { type: "search", placeholder: "Task or type",
      "aria-label": "Find tasks by id or type",
      "data-find": true, oninput: () => { this.offset = 0; this.update(); } });
    this.body = h("tbody");
    this.shown = h("span", { class: "soft grow", role: "status" });
    this.back = h("button", { type: "button", onclick: () => this.turn(-1) }, "Previous");
    this.on = h("button", { type: "button", onclick: () => this.turn(1) }, "Next");
    this.element = h("section", { class: "panel", "aria-label": "Tasks" },
      h("header", null, this.search),
      h("div", { class: "scroll" }, h("table", { class: "tasks cards" },
        h("thead", null, h("tr", null, ["Task", "Type", "State"]
          .map((name) => h("th", { scope: "col" }, name)),
          h("th", { scope: "col", class: "number" }, "Attempts"),
            h("th", { scope: "col" }, "Worker"),
          h("th", { scope: "col", class: "number" }, "Ran"),
            h("th", { scope: "col" }, "Failure"))), this.body)),
      h("div", { class: "pager" }, this.shown, this.back, this.on));
  }

  setFilter(states) {
    this.states = states;
    this.offset = 0;
    this.update();
  }

  turn(pages) {
    this.offset = Math.max(0, this.offset + pages * pageSize);
    this.update();
  }

  async update() {
    if (!this.element.isConnected) return;
    this.asked += 1;
    const number = this.asked;
    const answer = await this.link.ask("rows", { text: this.search.value, states: [...this.states],
      offset: this.offset, limit: pageSize });
    if (number !== this.asked) return;
    const focused = document.activeElement?.dataset?.task;
    show(this.body, answer.rows.map((row) => this.row(row)));
    if (focused !== undefined) {
      this.body.querySelector(`[data-task="${Number(focused)}"]`)?.focus();
    }
    const last = Math.min(answer.offset + pageSize, answer.total);
    this.shown.textContent = answer.total
      ? `${count(answer.offset + 1)}–${count(last)} of ${count(answer.total)}` : "No task fits.";
    this.back.disabled = answer.offset === 0;
    this.on.disabled = last >= answer.total;
  }

  row(task) {
    return h("tr", null,
      h("td", null, h("button", { type: "button", class: "plain", "data-task": task.index,
        onclick: () => this.onchoose(task.index, true) }, task.id)),
      h("td", { class: "break", "data-label": "Type" }, task.type),
        h("td", null, pill(task.status, task.status)),
      h("td", { class: "number", "data-label": "Attempts" }, count(task.attempts)),
      h("td", { class: "break", "data-label": "Worker" }, task.worker ?? ""),
      h("td", { class: "number", "data-label": "Ran" },
        task.seconds === undefined ? "" : seconds(task.seconds)),
      h("td", { class: "break small", "data-label": task.failure ? "Failure" : null },
        task.failure ?? ""));
  }
}
