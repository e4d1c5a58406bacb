// The page's end of the session's worker: questions with answers, and what it reports by itself.

export class SessionLink {
  /** @param on listeners by type: session, graph, states, link. */
  constructor(id, on) {
    this.pending = new Map();
    this.number = 0;
    this.worker = new Worker("/assets/session-worker.js", { type: "module" });
    this.worker.onmessage = ({ data }) => {
      if (data.type === "answer") this.settle(data);
      else on[data.type]?.(data);
    };
    this.worker.onerror = (event) => on.link?.({ state: "broken",
      message: event.message || "the page's own worker could not be started" });
    this.visibility = () => this.tell("visible", { visible: !document.hidden });
    document.addEventListener("visibilitychange", this.visibility);
    this.tell("open", { id });
  }

  tell(op, message) { this.worker.postMessage({ op, ...message }); }

  ask(op, message) {
    this.number += 1;
    const number = this.number;
    this.worker.postMessage({ op, number, ...message });
    return new Promise((resolve, reject) => this.pending.set(number, { resolve, reject }));
  }

  settle({ number, answer, failure }) {
    const { resolve, reject } = this.pending.get(number);
    this.pending.delete(number);
    if (failure) reject(Object.assign(new Error(failure.message), { code: failure.code }));
    else resolve(answer);
  }

  close() {
    document.removeEventListener("visibilitychange", this.visibility);
    this.worker.terminate();
  }
}
