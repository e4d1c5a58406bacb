// The session's timeline: a lane for each slot that a worker used, a bar for each attempt, the
// critical path marked. Time runs to the right, in seconds since the submission. It is read anew
// in intervals that grow with what reading costs.

import "./vendor/d3.min.js";
import { colours } from "./appearance.js";
import { h } from "./dom.js";
import { count, plural, seconds, words } from "./format.js";
import { outcomes, outcomeStates } from "./lanes.js";
import { fit, Stage } from "./stage.js";

const d3 = globalThis.d3;
const laneHeight = 18;
const barHeight = 13;
const axisHeight = 26;
const workerHeight = 24;
const gutter = 64;
const zoomMost = 5_000;
const sans = "Inter, system-ui, sans-serif";

export class TimelineView {
  /** @param ask () → the worker's timeline @param onchoose called with a task's number
      @param nameOf task's number → its id */
  constructor(ask, onchoose, nameOf) {
    Object.assign(this, { ask, onchoose, nameOf, data: null, transform: d3.zoomIdentity,
      timer: null, turn: 0 });
    this.stage = new Stage("Timeline of attempts by worker and slot. Plus and minus zoom, arrows "
      + "move, 0 shows all. The list of tasks has the same as text.",
    (context, width, height) => { if (this.data) this.draw(context, width, height); });
    this.stage.onappearance = () => this.takeColours();
    this.takeColours();
    this.spacer = h("div", { class: "spacer" });
    this.stage.element.classList.add("scrolling");
    this.stage.element.append(this.spacer);
    this.empty = h("p", { class: "stage-empty" }, "Reading the timeline…");
    this.stage.element.append(this.empty);
    this.hint = h("span", { class: "hint", "data-timeline": true });
    const button = (label, text, onclick) => h("button", { type: "button", class: "small",
      title: label, "aria-label": label, onclick }, text);
    this.element = h("section", { class: "panel", "aria-label": "Timeline" },
      h("div", { class: "toolbar" }, this.hint,
        button("Zoom out", "−", () => this.zoomBy(1 / 2)),
        button("Zoom in", "+", () => this.zoomBy(2)), button("Show all", "Fit",
          () => this.showAll())),
      this.stage.element);
    this.listen();
  }

  takeColours() {
    this.colours = colours(["surface", "sunken", "line", "ink", "ink-soft", "critical",
      ...outcomeStates]);
  }

  listen() {
    const { canvas, element } = this.stage;
    // The wheel scrolls through the lanes; with Ctrl it zooms, as elsewhere.
    this.zoom = d3.zoom().scaleExtent([1, zoomMost])
      .filter(() => !d3.event.button && (d3.event.type !== "wheel" || d3.event.ctrlKey))
      .on("zoom", () => { this.transform = d3.event.transform; this.stage.invalidate(); });
    d3.select(canvas).call(this.zoom).on("dblclick.zoom", null);
    element.addEventListener("scroll", () => this.stage.invalidate(), { passive: true });
    canvas.addEventListener("click", (event) => {
      const bar = this.barAt(event);
      if (bar !== null) this.onchoose(this.data.bars.task[bar]);
    });
    canvas.addEventListener("pointermove", (event) => {
      const bar = event.buttons ? null : this.barAt(event);
      canvas.style.cursor = bar === null ? "grab" : "pointer";
      this.stage.showTip(bar === null ? null : this.tipOf(bar), event.clientX, event.clientY);
    });
    canvas.addEventListener("pointerleave", () => this.stage.showTip(null));
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /** Reads it, and again while the session runs and this is shown. */
  async start() {
    this.stop();
    const own = this.turn;
    const began = performance.now();
    if (!document.hidden) {
      try {
        const data = await this.ask();
        if (own === this.turn) this.take(data);
      } catch (error) {
        this.hint.textContent = error.message;
      }
    }
    if (own !== this.turn || this.data?.over) return;
    this.timer = setTimeout(() => this.start(), Math.max(1_500, (performance.now() - began) * 6));
  }

  /** What is being read for an earlier start is not taken any more. */
  stop() {
    this.turn += 1;
    clearTimeout(this.timer);
  }

  take(data) {
    this.data = data;
    const { bars, lanes } = data;
    this.tops = [];
    let top = axisHeight;
    this.heads = [];
    lanes.forEach(({ worker }, lane) => {
      if (lane === 0 || lanes[lane - 1].worker !== worker) {
        this.heads.push({ worker, top });
        top += workerHeight;
      }
      this.tops.push(top);
      top += laneHeight;
    });
    this.spacer.style.height = `${Math.max(0, top + 8 - this.stage.height)}px`;
    this.end = data.over ? d3.max(bars.end) ?? data.now : data.now;
    this.empty.hidden = bars.start.length > 0;
    this.empty.textContent = "Nothing has been dispatched yet.";
    const critical = bars.critical.reduce((sum, mark) => sum + mark, 0);
    this.hint.textContent = `${plural(bars.start.length, "attempt")} in `
      + `${plural(lanes.length, "lane")}; `
      + `${count(critical)} on the critical path, outlined.`
      + (data.left_out ? ` ${count(data.left_out)} lanes more are not drawn.` : "");
    this.stage.invalidate();
  }

  scale() {
    const base = d3.scaleLinear([0, Math.max(this.end, 0.001)], [gutter, this.stage.width - 16]);
    const { transform } = this;
    return transform.rescaleX(base);
  }

  endOf(bar) {
    const end = this.data.bars.end[bar];
    return Number.isNaN(end) ? this.end : end;
  }

  draw(context, width, height) {
    const x = this.scale();
    const scrolled = this.stage.element.scrollTop;
    this.grid(context, x, height);
    this.labels(context, width, height, scrolled);
    context.save();
    context.beginPath();
    context.rect(gutter, axisHeight, width - gutter, height - axisHeight);
    context.clip();
    this.bars(context, x, { width, height, scrolled });
    context.restore();
    this.axis(context, x, width);
  }

  grid(context, x, height) {
    context.strokeStyle = this.colours.line;
    context.lineWidth = 1;
    context.beginPath();
    for (const tick of x.ticks(8)) {
      const at = Math.round(x(tick)) + 0.5;
      if (at < gutter) continue;
      context.moveTo(at, axisHeight);
      context.lineTo(at, height);
    }
    context.stroke();
  }

  axis(context, x, width) {
    context.fillStyle = this.colours.surface;
    context.fillRect(0, 0, width, axisHeight);
    context.fillStyle = this.colours["ink-soft"];
    context.font = `11px ${sans}`;
    const name = x.tickFormat(8);
    for (const tick of x.ticks(8)) {
      if (x(tick) >= gutter) context.fillText(`${name(tick)} s`, x(tick) + 4, 17);
    }
    context.strokeStyle = this.colours.line;
    context.strokeRect(-1, -1, width + 2, axisHeight + 0.5);
  }

  labels(context, width, height, scrolled) {
    context.font = `600 12px ${sans}`;
    for (const { worker, top } of this.heads) {
      const at = top - scrolled;
      if (at < 0 || at > height) continue;
      context.fillStyle = this.colours.sunken;
      context.fillRect(0, at, width, workerHeight - 4);
      context.fillStyle = this.colours.ink;
      context.fillText(worker, 12, at + 15);
    }
    context.font = `11px ${sans}`;
    context.fillStyle = this.colours["ink-soft"];
    this.tops.forEach((top, lane) => {
      const at = top - scrolled;
      if (at > axisHeight - laneHeight && at < height) {
        context.fillText(`slot ${this.data.lanes[lane].slot}`, 12, at + 11);
      }
    });
  }

  bars(context, x, { width, height, scrolled }) {
    const { bars } = this.data;
    context.font = `10.5px ${sans}`;
    for (let bar = 0; bar < bars.start.length; bar += 1) {
      const top = this.tops[bars.lane[bar]] - scrolled;
      if (!(top > axisHeight - laneHeight && top < height)) continue;
      const left = x(bars.start[bar]);
      const right = x(this.endOf(bar));
      if (right < gutter || left > width) continue;
      const wide = Math.max(1, right - left - 0.5);
      context.fillStyle = this.colours[outcomeStates[bars.outcome[bar]]];
      context.fillRect(left, top, wide, barHeight);
      if (bars.critical[bar]) {
        context.strokeStyle = this.colours.critical;
        context.lineWidth = 2;
        context.strokeRect(left, top, Math.max(wide, 2), barHeight);
      }
      if (wide > 36) this.barName(context, bar, left, top, wide);
    }
  }

  barName(context, bar, left, top, wide) {
    const inset = Math.max(left, gutter);
    const room = left + wide - inset - 8;
    if (room < 24) return;
    context.fillStyle = this.colours.surface;
    context.fillText(fit(context, this.nameOf(this.data.bars.task[bar]), room), inset + 4,
      top + 10);
  }

  barAt(event) {
    if (!this.data) return null;
    const box = this.stage.canvas.getBoundingClientRect();
    const at = this.scale().invert(event.clientX - box.left);
    const y = event.clientY - box.top;
    if (y < axisHeight) return null;
    const down = y + this.stage.element.scrollTop;
    const lane = this.tops.findIndex((top) => down >= top && down < top + laneHeight);
    const { bars } = this.data;
    const pixel = this.scale().invert(gutter + 2) - this.scale().invert(gutter);
    for (let bar = bars.start.length - 1; bar >= 0; bar -= 1) {
      if (bars.lane[bar] === lane && at >= bars.start[bar] - pixel && at <= this.endOf(bar)
        + pixel) return bar;
    }
    return null;
  }

  tipOf(bar) {
    const { bars } = this.data;
    const took = seconds(this.endOf(bar) - bars.start[bar]);
    const outcome = words(outcomes[bars.outcome[bar]]);
    const name = this.nameOf(bars.task[bar]);
    return `${name} · attempt ${bars.attempt[bar]} · ${outcome} · ${took}`
      + (bars.critical[bar] ? " · critical path" : "");
  }

  zoomBy(factor) { d3.select(this.stage.canvas).call(this.zoom.scaleBy, factor); }
  showAll() { d3.select(this.stage.canvas).call(this.zoom.transform, d3.zoomIdentity); }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = (across) => d3.select(this.stage.canvas)
      .call(this.zoom.translateBy, across / this.transform.k, 0);
    const keys = { "+": () => this.zoomBy(2), "=": () => this.zoomBy(2),
      "-": () => this.zoomBy(1 / 2),
      0: () => this.showAll(), ArrowLeft: () => move(80), ArrowRight: () => move(-80),
      ArrowUp: () => this.stage.element.scrollBy(0, -60),
        ArrowDown: () => this.stage.element.scrollBy(0, 60) };
    if (!keys[event.key]) return;
    keys[event.key]();
    event.preventDefault();
    event.stopPropagation();
  }

  close() {
    this.stop();
    this.stage.close();
  }
}
