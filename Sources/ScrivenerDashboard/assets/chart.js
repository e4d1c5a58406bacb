// Small charts in SVG, by d3-shape: how something went lately, without axes. The figure stands
// beside them as text.

import "./vendor/d3.min.js";
import { svg } from "./dom.js";

const d3 = globalThis.d3;
const width = 120;
const height = 28;

/** A line over its area; `points` is how many steps the full width stands for. */
export function sparkline(points = 60) {
  const area = svg("path", { class: "area" });
  const line = svg("path", {});
  const element = svg("svg", { class: "spark", viewBox: `0 0 ${width} ${height}`,
    preserveAspectRatio: "none", "aria-hidden": "true" }, area, line);
  const update = (values) => {
    const shown = values.slice(-points);
    const x = d3.scaleLinear([0, Math.max(points - 1, 1)], [0, width]);
    const y = d3.scaleLinear([0, Math.max(d3.max(shown) ?? 0, 1e-9)], [height - 1, 2]);
    const at = (index) => x(points - shown.length + index);
    const draw = d3.line().x((_, index) => at(index)).y((value) => y(value))
      .curve(d3.curveMonotoneX);
    line.setAttribute("d", draw(shown) ?? "");
    area.setAttribute("d", d3.area().x((_, index) => at(index)).y0(height)
      .y1((value) => y(value)).curve(d3.curveMonotoneX)(shown) ?? "");
  };
  return { element, update };
}
