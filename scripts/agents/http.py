"""Services as agents: docs/agents/http.md, from nothing to a task done, and what goes wrong on the way."""

import json
import signal
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from trials.agent_pool import task
from trials.processes import free_port

EXAMPLE = Path(__file__).resolve().parent.parent.parent / "examples/agents/http/wordcount.py"
# One that is retried is tried again soon.
RETRY = {"max_retry_attempts": 2, "retry_delay_seconds": 0.2}
ONCE = {"max_retry_attempts": 0}


class Misbehaving(BaseHTTPRequestHandler):
    """Each path is a way not to behave."""

    protocol_version = "HTTP/1.1"
    release = threading.Event()

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path == "/garbage":
            self.answer(200, b"<html>it works!</html>")
        elif self.path == "/large":
            self.answer(200, json.dumps("x" * 20_000).encode())
        elif self.path == "/busy":
            self.answer(503, b"", {"retry-after": "1"})
        elif self.path == "/input":
            self.answer(422, json.dumps({"detail": "no such language"}).encode())
        elif self.path == "/slow":
            self.trickle()
        else:
            self.release.wait(60)
            self.close_connection = True

    def do_DELETE(self):
        # Neither confirms nor says that it cannot.
        self.answer(503)

    def trickle(self):
        """A stream that is never silent for long, and takes its time."""
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for index in range(5):
            self.wfile.write(
                b'event: progress\ndata: {"fraction": %.1f}\n\n' % (index / 5))
            self.wfile.flush()
            self.release.wait(0.5)
        self.wfile.write(b'event: result\ndata: "at last"\n\n')
        self.close_connection = True

    def answer(self, status, body=b"", headers=None):
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def check(pool):
    port = free_port()
    service = pool.add("service", [sys.executable, str(EXAMPLE), str(port)])
    with pool.step("from nothing to a task done"):
        service.start()
        pool.agents_worker("w1", f"""
            agents:
              - name: words
                capabilities: [word_count]
                http:
                  url: http://127.0.0.1:{port}/run
                  health_url: http://127.0.0.1:{port}/health
                  poll_seconds: 0.1
                  silence_seconds: 5
            """)
        done = pool.run(task("t", "word_count", parameters={"text": "to be or not to be"}))
        pool.expect("its result", done["t"]["payload"]["counts"], {
            "to": 2, "be": 2, "or": 1, "not": 1})
    with pool.step("bad input is not tried again"):
        done = pool.run(task("t", "word_count"))
        pool.expect_failure(done["t"], "invalid_input", "no_text")
        pool.expect("attempts", len(done["t"]["task"]["executions"]), 1)
    with pool.step("cancelled is a proof"):
        session = pool.submit(slow_words(1_000))
        pool.wait("it runs", lambda: pool.status(session, "t") == "running")
        pool.wait("the service is at it", lambda: states(port) == ["running"])
        pool.api.request("POST", f"/v1/sessions/{session}/cancel")
        done = pool.ended(session)
        pool.expect("the task", done["t"]["task"]["status"], "cancelled")
        pool.expect("the service", states(port), ["cancelled"])
    with pool.step("the service is killed, and started again"):
        session = pool.submit(slow_words(30), config=RETRY)
        pool.wait("it runs", lambda: pool.status(session, "t") == "running")
        pool.wait("the service is at it", lambda: "running" in states(port))
        service.signal(signal.SIGKILL)
        service.child.wait()
        service.start()
        done = pool.ended(session)
        pool.expect("the task", done["t"]["task"]["status"], "completed")
        first = done["t"]["task"]["executions"][0].get("failure") or {}
        pool.expect("its first attempt", (first.get("class"), first.get("code")), (
            "transient", "execution_lost"))
    misbehave(pool)


def misbehave(pool):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Misbehaving)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kinds = ["garbage", "large", "busy", "input", "slow", "hang", "quiet"]
    pool.agents_worker("w2", "agents:" + "".join(f"""
              - name: {kind}
                http:
                  url: http://127.0.0.1:{server.server_port}/{kind}
                  max_output_bytes: 10000
                  silence_seconds: {2 if kind == "quiet" else 60}
            """ for kind in kinds))
    try:
        with pool.step("garbage, too much, busy, bad input, silence"):
            done = pool.run(
                *[task(kind, "x", assigned_agent=kind)
                  for kind in ("garbage", "large", "busy", "input", "quiet")], config=ONCE)
            pool.expect_failure(done["garbage"], "permanent", "invalid_output")
            pool.expect_failure(done["large"], "permanent", "answer_too_large")
            pool.expect_failure(done["busy"], "transient", "answer_503")
            pool.expect_failure(done["input"], "invalid_input", "answer_422")
            pool.expect_failure(done["quiet"], "transient", "service_timeout")
        with pool.step("slow is no failure"):
            done = pool.run(task("slow", "x", assigned_agent="slow"), config=ONCE)
            pool.expect("its result", done["slow"]["payload"], "at last")
        with pool.step("what hangs and does not confirm has stopped after its deadline"):
            done = pool.run(
                task("hang", "x", assigned_agent="hang", timeout_seconds=1), config=ONCE)
            failure = done["hang"]["task"]["executions"][-1]["failure"]
            pool.expect("its class", failure["class"], "timeout")
    finally:
        Misbehaving.release.set()
        server.shutdown()


def slow_words(count):
    return task("t", "word_count", parameters={"text": "word " * count, "seconds_per_word": 0.1})


def states(port):
    """What the example service is at, by its own word."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/executions", timeout=5) as answer:
        return [each["state"] for each in json.load(answer)]
