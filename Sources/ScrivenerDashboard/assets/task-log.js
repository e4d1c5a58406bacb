// What the agent of the open task says while it runs. One stream for as long as the task is
// looked at; text and nothing else, of which the end is kept.

import { h } from "./dom.js";

const keptCharacters = 200_000;
const flushEvery = 100;
const retryAfter = 5_000;
/** So many pixels from the end count as being there. */
const nearEnd = 24;

export class TaskLog {
  constructor() {
    this.text = h("pre", { class: "log", tabindex: 0, "aria-label": "Output" });
    this.element = h("section", { hidden: true }, h("h3", null, "Output, as it comes"), this.text);
    this.clear();
    this.visibility = () => { if (document.hidden) this.disconnect(); else this.connect(); };
    document.addEventListener("visibilitychange", this.visibility);
  }

  /** @param path of the task in the API. */
  follow(path) {
    if (this.path === path) return;
    this.close();
    this.path = path;
    this.connect();
  }

  close() {
    this.disconnect();
    this.path = null;
    this.clear();
  }

  leave() {
    this.close();
    document.removeEventListener("visibilitychange", this.visibility);
  }

  clear() {
    Object.assign(this, { attempt: null, lastID: null, isOver: false, length: 0, waiting: "" });
    this.text.textContent = "";
    this.element.hidden = true;
  }

  connect() {
    if (!this.path || this.stream || this.isOver || document.hidden) return;
    const since = this.lastID ? `&since=${encodeURIComponent(this.lastID)}` : "";
    const stream = new EventSource(`${this.path}/log?follow=true${since}`);
    this.stream = stream;
    const on = (name, take) => stream.addEventListener(name, (event) => {
      if (event.lastEventId) this.lastID = event.lastEventId;
      take(JSON.parse(event.data));
    });
    on("attempt", (attempt) => this.begin(attempt));
    on("log", ({ text }) => this.append(text));
    on("reset", () => {
      this.empty();
      // What follows begins anew, with any attempt.
      this.attempt = null;
      this.append("[what was said before is not held any more]\n");
    });
    on("end", () => { this.isOver = true; this.disconnect(); });
    stream.addEventListener("error", () => {
      // Refused, and not broken off: the browser does not try again by itself.
      if (stream.readyState !== EventSource.CLOSED || stream !== this.stream) return;
      this.disconnect();
      this.retry = setTimeout(() => this.connect(), retryAfter);
    });
  }

  disconnect() {
    clearTimeout(this.retry);
    this.stream?.close();
    this.stream = null;
  }

  begin({ attempt, worker_id: worker }) {
    if (this.attempt !== null) {
      // After a break attempts that have said nothing yet are told of once more.
      if (attempt <= this.attempt) return;
      this.append(`\n[attempt ${attempt}, on ${worker ?? "?"}]\n`);
    }
    this.attempt = attempt;
  }

  empty() {
    this.waiting = "";
    this.length = 0;
    this.text.textContent = "";
  }

  append(text) {
    this.waiting = (this.waiting + text).slice(-keptCharacters);
    this.timer ??= setTimeout(() => { this.timer = null; this.flush(); }, flushEvery);
  }

  /** Who has scrolled up to read is left there; anybody else sees the end. */
  flush() {
    if (!this.waiting) return;
    this.element.hidden = false;
    const { text } = this;
    const follows = text.scrollHeight - text.scrollTop - text.clientHeight < nearEnd;
    text.append(this.waiting);
    this.length += this.waiting.length;
    this.waiting = "";
    if (this.length > keptCharacters * 1.5) {
      text.textContent = text.textContent.slice(-keptCharacters);
      this.length = text.textContent.length;
    }
    if (follows) text.scrollTop = text.scrollHeight;
  }
}
