// Makes elements. Whatever comes from outside becomes text here and nothing else: there is no way
// from a string to markup, and no inline style, which the page's policy would refuse.

const SVG = "http://www.w3.org/2000/svg";

/** An element. `on…` are listeners, others attributes; false and null are left out. */
export function h(tag, properties, ...children) {
  return fill(document.createElement(tag), properties, children);
}

export function svg(tag, properties, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined
    && child !== false));
  return element;
}

/** Shows these children in place of what was there. */
export function show(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter(Boolean));
}

/** Sets text only where it differs, so that a screen reader and the layout are left in peace. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Brings the children of `parent` into line with `items`, and keeps those whose key is there
 * already: so focus, scrolling and selection survive an update.
 */
export function reconcile(parent, items, key, make, update) {
  const had = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let at = parent.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    let child = had.get(name);
    had.delete(name);
    if (!child) {
      child = make(item);
      child.dataset.key = name;
    }
    if (child === at) at = at.nextElementSibling;
    else parent.insertBefore(child, at);
    update(child, item);
  }
  for (const child of had.values()) child.remove();
}

/** Says something to screen readers that others can see. */
export function announce(text) {
  document.getElementById("announcements").textContent = text;
}
