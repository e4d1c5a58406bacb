// What interrupts: a question before something that cannot be undone, and a short message after
// something that failed or was done.

import { announce, h, show } from "./dom.js";

const shownFor = 8_000;

/**
 * Asks. Resolves to null when the answer is no, otherwise to the chosen option's value, or to true
 * where there are none.
 */
export function confirm({ title, text, yes, danger = false, options = [] }) {
  const dialog = document.getElementById("confirm");
  document.getElementById("confirm-title").textContent = title;
  document.getElementById("confirm-text").textContent = text;
  const button = document.getElementById("confirm-yes");
  button.textContent = yes;
  button.className = danger ? "danger" : "primary";
  show(document.getElementById("confirm-options"), options.map((option, index) =>
    h("p", null, h("label", { class: "check" },
      h("input", { type: "radio", name: "option", value: option.value, checked: index === 0 }),
      option.label))));
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "yes") resolve(null);
      else resolve(dialog.querySelector("input[name=option]:checked")?.value ?? true);
    }, { once: true });
  });
}

export function toast(text) {
  const toasts = document.getElementById("toasts");
  const close = () => entry.remove();
  const entry = h("div", { class: "toast" }, h("span", { class: "grow break" }, text),
    h("button", { type: "button", "aria-label": "Dismiss", onclick: close }, "✕"));
  while (toasts.childElementCount >= 4) toasts.firstElementChild.remove();
  toasts.append(entry);
  setTimeout(close, shownFor);
  announce(text);
}

/** Does something that was asked for, and says so, or why not. */
export async function attempt(doing, done) {
  try {
    const result = await doing();
    toast(typeof done === "function" ? done(result) : done);
    return result;
  } catch (error) {
    toast(error.message);
    return null;
  }
}

/** A problem where it belongs: beside what it is about. */
export function problemBox(error) {
  return h("div", { class: "problem", role: "alert" }, h("p", { class: "break" }, error.message,
    error.code && error.code !== "unknown" ? h("span", { class: "soft" }, ` [${error.code}]`)
      : null),
  error.errors?.length ? h("ul", null, error.errors.map((mistake) => h("li", { class: "break" },
    mistake.pointer ? h("code", null, mistake.pointer) : null, " ",
      mistake.message ?? mistake.code,
    mistake.limit ? ` (limit ${mistake.limit}, actual ${mistake.actual ?? "unknown"})`
      : mistake.actual ? ` (actual ${mistake.actual})` : ""))) : null);
}
