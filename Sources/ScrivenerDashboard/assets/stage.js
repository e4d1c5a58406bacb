// A canvas that fills its place: sharp on any display, drawn at most once a frame and only after
// something has changed.

import { onAppearance } from "./appearance.js";
import { h } from "./dom.js";

export class Stage {
  /** @param label what a screen reader says of it @param draw (context, width, height) */
  constructor(label, draw) {
    this.canvas = h("canvas", { tabindex: 0, role: "application", "aria-label": label });
    this.tip = h("div", { class: "tip", hidden: true });
    this.element = h("div", { class: "stage" }, this.canvas, this.tip);
    this.draw = draw;
    this.frame = null;
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.element);
    this.stopAppearance = onAppearance(() => { this.onappearance?.(); this.invalidate(); });
  }

  get width() { return this.element.clientWidth; }
  get height() { return this.element.clientHeight; }

  resize() {
    const ratio = globalThis.devicePixelRatio || 1;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.canvas.style.width = `${this.width}px`;
    this.canvas.style.height = `${this.height}px`;
    this.onresize?.();
    // A canvas that was resized is blank: it is drawn before that can be seen.
    this.paint();
  }

  invalidate() {
    this.frame ??= requestAnimationFrame(() => this.paint());
  }

  paint() {
    if (this.frame !== null) cancelAnimationFrame(this.frame);
    this.frame = null;
    const ratio = globalThis.devicePixelRatio || 1;
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    if (this.width && this.height) this.draw(context, this.width, this.height);
  }

  /** Shows a word beside the pointer, in client coordinates; none hides it. */
  showTip(text, x, y) {
    this.tip.hidden = !text;
    if (!text) return;
    this.tip.textContent = text;
    const box = this.element.getBoundingClientRect();
    const left = Math.min(x - box.left + 14, this.width - this.tip.offsetWidth - 8);
    this.tip.style.left = `${Math.max(4, left) + this.element.scrollLeft}px`;
    this.tip.style.top = `${y - box.top + 16 + this.element.scrollTop}px`;
  }

  close() {
    this.observer.disconnect();
    this.stopAppearance();
    if (this.frame !== null) cancelAnimationFrame(this.frame);
  }
}

/** Cuts text to a width on the canvas; canvases have no ellipsis of their own. */
export function fit(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (context.measureText(`${text.slice(0, middle)}…`).width <= width) low = middle;
    else high = middle - 1;
  }
  return low > 0 ? `${text.slice(0, low)}…` : "";
}
