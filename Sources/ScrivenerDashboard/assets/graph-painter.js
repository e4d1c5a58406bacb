// Draws a graph's layout on a canvas. What is too small to be told apart is drawn as what it comes
// to: a box whose cells would be less than two pixels becomes a bar of its states.

import "./vendor/d3.min.js";
import { colours } from "./appearance.js";
import { count, words } from "./format.js";
import { fit } from "./stage.js";
import { glyphs, taskStates } from "./states.js";

const d3 = globalThis.d3;
const palette = ["page", "surface", "sunken", "line", "line-strong", "ink", "ink-soft", "accent",
  "critical"];
const sans = "Inter, system-ui, sans-serif";
const cellsFromPixels = 1.6;

export class GraphPainter {
  constructor() { this.takeColours(); }

  takeColours() {
    this.colours = colours([...palette, ...taskStates]);
    this.stateColours = taskStates.map((state) => this.colours[state]);
  }

  /** @param graph the view's: layout, states, counts by box, names, selection, filter */
  draw(context, graph, transform, width, height) {
    const { layout } = graph;
    const seen = { left: -transform.x / transform.k, top: -transform.y / transform.k,
      right: (width - transform.x) / transform.k, bottom: (height - transform.y) / transform.k };
    context.save();
    context.translate(transform.x, transform.y);
    context.scale(transform.k, transform.k);
    this.edges(context, layout, transform.k, graph.chosen !== null);
    context.restore();
    layout.boxes.forEach((box, number) => {
      if (box.x > seen.right || box.y > seen.bottom || box.x + box.width < seen.left
        || box.y + box.height < seen.top) return;
      if (layout.alone) this.taskBox(context, graph, box, transform);
      else this.groupBox(context, graph, box, number, transform);
    });
    if (graph.chosen !== null) this.selection(context, graph, transform);
  }

  edges(context, layout, scale, faded) {
    const line = d3.line().curve(d3.curveBasis).context(context);
    context.strokeStyle = this.colours["line-strong"];
    for (const edge of layout.edges) {
      context.globalAlpha = (layout.alone ? 0.75 : 0.4) * (faded ? 0.5 : 1);
      context.lineWidth = layout.alone ? 1.2 / Math.min(scale, 1)
        : Math.min(6, 0.8 + Math.log2(edge.weight + 1) * 0.6);
      context.beginPath();
      line(edge.points);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  taskBox(context, graph, box, { x, y, k }) {
    const task = box.tasks[0];
    const state = graph.states[task];
    const left = box.x * k + x;
    const top = box.y * k + y;
    const width = box.width * k;
    const height = box.height * k;
    context.globalAlpha = graph.dimmed(task) ? 0.25 : 1;
    context.beginPath();
    context.roundRect(left, top, width, height, 6 * k);
    context.fillStyle = this.colours.surface;
    context.fill();
    context.save();
    context.clip();
    context.globalAlpha *= 0.14;
    context.fillStyle = this.stateColours[state];
    context.fillRect(left, top, width, height);
    context.globalAlpha = graph.dimmed(task) ? 0.25 : 1;
    context.fillRect(left, top, 5 * k, height);
    context.restore();
    const critical = graph.critical.has(task);
    context.strokeStyle = critical ? this.colours.critical : this.colours.line;
    context.lineWidth = critical ? Math.max(1.5, 2 * k) : 1;
    context.stroke();
    if (k > 0.35) {
      this.text(context, box.label, left + 13 * k, top + 18 * k, width - 20 * k,
        `600 ${12 * k}px ${sans}`, "ink");
      const sub = `${glyphs[taskStates[state]]} ${words(taskStates[state])} · ${box.sub}`;
      this.text(context, sub, left + 13 * k, top + 34 * k, width - 20 * k, `${11 * k}px ${sans}`,
        "ink-soft");
    }
    context.globalAlpha = 1;
  }

  groupBox(context, graph, box, number, { x, y, k }) {
    const left = box.x * k + x;
    const top = box.y * k + y;
    context.beginPath();
    context.roundRect(left, top, box.width * k, box.height * k, Math.min(8, 8 * k));
    context.fillStyle = this.colours.surface;
    context.fill();
    context.strokeStyle = this.colours.line;
    context.lineWidth = 1;
    context.stroke();
    const { cell, pitch } = graph.layout;
    if (pitch.y * k < cellsFromPixels) this.statesAsBar(context, graph, box, number, { x, y, k });
    else this.cells(context, graph, box, { x, y, k }, cell);
    this.groupName(context, graph, box, { left, top, k });
  }

  groupName(context, graph, box, { left, top, k }) {
    const size = Math.max(9, Math.min(14, 11 * k));
    if (box.width * k < 24 || pitchTop(graph, k) < size) return;
    const inset = Math.max(2, Math.min(7, 7 * k));
    const room = box.width * k - 2 * inset;
    context.font = `600 ${size}px ${sans}`;
    const names = [`${box.label} · ${count(box.tasks.length)} · ${box.sub}`,
      `${box.label} · ${count(box.tasks.length)}`];
    const shown = names.find((name) => context.measureText(name).width <= room) ?? box.label;
    this.text(context, shown, left + inset, top + pitchTop(graph, k) / 2 + size * 0.4, room,
      `600 ${size}px ${sans}`, "ink");
  }

  statesAsBar(context, graph, box, number, { x, y, k }) {
    const counts = graph.countsOf(number);
    const top = (box.y + 2) * k + y;
    const height = (box.height - 4) * k;
    let left = (box.x + 2) * k + x;
    counts.forEach((amount, state) => {
      const width = ((box.width - 4) * k * amount) / box.tasks.length;
      context.fillStyle = this.stateColours[state];
      context.fillRect(left, top, width, height);
      left += width;
    });
  }

  cells(context, graph, box, { x, y, k }, cell) {
    const { layout, states } = graph;
    const width = Math.max(0.8, cell.width * k);
    const height = Math.max(0.8, cell.height * k);
    let current = -1;
    let dimmed = null;
    for (const task of box.tasks) {
      const state = states[task];
      if (state !== current) context.fillStyle = this.stateColours[current = state];
      const dim = graph.dimmed(task);
      if (dim !== dimmed) context.globalAlpha = (dimmed = dim) ? 0.16 : 1;
      context.fillRect(layout.x[task] * k + x, layout.y[task] * k + y, width, height);
    }
    context.globalAlpha = 1;
    if (width < 64) return;
    for (const task of box.tasks) {
      const left = layout.x[task] * k + x;
      const top = layout.y[task] * k + y;
      if (top < -height || left < -width || top > context.canvas.height
        || left > context.canvas.width) continue;
      this.cellName(context, graph, task, { left, top, width, height });
    }
  }

  cellName(context, graph, task, { left, top, width, height }) {
    const size = Math.min(12, height * 0.42);
    if (size < 6) return;
    context.fillStyle = this.colours.surface;
    context.globalAlpha = 0.9;
    context.fillRect(left + 3, top + 3, width - 6, height - 6);
    context.globalAlpha = 1;
    const state = taskStates[graph.states[task]];
    this.text(context, `${glyphs[state]} ${graph.ids[task]}`, left + 7,
      top + height / 2 + size * 0.36,
      width - 14, `${size}px ${sans}`, "ink");
  }

  /** The chosen task, what it needs and what needs it. */
  selection(context, graph, transform) {
    const { layout, chosen } = graph;
    const at = (task, side) => [(layout.x[task] + layout.cell.width * side) * transform.k
      + transform.x,
      (layout.y[task] + layout.cell.height / 2) * transform.k + transform.y];
    const outline = (task, width) => {
      context.lineWidth = width;
      context.strokeRect(layout.x[task] * transform.k + transform.x - 1.5,
        layout.y[task] * transform.k + transform.y - 1.5,
        layout.cell.width * transform.k + 3, layout.cell.height * transform.k + 3);
    };
    context.strokeStyle = this.colours.accent;
    const { before, after } = graph.neighbours(chosen);
    const curve = d3.linkHorizontal().context(context);
    const edges = [...before.map((task) => [task, chosen]),
      ...after.map((task) => [chosen, task])];
    for (const [from, to] of edges) {
      context.lineWidth = 1.2;
      context.globalAlpha = 0.7;
      context.beginPath();
      curve({ source: at(from, 1), target: at(to, 0) });
      context.stroke();
      outline(from === chosen ? to : from, 1);
    }
    context.globalAlpha = 1;
    outline(chosen, 2.5);
  }

  text(context, text, left, baseline, room, font, colour) {
    context.font = font;
    context.fillStyle = this.colours[colour];
    context.fillText(fit(context, text, room), left, baseline);
  }
}

function pitchTop(graph, k) { return graph.layout.pitch.top * k; }
