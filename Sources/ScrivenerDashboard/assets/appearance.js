// The theme as the reader wants it, and what this browser remembers of the page.

const order = ["system", "light", "dark"];
const names = { system: "Theme: system", light: "Theme: light", dark: "Theme: dark" };
const listeners = new Set();

/** Reads a setting of this page; storage may be turned off, then nothing is remembered. */
export function remembered(name) {
  try { return localStorage.getItem(`scrivener.${name}`); } catch { return null; }
}

export function remember(name, value) {
  try { localStorage.setItem(`scrivener.${name}`,
    value); } catch { /* holds for this page only */ }
}

/** Calls back when colours have changed, for what is drawn and not styled. */
export function onAppearance(callback) {
  listeners.add(callback);
  return () => listeners.delete(callback);
}

function changed() { for (const listener of listeners) listener(); }

export function startAppearance(button) {
  const current = () => document.documentElement.dataset.theme ?? "system";
  const label = () => {
    button.textContent = { system: "Auto", light: "Light", dark: "Dark" }[current()];
    button.title = `${names[current()]} (t)`;
    button.setAttribute("aria-label", names[current()]);
  };
  button.addEventListener("click", () => {
    const next = order[(order.indexOf(current()) + 1) % order.length];
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    remember("theme", next);
    label();
    changed();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  label();
}

/** Colours of custom properties as the canvas wants them: `light-dark()` is settled by a probe. */
export function colours(names) {
  const probe = document.createElement("span");
  document.body.append(probe);
  const found = {};
  for (const name of names) {
    probe.style.color = `var(--${name})`;
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}
