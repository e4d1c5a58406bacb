// The session's graph: draws what the worker laid out, moves and zooms it, finds what is pointed
// at. A change of states is some numbers in an array and one frame; the layout stays as it is.

import "./vendor/d3.min.js";
import { announce, h } from "./dom.js";
import { count, plural, words } from "./format.js";
import { GraphPainter } from "./graph-painter.js";
import { Stage } from "./stage.js";
import { taskStates } from "./states.js";

const d3 = globalThis.d3;
const zoomMost = 24;
const neighboursDrawn = 200;
const narrow = 600;
const readable = 0.8;

export class GraphView {
  /** @param onchoose called with a task's number, or null */
  constructor(onchoose) {
    this.onchoose = onchoose;
    this.layout = null;
    this.critical = new Set();
    this.chosen = null;
    this.filter = new Set();
    this.transform = d3.zoomIdentity;
    this.painter = new GraphPainter();
    this.stage = new Stage("Graph of the session's tasks. Arrow keys go from task to task, "
      + "Enter opens one, plus and minus zoom, 0 shows all.", (context, width, height) => {
      if (this.layout) this.painter.draw(context, this, this.transform, width, height);
    });
    this.stage.onappearance = () => this.painter.takeColours();
    this.stage.onresize = () => { if (!this.moved) this.showFirst(); };
    this.empty = h("p", { class: "stage-empty" }, "Reading the tasks…");
    this.stage.element.append(this.empty);
    this.hint = h("span", { class: "hint" });
    this.element = h("section", { class: "panel", "aria-label": "Graph" },
      h("div", { class: "toolbar" }, this.hint,
        this.button("Zoom out", "−", () => this.zoomBy(1 / 1.5)),
        this.button("Zoom in", "+", () => this.zoomBy(1.5)),
        this.button("Show all", "Fit", () => this.showAll())), this.stage.element);
    this.listen();
  }

  button(label, text, onclick) {
    return h("button", { type: "button", class: "small", title: label, "aria-label": label,
      onclick }, text);
  }

  listen() {
    const { canvas } = this.stage;
    this.zoom = d3.zoom().on("zoom", () => {
      this.transform = d3.event.transform;
      if (d3.event.sourceEvent) this.moved = true;
      this.stage.invalidate();
    });
    d3.select(canvas).call(this.zoom).on("dblclick.zoom", null);
    canvas.addEventListener("click", (event) => this.choose(this.taskAt(event)));
    canvas.addEventListener("dblclick", (event) => this.zoomTo(this.taskAt(event)));
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons || event.pointerType === "touch") { this.stage.showTip(null); return; }
      const task = this.taskAt(event);
      canvas.style.cursor = task === null ? "grab" : "pointer";
      this.stage.showTip(task === null ? this.groupTip(event) : this.nameOf(task), event.clientX,
        event.clientY);
    });
    canvas.addEventListener("pointerleave", () => this.stage.showTip(null));
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /** Takes a new graph. The view stays where it is when the session only grew. */
  take({ layout, states, ids, types }) {
    const chosen = this.chosen === null ? null : this.ids[this.chosen];
    Object.assign(this, { layout, states, ids, types });
    this.chosen = chosen === null ? null : ids.indexOf(chosen);
    if (this.chosen === -1) this.chosen = null;
    this.counts = layout.boxes.map((box) => {
      const counts = new Uint32Array(taskStates.length);
      for (const task of box.tasks) counts[states[task]] += 1;
      return counts;
    });
    this.dependants = null;
    this.empty.hidden = ids.length > 0;
    this.hint.textContent = layout.alone
      ? `${plural(ids.length, "task")}, each a box. Click one to see why it is where it is.`
      : `${count(ids.length)} tasks in ${layout.boxes.length} groups by type and level, `
        + "each cell a task. Zoom in for names.";
    if (!this.moved) this.showFirst();
    this.stage.invalidate();
  }

  takeStates({ indexes, states }) {
    indexes.forEach((task, place) => {
      if (task >= this.states.length) return;
      const counts = this.counts[this.layout.boxOf[task]];
      counts[this.states[task]] -= 1;
      counts[states[place]] += 1;
      this.states[task] = states[place];
    });
    this.stage.invalidate();
  }

  countsOf(box) { return this.counts[box]; }

  dimmed(task) { return this.filter.size > 0 && !this.filter.has(this.states[task]); }

  setFilter(states) {
    this.filter = new Set([...states].map((state) => taskStates.indexOf(state)));
    this.stage.invalidate();
  }

  setCritical(ids) {
    if (!this.layout) return;
    const wanted = new Set(ids);
    this.critical = new Set(this.ids.flatMap((id, task) => (wanted.has(id) ? [task] : [])));
    this.stage.invalidate();
  }

  neighbours(task) {
    const { from, list } = this.layout.dependencies;
    const before = [...list.subarray(from[task], from[task + 1])].slice(0, neighboursDrawn);
    this.dependants ??= this.turned();
    return { before, after: this.dependants[task].slice(0, neighboursDrawn) };
  }

  turned() {
    const { from, list } = this.layout.dependencies;
    const dependants = Array.from(this.ids, () => []);
    for (let task = 0; task < this.ids.length; task += 1) {
      for (let at = from[task]; at < from[task + 1]; at += 1) dependants[list[at]].push(task);
    }
    return dependants;
  }

  nameOf(task) {
    return `${this.ids[task]} · ${this.types[task]} · ${words(taskStates[this.states[task]])}`;
  }

  boxAt(event) {
    if (!this.layout) return null;
    const area = this.stage.canvas.getBoundingClientRect();
    const [x, y] = this.transform.invert([event.clientX - area.left, event.clientY - area.top]);
    const number = this.layout.boxes.findIndex((box) => x >= box.x && x <= box.x + box.width
      && y >= box.y && y <= box.y + box.height);
    return number < 0 ? null : { number, box: this.layout.boxes[number], x, y };
  }

  taskAt(event) {
    const hit = this.boxAt(event);
    if (!hit) return null;
    if (this.layout.alone) return hit.box.tasks[0];
    const { pitch } = this.layout;
    const column = Math.floor((hit.x - hit.box.x - pitch.left) / pitch.x);
    const line = Math.floor((hit.y - hit.box.y - pitch.top) / pitch.y);
    if (column < 0 || column >= hit.box.columns || line < 0) return null;
    return hit.box.tasks[line * hit.box.columns + column] ?? null;
  }

  groupTip(event) {
    const hit = this.layout && !this.layout.alone ? this.boxAt(event) : null;
    if (!hit) return null;
    const states = taskStates.flatMap((state, index) => {
      const amount = this.counts[hit.number][index];
      return amount ? [`${count(amount)} ${words(state)}`] : [];
    });
    return `${hit.box.label}, ${hit.box.sub}: ${states.join(", ")}`;
  }

  choose(task) {
    this.chosen = task;
    this.stage.invalidate();
    this.onchoose(task);
  }

  /** Shows all, but on a narrow screen the beginning of a graph of boxes, large enough to be
     read. */
  showFirst() {
    this.showAll();
    if (!this.layout?.alone || this.stage.width >= narrow || this.transform.k >= readable) return;
    const bottom = Math.max(...this.layout.boxes.map((box) => box.y + box.height));
    d3.select(this.stage.canvas).call(this.zoom.transform, d3.zoomIdentity
      .translate(16, (this.stage.height - bottom * readable) / 2).scale(readable));
  }

  showAll() {
    if (!this.layout?.boxes.length || !this.stage.width) return;
    this.moved = false;
    const right = Math.max(...this.layout.boxes.map((box) => box.x + box.width));
    const bottom = Math.max(...this.layout.boxes.map((box) => box.y + box.height));
    const margin = 20;
    const most = this.layout.alone ? 1.1 : 3;
    const fitted = Math.min(most, (this.stage.width - 2 * margin) / right,
      (this.stage.height - 2 * margin) / bottom);
    const k = Math.max(fitted, 0.02);
    this.zoom.scaleExtent([k * 0.6, zoomMost]);
    d3.select(this.stage.canvas).call(this.zoom.transform, d3.zoomIdentity
      .translate((this.stage.width - right * k) / 2,
        (this.stage.height - bottom * k) / 2).scale(k));
  }

  zoomBy(factor) {
    this.moved = true;
    d3.select(this.stage.canvas).call(this.zoom.scaleBy, factor);
  }

  /** Brings a task to the middle, close enough to read its name. */
  zoomTo(task, closer = true) {
    if (task === null || !this.layout) return;
    this.moved = true;
    const k = closer ? Math.max(this.transform.k, this.layout.alone ? 1 : 4) : this.transform.k;
    const x = this.layout.x[task] + this.layout.cell.width / 2;
    const y = this.layout.y[task] + this.layout.cell.height / 2;
    d3.select(this.stage.canvas).call(this.zoom.transform, d3.zoomIdentity
      .translate(this.stage.width / 2 - x * k, this.stage.height / 2 - y * k).scale(k));
  }

  key(event) {
    if (!this.layout || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    if (steps[event.key]) this.step(...steps[event.key]);
    else if (event.key === "Enter" && this.chosen !== null) this.onchoose(this.chosen, true);
    else if (event.key === "+" || event.key === "=") this.zoomBy(1.5);
    else if (event.key === "-") this.zoomBy(1 / 1.5);
    else if (event.key === "0") this.showAll();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Goes to the nearest task in a direction. */
  step(right, down) {
    const { x, y } = this.layout;
    let best = this.chosen === null ? 0 : null;
    let least = Infinity;
    for (let task = 0; this.chosen !== null && task < x.length; task += 1) {
      const along = (x[task] - x[this.chosen]) * right + (y[task] - y[this.chosen]) * down;
      const aside = Math.abs((x[task] - x[this.chosen]) * down)
        + Math.abs((y[task] - y[this.chosen]) * right);
      if (along > 1 && along + 3 * aside < least) { least = along + 3 * aside; best = task; }
    }
    if (best === null || !this.ids.length) return;
    this.chosen = best;
    announce(this.nameOf(best));
    const [left, top] = this.transform.apply([x[best], y[best]]);
    if (left < 0 || top < 0 || left > this.stage.width - 40
      || top > this.stage.height - 40) this.zoomTo(best, false);
    this.stage.invalidate();
  }

  close() { this.stage.close(); }
}
