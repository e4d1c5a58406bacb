// One session: where it is, what can be done with it, and five ways to look at it.

import { post, rerunSession, sessionPath } from "./api.js";
import { DiagnosisTab } from "./diagnosis-tab.js";
import { announce, h, setText, show } from "./dom.js";
import { count, dayTime, progressPercent, seconds, secondsLeft, words } from "./format.js";
import { GraphView } from "./graph-view.js";
import { attempt, confirm, problemBox } from "./notice.js";
import { takeSession } from "./pool.js";
import { ResultsTab } from "./results-tab.js";
import { SessionLink } from "./session-link.js";
import { sessionIsOver, sessionLabel, sessionTone, taskStates } from "./states.js";
import { TaskPanel } from "./task-panel.js";
import { TasksTab } from "./tasks-tab.js";
import { TimelineView } from "./timeline-view.js";
import { pill, stateBar, updatePill } from "./widgets.js";

export const tabs = [["graph", "Graph"], ["timeline", "Timeline"], ["tasks", "Tasks"],
  ["results", "Results"], ["diagnosis", "Diagnosis"]];

export class SessionView {
  constructor(root, id, tab) {
    Object.assign(this, { root, id, session: null, filter: new Set(), waitingFor: null });
    this.link = new SessionLink(id, {
      session: ({ session }) => this.takeSession(session),
      graph: (message) => this.takeGraph(message),
      states: (message) => this.takeStates(message),
      link: (message) => this.takeLink(message),
    });
    this.graph = new GraphView((task, focus) => this.choose(task, focus));
    this.timeline = new TimelineView(() => this.link.ask("timeline"), (task) => this.choose(task),
      (task) => this.graph.ids?.[task] ?? "");
    this.tasks = new TasksTab(this.link, (task, focus) => this.choose(task, focus));
    this.results = new ResultsTab(this.link);
    this.diagnosis = new DiagnosisTab(this.link, (task) => this.chooseID(task));
    this.panel = new TaskPanel(id, this.link, { onclose: () => this.closeTask(),
      onchoose: (task) => this.chooseID(task) });
    this.build();
    this.open(tab);
  }

  build() {
    this.title = h("h1", { class: "grow" }, this.id);
    this.state = pill("", "waiting");
    this.pauseButton = h("button", { type: "button", "data-action": "pause", disabled: true,
      onclick: () => this.pauseOrResume() }, "Pause");
    this.cancelButton = h("button", { type: "button", class: "danger", "data-action": "cancel",
      disabled: true, onclick: () => this.cancel() }, "Cancel");
    this.rerunButton = h("button", { type: "button", "data-action": "rerun", disabled: true,
      onclick: () => this.rerun() }, "Run again");
    this.bar = stateBar();
    this.figures = h("p", { class: "row soft", "data-figures": true });
    this.legend = h("div", { class: "legend", role: "group",
      "aria-label": "Tasks by state: choose which stand out" });
    this.problem = h("div");
    this.tabButtons = tabs.map(([name, label]) => h("button", { type: "button", role: "tab",
      id: `tab-${name}`, "aria-controls": "tab-panel", "data-tab": name,
      onclick: () => { location.hash = this.address(name); } }, label));
    this.place = h("div", { id: "tab-panel", role: "tabpanel", class: "grow" });
    this.split = h("div", { class: "split" }, this.place, this.panel.element);
    const list = h("div", { class: "tabs", role: "tablist",
      "aria-label": "Ways to look at the session",
      onkeydown: (event) => this.tabKey(event) }, this.tabButtons);
    show(this.root, h("div", { class: "session-head" },
      h("div", { class: "row" }, this.title, this.state, this.pauseButton, this.cancelButton,
        this.rerunButton),
      this.figures, this.bar.element, this.legend, this.problem), list, this.split);
  }

  address(tab) { return `#/sessions/${encodeURIComponent(this.id)}/${tab}`; }

  /** Shows one of the tabs. */
  open(tab) {
    this.tab = tab;
    for (const button of this.tabButtons) {
      const chosen = button.dataset.tab === tab;
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    }
    this.place.setAttribute("aria-labelledby", `tab-${tab}`);
    const views = { graph: this.graph, timeline: this.timeline, tasks: this.tasks,
      results: this.results, diagnosis: this.diagnosis };
    show(this.place, views[tab].element);
    this.timeline.stop();
    if (tab === "graph") this.graph.stage.invalidate();
    else if (tab === "timeline") this.timeline.start();
    else views[tab].update();
  }

  tabKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = tabs.findIndex(([name]) => name === this.tab);
    const [next] = tabs[(at + step + tabs.length) % tabs.length];
    location.hash = this.address(next);
    this.tabButtons.find((button) => button.dataset.tab === next).focus();
    event.preventDefault();
  }

  takeSession(session) {
    const label = sessionLabel(session);
    if (this.session && sessionLabel(this.session) !== label) {
      announce(`The session is ${words(label)}.`);
    }
    const ended = this.session && !sessionIsOver(this.session) && sessionIsOver(session);
    this.session = session;
    takeSession(session);
    const progress = session.progress ?? {};
    setText(this.title, session.query || this.id);
    const name = session.query || this.id;
    const percent = progressPercent(progress.progress_percentage);
    document.title = `${percent} ${name} – Agent Scrivener`;
    updatePill(this.state, label, sessionTone(session));
    this.bar.update(progress.tasks_by_status, progress.total_tasks);
    this.updateFigures(session, progress);
    this.updateLegend(progress.tasks_by_status ?? {});
    this.updateActions(session);
    if (ended) this.refreshTab();
    else this.soon();
  }

  updateFigures(session, progress) {
    const over = sessionIsOver(session);
    const end = session.ended_at ? new Date(session.ended_at) : new Date();
    const parts = [progressPercent(progress.progress_percentage),
      `${count(progress.completed_tasks)} of ${count(progress.total_tasks)} tasks completed`,
      over ? null : secondsLeft(progress.seconds_left),
      `${over ? "took" : "for"} ${seconds((end - new Date(session.submitted_at)) / 1000)}`,
      `submitted ${dayTime(session.submitted_at)}`, session.reason ? `because: ${session.reason}`
        : null];
    show(this.figures, parts.filter(Boolean).map((text, index) =>
      (index ? [h("span", { "aria-hidden": "true" }, "·"), h("span", { class: "break" }, text)]
        : h("b", null, text))), h("span", { "aria-hidden": "true" }, "·"),
          h("span", { class: "mono small break" }, this.id));
  }

  updateLegend(byStatus) {
    for (const state of taskStates) {
      let button = this.legend.querySelector(`[data-state="${state}"]`);
      if (!button && byStatus[state]) {
        button = h("button", { type: "button", "data-state": state, class: `tone-${state}`,
          "aria-pressed": "false",
          onclick: () => this.toggle(state) }, h("span", { class: "dot", "aria-hidden": "true" }),
            h("b"), words(state));
        const later = taskStates.slice(taskStates.indexOf(state) + 1)
          .map((name) => this.legend.querySelector(`[data-state="${name}"]`)).find(Boolean);
        this.legend.insertBefore(button, later ?? null);
      }
      if (button) setText(button.querySelector("b"), count(byStatus[state]));
    }
  }

  toggle(state) {
    if (!this.filter.delete(state)) this.filter.add(state);
    for (const button of this.legend.children) {
      button.setAttribute("aria-pressed", String(this.filter.has(button.dataset.state)));
    }
    this.graph.setFilter(this.filter);
    this.tasks.setFilter(this.filter);
  }

  updateActions(session) {
    const over = sessionIsOver(session);
    const paused = session.session_state === "paused";
    setText(this.pauseButton, paused ? "Resume" : "Pause");
    this.pauseButton.dataset.action = paused ? "resume" : "pause";
    this.pauseButton.disabled = over || session.status === "cancelling";
    this.cancelButton.disabled = over || session.status === "cancelling";
    this.rerunButton.disabled = !over;
  }

  async pauseOrResume() {
    if (this.pauseButton.disabled) return;
    if (this.session.session_state === "paused") {
      await this.act(() => post(`${sessionPath(this.id)}/resume`), "The session goes on.");
      return;
    }
    const mode = await confirm({ title: "Pause this session?", yes: "Pause",
      text: "Nothing more of it starts until it is resumed. Its time limit goes on.",
      options: [{ value: "finish", label: "What runs finishes" },
        { value: "now", label: "What runs is stopped, and runs again afterwards" }] });
    if (mode) await this.act(() => post(`${sessionPath(this.id)}/pause`, { mode }),
      "The session is paused.");
  }

  async cancel() {
    if (this.cancelButton.disabled) return;
    const yes = await confirm({ title: "Cancel this session?", yes: "Cancel the session",
      danger: true,
      text: "What runs is stopped and what waits never starts. Results so far are kept. "
        + "This cannot be undone." });
    if (yes) await this.act(() => post(`${sessionPath(this.id)}/cancel`),
      "The session is being cancelled.");
  }

  async rerun() {
    if (this.rerunButton.disabled) return;
    const { completed_tasks: completed, total_tasks: total } = this.session.progress;
    const rest = { value: "failed", label: "What did not complete, and what depends on it" };
    const all = { value: "all", label: "Everything" };
    const only = await confirm({ title: "Run this session again?", yes: "Run again",
      text: "A new session is opened; this one stays as it is. What is kept is not done again.",
      options: completed < total ? [rest, all] : [all] });
    if (!only) return;
    this.rerunButton.disabled = true;
    const session = await attempt(() => rerunSession(this.id, only),
      "A new session runs it again.");
    this.rerunButton.disabled = false;
    if (session) location.hash = `#/sessions/${encodeURIComponent(session.session_id)}/${this.tab}`;
  }

  async act(doing, done) {
    const session = await attempt(doing, done);
    if (session?.session_id) this.takeSession(session);
    this.link.tell("refresh");
  }

  takeGraph(message) {
    this.graph.take(message);
    this.graph.setFilter(this.filter);
    if (this.tab === "tasks") this.tasks.update();
    if (message.ids.length <= 2_000) this.markCritical();
  }

  /** On a large graph the critical path is asked for with the timeline or the diagnosis only. */
  async markCritical() {
    try {
      const { performance: measured } = await this.link.ask("diagnostics");
      this.graph.setCritical(measured.critical_path.map((step) => step.task_id));
    } catch { /* the graph is as true without it */ }
  }

  takeStates(message) {
    if (!this.graph.layout) return;
    this.graph.takeStates(message);
    if (this.panel.index !== null && message.indexes.includes(this.panel.index)) this.panelSoon();
    this.soon();
  }

  takeLink({ state, message, code }) {
    this.broken = state === "broken" ? message : null;
    show(this.problem, this.broken ? problemBox({ message: this.broken, code }) : null);
  }

  /** What shows rows follows once a second, and not each change. */
  soon() {
    if (this.tab !== "tasks" && this.tab !== "diagnosis") return;
    this.waitingFor ??= setTimeout(() => { this.waitingFor = null; this.refreshTab(); },
      this.tab === "tasks" ? 1_000 : 4_000);
  }

  panelSoon() {
    this.panelTimer ??= setTimeout(() => { this.panelTimer = null; this.panel.update(); }, 700);
  }

  refreshTab() {
    if (this.tab === "tasks") this.tasks.update();
    else if (this.tab === "diagnosis") this.diagnosis.update();
    else if (this.tab === "results") this.results.update();
    else if (this.tab === "timeline") this.timeline.start();
    if (this.panel.index !== null) this.panelSoon();
    if (this.session && sessionIsOver(this.session)
      && this.graph.ids?.length <= 2_000) this.markCritical();
  }

  choose(task, focus = false) {
    if (task === null) { this.closeTask(); return; }
    this.graph.chosen = task;
    this.graph.stage.invalidate();
    this.split.classList.add("open");
    this.panel.open(task, focus);
  }

  async chooseID(id) {
    const task = await this.link.ask("find", { task: id });
    if (task === null) return;
    this.choose(task);
    if (this.tab === "graph") this.graph.zoomTo(task, false);
  }

  /** Says whether there was something to close. */
  closeTask() {
    if (this.panel.index === null) return false;
    this.panel.hide();
    this.split.classList.remove("open");
    this.graph.chosen = null;
    this.graph.stage.invalidate();
    const { stage } = this.tab === "timeline" ? this.timeline : this.graph;
    if (this.tab === "graph" || this.tab === "timeline") stage.canvas.focus();
    return true;
  }

  key(name) {
    const tab = { g: "graph", l: "timeline", k: "tasks", r: "results", d: "diagnosis" }[name];
    if (tab) location.hash = this.address(tab);
    else if (name === "p") this.pauseOrResume();
    else if (name === "x") this.cancel();
    else return name === "Escape" && this.closeTask();
    return true;
  }

  leave() {
    clearTimeout(this.waitingFor);
    clearTimeout(this.panelTimer);
    this.panel.leave();
    this.link.close();
    this.graph.close();
    this.timeline.close();
    document.title = "Agent Scrivener";
  }
}
