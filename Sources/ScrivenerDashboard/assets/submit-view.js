// Submits a plan, in YAML or JSON, and shows every mistake with its place.

import { newKey, submitPlan } from "./api.js";
import { remember, remembered } from "./appearance.js";
import { announce, h, show } from "./dom.js";
import { problemBox } from "./notice.js";
import { takeSession } from "./pool.js";

const example = `query: How does the write-ahead log recover?
tasks:
  - task_id: search
    task_type: web_search
    parameters: {query: write-ahead log recovery}
  - task_id: summary
    task_type: writing
    dependencies: [search]
`;
/** A draft beyond this is not kept between visits. */
const draftAtMost = 200_000;

/** Fills `root`; returns how to leave. */
export function submitView(root) {
  let key = newKey();
  const text = h("textarea", { id: "plan", rows: 18, spellcheck: "false", autocapitalize: "off",
    autocomplete: "off",
    "aria-describedby": "plan-hint", value: remembered("draft") || example,
    oninput: () => {
      // Another plan is another submission; the same one may be sent again.
      key = newKey();
      if (text.value.length <= draftAtMost) remember("draft", text.value);
    } });
  const file = h("input", { id: "plan-file", type: "file", accept: ".yaml,.yml,.json",
    onchange: async () => {
    if (!file.files[0]) return;
    text.value = await file.files[0].text();
    text.dispatchEvent(new Event("input"));
  } });
  const problem = h("div");
  const button = h("button", { type: "button", class: "primary", "data-action": "submit",
    onclick: submit }, "Submit");

  async function submit() {
    button.disabled = true;
    show(problem);
    try {
      const session = await submitPlan(text.value, mediaType(text.value), key);
      takeSession(session);
      remember("draft", "");
      location.hash = `#/sessions/${encodeURIComponent(session.session_id)}/graph`;
    } catch (error) {
      show(problem, problemBox(error));
      announce(error.message);
    } finally {
      button.disabled = false;
    }
  }

  show(root, h("div", { class: "head" }, h("h1", { class: "grow" }, "Submit a plan")), problem,
    h("section", { class: "panel", "aria-label": "Submission" }, h("div", { class: "body" },
      h("div", { class: "field" }, h("label", { for: "plan" }, "Plan"),
        h("p", { id: "plan-hint", class: "soft small" }, "YAML (4 MiB at most) or JSON. ",
          h("kbd", null, "Ctrl"), " ",
          h("kbd", null, "Enter"), " submits it."), text),
      h("div", { class: "row" }, h("label", { for: "plan-file", class: "soft" }, "From a file"),
        file,
        h("span", { class: "grow" }), button))));
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
  });
  return () => {};
}

/** JSON is what begins as an object does and is one; everything else is for the YAML reader. */
function mediaType(text) {
  if (!text.trimStart().startsWith("{")) return "application/yaml";
  try { JSON.parse(text); return "application/json"; } catch { return "application/yaml"; }
}
