// One task beside the graph: why it is where it is and what will move it, its attempts, what
// failed, and what its agent says while it runs.

import { get, post, taskPath } from "./api.js";
import { h, show } from "./dom.js";
import { count, seconds, time, words } from "./format.js";
import { attempt, problemBox } from "./notice.js";
import { isOver } from "./states.js";
import { TaskLog } from "./task-log.js";
import { pill } from "./widgets.js";

const attemptsShown = 20;
const namesShown = 12;
const logShown = 200;

export class TaskPanel {
  /** @param session its id @param link the session's worker @param onclose, onchoose(task id) */
  constructor(session, link, { onclose, onchoose }) {
    Object.assign(this, { session, link, onclose, onchoose, index: null, asked: 0 });
    this.title = h("h2", { class: "grow", id: "task-title" });
    this.close = h("button", { type: "button", class: "icon", "aria-label": "Close the task",
      title: "Close (Esc)",
      onclick: () => onclose() }, "✕");
    this.body = h("div");
    this.output = new TaskLog();
    this.element = h("aside", { class: "panel task", "aria-labelledby": "task-title",
      tabindex: -1, hidden: true },
      h("header", null, this.title, this.close), this.body,
      this.output.element);
  }

  async open(index, focus) {
    if (this.index !== index) {
      this.output.close();
      show(this.body, h("p", { class: "empty" }, "Reading…"));
    }
    this.index = index;
    this.element.hidden = false;
    await this.update();
    if (focus) this.close.focus();
  }

  hide() {
    this.index = null;
    // What is being read comes too late, and is not to open a stream.
    this.asked += 1;
    this.element.hidden = true;
    this.output.close();
  }

  leave() {
    this.hide();
    this.output.leave();
  }

  /** Reads the task again; of two readings that overlap the later one counts. */
  async update() {
    if (this.index === null) return;
    this.asked += 1;
    const number = this.asked;
    const task = await this.link.ask("task", { index: this.index });
    if (!task || number !== this.asked) return;
    this.title.textContent = task.task_id;
    this.output.follow(taskPath(this.session, task.task_id));
    const explanation = await get(`${taskPath(this.session, task.task_id)}/explain`)
      .catch((error) => error);
    if (number !== this.asked) return;
    show(this.body, this.why(task, explanation), this.facts(task), this.attempts(task));
  }

  why(task, explanation) {
    if (explanation instanceof Error) return problemBox(explanation);
    const status = explanation.status ?? task.status;
    return h("section", { class: "why", "aria-live": "polite" },
      h("div", { class: `explain tone-${status} break` },
        h("p", null, pill(status, status), task.is_on_critical_path ? [" ",
          h("span", { class: "pill" }, "critical path")] : null),
        h("p", { "data-because": true }, explanation.message),
        explanation.wakes && explanation.reason !== "ended"
          ? h("p", { class: "soft" }, `Moves when: ${explanation.wakes}`) : null,
        explanation.seconds_until !== undefined
          ? h("p", { class: "soft" }, `In ${seconds(explanation.seconds_until)} at the latest.`)
            : null));
  }

  facts(task) {
    const pairs = [["Type", task.task_type], ["Agent", task.assigned_agent],
      ["Added by", task.added_by]]
      .filter(([, value]) => value).map(([name, value]) => [h("dt", null, name), h("dd", null,
        value)]);
    if (task.missing_dependencies?.length) {
      pairs.push([h("dt", null, "Went on without"), h("dd", null,
        task.missing_dependencies.join(", "))]);
    }
    if (task.reused) {
      pairs.push([h("dt", null, "Result"), h("dd", null,
        "taken over from the session that this one runs again")]);
    }
    const needs = task.dependencies ?? [];
    if (needs.length) {
      pairs.push([h("dt", null, "Needs"), h("dd", { class: "chips" },
        needs.slice(0, namesShown).map((name) =>
        h("button", { type: "button", class: "small", onclick: () => this.onchoose(name) }, name)),
      needs.length > namesShown ? h("span", null, `and ${count(needs.length - namesShown)} more`)
        : null)]);
    }
    return h("section", null, h("h3", null, "Task"), h("dl", { class: "pairs" }, pairs,
      h("dt", null, "Priority"), h("dd", null,
        isOver(task.status) ? String(task.priority) : this.priority(task))));
  }

  priority(task) {
    const select = h("select", { "aria-label": "Priority, 10 is the most urgent",
      onchange: () => attempt(() => post(`${taskPath(this.session, task.task_id)}/priority`,
        { priority: Number(select.value) }),
          `Priority of ${task.task_id} is ${select.value} now.`) },
    Array.from({ length: 10 }, (_, index) => h("option",
      { value: index + 1, selected: task.priority === index + 1 },
      String(index + 1))));
    return select;
  }

  attempts(task) {
    if (task.unread) {
      return h("section", null, h("h3", null, "Attempts"),
        h("p", { class: "soft" }, `They cannot be read: ${task.unread}`));
    }
    const all = task.executions ?? [];
    if (!all.length) return null;
    const shown = all.slice(-attemptsShown).reverse();
    return h("section", null, h("h3", null, `Attempts (${count(all.length)})`),
      h("ol", { class: "attempts" }, shown.map((execution) => this.attempt(execution))),
      all.length > shown.length ? h("p", { class: "soft small" },
        `The last ${attemptsShown} are shown.`) : null);
  }

  attempt(execution) {
    const { failure, outcome } = execution;
    const marks = [execution.hedge ? "beside a slow one" : null,
      execution.fallback ? "agent stood in" : null]
      .filter(Boolean).join(", ");
    return h("li", null,
      h("div", { class: "row" }, h("b", null, `#${execution.attempt}`),
        pill(outcome, outcome === "superseded" ? "skipped" : outcome),
        h("span", { class: "soft break" }, `${execution.agent} on ${execution.worker_id}`
          + (marks ? `, ${marks}` : ""))),
      h("p", { class: "soft small" }, `Dispatched ${time(execution.dispatched_at)}`,
        execution.run_seconds !== undefined ? `, ran ${seconds(execution.run_seconds)}` : ""),
      failure ? h("div", { class: "failure" },
        h("p", null, failure.message ?? words(failure.class)),
        h("p", { class: "soft small" }, `${words(failure.class)} [${failure.code}]`),
        failure.stack_trace ? h("pre", { class: "log", tabindex: 0 }, failure.stack_trace) : null)
          : null,
      failure?.log_tail?.length
        ? h("details", { open: true }, h("summary", { class: "small" }, "Log tail"),
          h("pre", { class: "log", tabindex: 0 }, failure.log_tail.slice(-logShown).join("\n")))
            : null);
  }
}
