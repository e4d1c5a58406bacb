// Begins here: which view the address names, keys, the state of the link to the coordinator.
//
// The page uses the public HTTP API alone. Everything from outside becomes text (dom.js); the only
// Markdown goes through a list of what is allowed (markdown.js).

import { startAccess } from "./access.js";
import { remember, remembered, startAppearance } from "./appearance.js";
import { h, setText, show } from "./dom.js";
import { onPool, pool, startPool } from "./pool.js";
import { queueView } from "./queue-view.js";
import { SessionView, tabs } from "./session-view.js";
import { sessionsView } from "./sessions-view.js";
import { submitView } from "./submit-view.js";
import { workersView } from "./workers-view.js";

const views = { sessions: sessionsView, workers: workersView, queue: queueView,
  submit: submitView };
const keys = [["1 2 3 4", "Sessions, workers, queue, submit"],
  ["g l k r d", "Graph, timeline, tasks, results, diagnosis"],
  ["p", "Pause or resume the session"], ["x", "Cancel the session"],
    ["/", "Go to the search field"],
  ["t", "Theme"], ["Esc", "Close the task"], ["?", "This help"],
    ["← ↑ → ↓", "On a graph: from task to task; on a timeline: move"],
  ["Enter", "On a graph: open the task"], ["+ − 0",
    "On a graph or timeline: zoom in, out, show all"]];

const main = document.getElementById("main");
let leave = () => {};
let session = null;

function route() {
  const [view = "sessions", id, tab] = location.hash.replace(/^#\/?/, "").split("/").map(decode);
  const wanted = tabs.some(([name]) => name === tab) ? tab : "graph";
  if (view === "sessions" && id && session?.id === id) { session.open(wanted); return; }
  leave();
  session = null;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#/${view || "sessions"}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (view === "sessions" && id) {
    const opened = new SessionView(main, id, wanted);
    session = opened;
    leave = () => opened.leave();
  } else {
    leave = (views[view] ?? sessionsView)(main);
  }
  scrollTo(0, 0);
  if (document.activeElement === document.body) main.focus({ preventScroll: true });
}

function decode(part) {
  try { return decodeURIComponent(part); } catch { return part; }
}

function showLink() {
  const link = document.getElementById("link");
  link.dataset.state = pool.link;
  setText(link, { live: "Live", polling: "Polling", broken: "No connection" }[pool.link]);
}

function startHelp() {
  const dialog = document.getElementById("keys");
  const toggle = document.getElementById("keys-on");
  toggle.checked = remembered("keys") !== "off";
  toggle.addEventListener("change", () => remember("keys", toggle.checked ? "on" : "off"));
  show(document.getElementById("keys-list"), keys.map(([names, what]) => [
    h("dt", null, names.split(" ").flatMap((name) => [h("kbd", null, name), " "])),
      h("dd", null, what)]));
  const open = () => dialog.showModal();
  document.getElementById("help").addEventListener("click", open);
  return open;
}

function startKeys(openHelp) {
  const pages = ["sessions", "workers", "queue", "submit"];
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    // A tick takes no text. It would matter: the one in the help still has the focus for a moment
    // after the help was closed.
    const field = event.target.closest("input:not([type=checkbox]), textarea, select");
    if (event.key === "Escape" && field) { field.blur(); return; }
    if (field || (!document.getElementById("keys-on").checked && event.key !== "Escape")) return;
    if (pages[Number(event.key) - 1]) location.hash = `#/${pages[Number(event.key) - 1]}`;
    else if (event.key === "?") openHelp();
    else if (event.key === "t") document.getElementById("theme").click();
    else if (event.key === "/") document.querySelector("main [data-find]")?.focus();
    else if (!session?.key(event.key)) return;
    event.preventDefault();
  });
}

startAppearance(document.getElementById("theme"));
startAccess(document.getElementById("logout"));
startKeys(startHelp());
onPool(showLink);
startPool();
addEventListener("hashchange", route);
document.querySelector(".skip").addEventListener("click",
  (event) => { event.preventDefault(); main.focus(); });
route();
