"""A real pool for the tests: a coordinator, two research workers and two workers for trying out.

The binaries are those of SCRIVENER_BIN (a folder). Nothing is mocked: what the page shows is what
a coordinator says.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from trials.processes import free_port  # noqa: E402

ENDED = ("completed", "failed", "cancelled")
HOSTILE = "<img src=x onerror=alert(1)>"

# An agent whose every attempt fails and logs markup, as a program of anybody's could.
AGENTS = {
    "agents": [
        {
            "name": "broken",
            "capabilities": ["broken_work"],
            "command": [
                "/bin/sh",
                "-c",
                "cat >/dev/null; "
                f"echo 'reading <script>alert(2)</script>' >&2; echo '{HOSTILE}' >&2; exit 70",
            ],
        },
        {
            # Hands back Markdown that tries everything, as a final document.
            "name": "scribe",
            "capabilities": ["scribe_work"],
            "command": ["/bin/cat", "report.json"],
        },
    ]
}

REPORT = f"""# A report {HOSTILE}

Text with <b onclick="alert(3)">markup</b> and *emphasis*.

{HOSTILE}

<script>alert(4)</script>

- [a good link](https://example.org/page)
- [a bad link](javascript:alert(5))
- ![an image](https://example.org/pixel.png)

| a | b |
|---|---|
| 1 | `<i>2</i>` |
"""


class Pool:
    """Starts with `with`; ends every process that it started.

    `workers` are those for trying out, with what each is told beyond its place and its agents.
    """

    def __init__(self, binaries, http_port=0, workers=None):
        self.binaries = Path(binaries)
        self.http_port = http_port
        self.trial_workers = workers or {"e1": ["--slots", "8"], "e2": ["--slots", "8"]}
        self.processes = {}

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="scrivener-dashboard-")
        data = Path(self.folder.name)
        self.data = data
        try:
            self.start_cluster(data)
            for name in self.trial_workers:
                self.start_worker(name)
            self.wait_until(lambda: len(self.workers("connected")) == 4, "four workers")
        except BaseException:
            self.__exit__()
            raise
        return self

    def start_cluster(self, data):
        """As a person would; its port for workers is chosen here, for those that join it."""
        self.zmq_port = free_port()
        ready = subprocess.Popen(
            [
                self.binaries / "scrivener", "cluster", "up", "--workers", "2",
                "--corpus", ROOT / "examples/corpus", "--data", data / "cluster",
                "--http-port", str(self.http_port), "--zmq-port", str(self.zmq_port),
                "--log-file", data / "cluster.log",
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.processes["cluster"] = ready
        line = ready.stdout.readline()
        if not line.startswith("ready: "):
            raise RuntimeError(f"the cluster did not start: {self.log_of('cluster')}")
        self.url = line.removeprefix("ready: ").strip()

    def start_worker(self, name):
        agents = self.data / "agents.json"
        report = self.data / "report.json"
        findings = {"document": {"title": "A report", "is_final": True, "word_count": 12,
                                 "sections": ["A report"]}}
        report.write_text(json.dumps({"payload": {"markdown": REPORT}, "findings": findings}))
        settings = json.loads(json.dumps(AGENTS))
        settings["agents"][1]["command"][1] = str(report)
        agents.write_text(json.dumps(settings))
        log = open(self.data / f"{name}.log", "a")
        self.processes[name] = subprocess.Popen(
            [
                self.binaries / "scrivener-worker", "--id", name,
                "--coordinator", f"tcp://127.0.0.1:{self.zmq_port}",
                "--agents", "echo,noop", "--agents-file", agents, *self.trial_workers[name],
            ],
            stdout=log,
            stderr=log,
        )
        log.close()

    def __exit__(self, *_):
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.folder.cleanup()

    def log_of(self, name):
        path = self.data / f"{name}.log"
        return path.read_text()[-4000:] if path.exists() else "no log"

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return json.load(answer)

    def submit(self, plan):
        request = urllib.request.Request(
            self.url + "/v1/sessions",
            json.dumps(plan).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["session_id"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode()) from error

    def post(self, path):
        request = urllib.request.Request(self.url + path, b"", method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def session(self, session):
        return self.get(f"/v1/sessions/{session}")

    def workers(self, state):
        return [w for w in self.get("/v1/workers")["workers"] if w["state"] == state]

    def wait_for_end(self, session):
        self.wait_until(lambda: self.session(session)["status"] in ENDED, f"the end of {session}")

    def wait_until(self, holds, what, seconds=120):
        """Asks again until it holds: the pool is other processes, whose ends no test can await."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if holds():
                return
            time.sleep(0.05)
        raise AssertionError(f"waited {seconds} s for {what}; {self.log_of('cluster')}")


def binaries():
    return Path(os.environ.get("SCRIVENER_BIN", ROOT / ".build/debug")).resolve()
