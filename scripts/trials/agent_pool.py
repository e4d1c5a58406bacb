"""A coordinator on loopback, and the workers that a part of scripts/agents-check starts beside it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from .client import API
from .processes import Process, free_port

ROOT = Path(__file__).resolve().parent.parent.parent
# For things to come about on a busy machine.
PATIENCE = 60
# So much of a log is shown when a part has failed.
LAST_BYTES = 6_000
ENDED = ("completed", "failed", "cancelled")


class AgentPool:
    """Ends with its processes and its folder."""

    def __init__(self, bin, name="part", lease_seconds=5, options=(), has_keys=False):
        self.bin = Path(bin)
        self.folder = Path(tempfile.mkdtemp(prefix=f"scrivener-agents-{name}-"))
        self.api = API(free_port())
        self.port = free_port()
        self.processes = {}
        self.has_keys = has_keys
        if has_keys:
            self.keys("init")
            options = (*options, "--keys", str(self.key_folder))
        self.coordinator = self.add("coordinator", [
            str(self.bin / "scrivener-coordinator"), "--data", str(self.folder / "coordinator"),
            "--bind", self.endpoint, "--http-port", str(self.api.port),
            "--lease-seconds", str(lease_seconds), "--log-level", "warning", *options])

    def __enter__(self):
        self.coordinator.start()
        self.wait("the coordinator is ready", lambda: self.get("/readyz"))
        return self

    def __exit__(self, *_):
        for process in self.processes.values():
            process.signal(signal.SIGKILL)
        for process in self.processes.values():
            if process.child is not None:
                process.child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def endpoint(self):
        """Where workers connect."""
        return f"tcp://127.0.0.1:{self.port}"

    @property
    def url(self):
        """Of the HTTP API."""
        return f"http://127.0.0.1:{self.api.port}"

    # MARK: Keys

    @property
    def key_folder(self):
        return self.folder / "keys"

    def keys(self, *words):
        """What `scrivener keys` does with the coordinator's folder; secrets go there as well."""
        self.key_folder.mkdir(mode=0o700, exist_ok=True)
        subprocess.run(
            [str(self.bin / "scrivener"), "keys", *words, "--keys", str(self.key_folder)],
            check=True, capture_output=True, text=True, cwd=self.key_folder)

    # MARK: Processes

    def add(self, name, command):
        log = open(self.folder / f"{name}.log", "ab", buffering=0)
        self.processes[name] = Process(name, command, log)
        return self.processes[name]

    def worker(self, name, *arguments):
        """A `scrivener-worker` that has joined when this returns."""
        return self.join(name, [
            str(self.bin / "scrivener-worker"), *self.identity(name), *arguments])

    def agents_worker(self, name, agents, *arguments):
        """A `scrivener-worker` with a file of agents, given as its text (YAML)."""
        path = self.file(f"{name}.yaml", agents)
        return self.worker(name, "--agents", "noop", "--agents-file", str(path), *arguments)

    def python_worker(self, name, agents, *arguments):
        """A worker in Python, with the agents of a file of this repository or of its own."""
        process = self.add(name, [
            sys.executable, "-m", "agent_scrivener", str(agents), *self.identity(name), *arguments])
        process.environment["PYTHONPATH"] = str(ROOT / "clients" / "python" / "src")
        return self.join(name)

    def identity(self, name):
        return [
            "--coordinator", self.endpoint, "--id", name, "--data", str(self.folder / name)]

    def join(self, name, command=None):
        if command:
            self.add(name, command)
        self.processes[name].start()
        self.wait(f"{name} joins", lambda: self.state(name) == "connected")
        return self.processes[name]

    def state(self, worker):
        workers = (self.get("/v1/workers") or {}).get("workers", [])
        return next((each["state"] for each in workers if each["worker_id"] == worker), None)

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")

    # MARK: Sessions

    def get(self, path):
        """What a route answers with, or nothing."""
        try:
            status, answer = self.api.request("GET", path)
        except (OSError, ValueError):
            return None
        return answer if status == 200 else None

    def submit(self, *tasks, query="agents-check", **plan):
        status, answer = self.api.request(
            "POST", "/v1/sessions", {"query": query, "tasks": list(tasks), **plan})
        if status not in (200, 201):
            raise AssertionError(f"not accepted: {status}: {json.dumps(answer)}")
        return answer["session_id"]

    def ended(self, session, within=PATIENCE):
        """Waits for a session's end; its tasks by their ids, as its results have them."""
        self.wait(
            f"{session} ends",
            lambda: (self.get(f"/v1/sessions/{session}") or {}).get("status") in ENDED, within)
        return {
            each["task"]["task_id"]: each
            for each in self.get(f"/v1/sessions/{session}/results")["tasks"]}

    def run(self, *tasks, within=PATIENCE, **plan):
        """Submits tasks and waits for their end."""
        return self.ended(self.submit(*tasks, **plan), within)

    def status(self, session, task):
        tasks = (self.get(f"/v1/sessions/{session}/tasks") or {}).get("tasks", [])
        return next((each["status"] for each in tasks if each["task_id"] == task), None)

    # MARK: Saying and finding

    @contextmanager
    def step(self, text):
        """Times what is done, and says so."""
        began = time.monotonic()
        yield
        print(f"   {time.monotonic() - began:5.1f} s  {text}", flush=True)

    def wait(self, what, condition, within=PATIENCE):
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            found = condition()
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"within {within} s not: {what}")

    def expect(self, what, actual, expected):
        if actual != expected:
            raise AssertionError(f"{what}: {actual!r}, and not {expected!r}")

    def expect_failure(self, entry, failure_class, code):
        """What a task of a session's results has failed with, in its last attempt."""
        failure = entry["task"]["executions"][-1].get("failure") or {}
        self.expect(
            entry["task"]["task_id"], (failure.get("class"), failure.get("code")),
            (failure_class, code))
        return failure

    def findings(self):
        """What must not be, whatever the part was about."""
        found = [] if self.coordinator.is_running() else ["the coordinator is gone"]
        return found + [
            f"the coordinator logged: {line}" for line in self.log("coordinator").splitlines()
            if " error " in line or " critical " in line]

    def last_words(self):
        return "\n".join(
            f"-- {name}\n{self.log(name)[-LAST_BYTES:]}" for name in self.processes)


def task(name, kind, after=(), **fields):
    """A task of a plan."""
    return {
        "task_id": name, "task_type": kind, "dependencies": list(after),
        "parameters": fields.pop("parameters", {}), **fields}
