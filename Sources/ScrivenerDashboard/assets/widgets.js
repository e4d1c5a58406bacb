// Elements that several views show: a state, a meter, a stacked bar of states, figures.

import { h, setText } from "./dom.js";
import { count, words } from "./format.js";
import { isOver, stateIndex, taskStates } from "./states.js";

export function pill(label, tone) {
  return h("span", { class: `pill tone-${tone}` }, h("span",
    { class: "dot", "aria-hidden": "true" }),
    h("span", null, words(label)));
}

/** Shows another state in a pill that is there. */
export function updatePill(element, label, tone) {
  element.className = `pill tone-${tone}`;
  setText(element.lastElementChild, words(label));
}

function width(element, share) {
  element.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
}

export function slotMeter(busy, all) {
  const bar = h("i", { class: "tone-running" });
  width(bar, all ? busy / all : 0);
  return h("div", { class: "meter slots", "aria-hidden": "true" }, bar);
}

/** A bar with a part for each state; states that nothing has begun in are the ground. */
export function stateBar() {
  const parts = new Map();
  const element = h("div", { class: "meter", role: "img" });
  const drawn = taskStates.filter((state) => isOver(state)
    || ["running", "cancelling", "backing_off", "held"].includes(state))
    .sort((a, b) => stateIndex(a) - stateIndex(b));
  const update = (byStatus, total) => {
    for (const state of drawn) {
      const share = total ? (byStatus?.[state] ?? 0) / total : 0;
      if (share && !parts.has(state)) {
        const part = h("i", { class: `tone-${state}` });
        parts.set(state, part);
        const next = drawn.slice(drawn.indexOf(state) + 1).find((later) => parts.has(later));
        element.insertBefore(part, next ? parts.get(next) : null);
      }
      if (parts.has(state)) width(parts.get(state), share);
    }
    element.setAttribute("aria-label", taskStates.filter((state) => byStatus?.[state])
      .map((state) => `${count(byStatus[state])} ${words(state)}`).join(", ") || "no tasks");
  };
  return { element, update };
}

/** A list of figures with their names; `set` changes the text of one. */
export function figures(names) {
  const values = names.map((name) => [name, h("dd", null, "–")]);
  const element = h("dl", { class: "figures" },
    values.map(([name, value]) => h("div", null, h("dt", null, name), value)));
  const set = (name, text, unit) => {
    const value = values.find(([known]) => known === name)[1];
    const wanted = unit ? `${text} ${unit}` : text;
    if (value.textContent === wanted) return;
    value.replaceChildren(text, ...(unit ? [" ", h("small", null, unit)] : []));
  };
  return { element, set };
}
