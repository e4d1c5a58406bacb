#!/usr/bin/env python3
"""A service that is an agent: it counts words, slowly, tells how far it is, and stops when it is told to.

  wordcount.py [PORT]

Tasks have `text`, and `seconds_per_word` (0 when absent). docs/agents/http.md says what it owes.
"""

import datetime
import json
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LARGEST_TASK = 8 << 20
# By the attempt that they belong to, and by their place.
executions = {}
lock = threading.Lock()


class Execution(threading.Thread):
    """One attempt at a task."""

    def __init__(self, task, deadline):
        super().__init__(daemon=True)
        self.place = f"/executions/{uuid.uuid4()}"
        self.task = task
        self.deadline = deadline
        self.is_stopping = threading.Event()
        self.state = {"state": "running", "fraction": 0}

    def run(self):
        parameters = self.task["parameters"]
        if not isinstance(parameters.get("text"), str):
            error = {"class": "invalid_input", "code": "no_text", "message": "there is no text"}
            self.state = {"state": "failed", "error": error}
            return
        pause = float(parameters.get("seconds_per_word", 0))
        words = parameters["text"].split()
        counts = {}
        for index, word in enumerate(words):
            if self.is_stopping.wait(pause) or self.is_overdue():
                self.state = {"state": "cancelled"}
                return
            counts[word.lower()] = counts.get(word.lower(), 0) + 1
            self.state = {"state": "running", "fraction": (index + 1) / len(words),
                          "message": f"{index + 1} of {len(words)} words"}
        self.state = {"state": "completed", "result": {"words": len(words), "counts": counts}}

    def is_overdue(self):
        return self.deadline and datetime.datetime.now(datetime.timezone.utc) >= self.deadline

    def stop(self):
        """Returns when nothing of it runs."""
        self.is_stopping.set()
        self.join()


def open_executions():
    """All but those that have come to an end by themselves."""
    with lock:
        found = {each.place: each for each in executions.values()}
    return [each for each in found.values() if each.state["state"] in ("running", "cancelled")]


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = int(self.headers.get("content-length", 0))
        if self.path != "/run" or length > LARGEST_TASK:
            self.close_connection = True
            return self.answer(404 if self.path != "/run" else 413)
        task = json.loads(self.rfile.read(length))
        deadline = self.headers.get("scrivener-deadline")
        if deadline:
            deadline = datetime.datetime.fromisoformat(deadline.replace("Z", "+00:00"))
        attempt = (self.headers["idempotency-key"], self.headers["scrivener-attempt"])
        with lock:
            # Asked again, it is the same execution.
            execution = executions.get(attempt)
            if execution is None:
                execution = Execution(task, deadline)
                executions[attempt] = executions[execution.place] = execution
                execution.start()
        self.answer(202, location=execution.place)

    def do_GET(self):
        if self.path == "/health":
            return self.answer(200, {"status": "well"})
        if self.path == "/executions":
            return self.answer(200, [each.state for each in open_executions()])
        execution = executions.get(self.path)
        self.answer(200, execution.state) if execution else self.answer(404)

    def do_DELETE(self):
        execution = executions.get(self.path)
        if execution is None:
            return self.answer(404)
        execution.stop()
        self.answer(204)

    def answer(self, status, value=None, location=None):
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        if location:
            self.send_header("location", location)
        self.send_header("content-type", "application/json")
        if status != 204:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    ThreadingHTTPServer(("127.0.0.1", port), Service).serve_forever()
