// What a session came to: its report and the sources that it rests on.

import { h, show } from "./dom.js";
import { count, percent } from "./format.js";
import { renderMarkdown } from "./markdown.js";
import { problemBox } from "./notice.js";
import { figures } from "./widgets.js";

const sourcesShown = 500;

export class ResultsTab {
  constructor(link) {
    this.link = link;
    this.element = h("div", { "aria-label": "Results", role: "group" });
  }

  async update() {
    if (!this.element.childElementCount) show(this.element,
      h("p", { class: "empty" }, "Reading the results…"));
    try {
      const results = await this.link.ask("results");
      const kept = document.activeElement;
      if (kept && this.element.contains(kept) && kept !== this.element) return;
      show(this.element, this.summary(results), h("div", { class: "reading" }, this.main(results),
        this.sources(results.sources)));
    } catch (error) {
      show(this.element, problemBox(error));
    }
  }

  summary({ sources, analysis, document, quality, execution }) {
    const list = figures(["Sources", "Insights", "Citations", "Words", "Quality",
      "Tasks completed"]);
    list.set("Sources", count(sources.total_sources));
    list.set("Insights", count(analysis.insights_generated));
    list.set("Citations", count(document.citations));
    list.set("Words", count(document.word_count));
    list.set("Quality", quality.document_score === undefined ? "–"
      : quality.document_score.toFixed(2));
    list.set("Tasks completed", count(execution.completed_tasks),
      `of ${count(execution.total_tasks)}`);
    return list.element;
  }

  main({ report, payloads }) {
    if (report) return h("article", { class: "panel report", "aria-label": "Report" },
      renderMarkdown(report.markdown));
    if (!payloads) {
      return h("section", { class: "panel" }, h("p", { class: "empty" },
        "No task of this session has written a report, and its tasks are too many to show what "
        + "each returned; the command line has all of it."));
    }
    return h("section", { class: "panel" }, h("header", null,
      h("h2", null, "What its tasks returned")),
      payloads.length ? h("div", { class: "body attempts" }, payloads.map(({ task, size, text }) =>
        h("details", null, h("summary", { class: "mono" }, task, h("span", { class: "soft" },
          ` ${count(size)} characters`)), h("pre", { class: "log", tabindex: 0 }, text))))
        : h("p", { class: "empty" }, "Nothing yet: no task has completed."));
  }

  sources({ items, total_sources: total }) {
    const shown = items.slice(0, sourcesShown);
    return h("section", { class: "panel" }, h("header", null,
      h("h2", null, `Sources (${count(total)})`)),
      shown.length ? h("ol", { class: "sources" }, shown.map((source) => h("li", null,
        h("p", null, source.title || source.locator),
        h("p", { class: "soft small" }, this.locator(source.locator)),
        h("p", { class: "soft small" }, [source.kind, source.authors?.join(", "),
          `confidence ${percent(source.confidence)}`].filter(Boolean).join(" · ")))))
        : h("p", { class: "empty" }, "None."));
  }

  locator(locator) {
    return /^https?:\/\//.test(locator)
      ? h("a", { href: locator, rel: "noopener noreferrer", target: "_blank" }, locator) : locator;
  }
}
