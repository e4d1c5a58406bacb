"""A coordinator that dies at each commit of a session in turn, and what the session then comes to."""

import http.client
import os
import shutil
import signal
import subprocess
import tempfile
import time

from .client import API
from .inquiry import Inquiry
from .processes import Process, free_port

POINTS = ("before-commit", "after-commit", "after-effects")
PATIENCE = 60
# A point that is passed no more often than this in the whole session ends its series.
MOST_COMMITS = 200


def task(name, after=(), **parameters):
    return {
        "task_id": name, "task_type": "noop", "dependencies": list(after),
        "parameters": {"add": sum(name.encode()), **parameters},
        "retry": {"max_retry_attempts": 3, "delay_seconds": 0.05}}


# A bit of everything: a fan, a join of some, a retry, a failure and what depends on it.
PLAN = {"query": "boundaries", "tasks": [
    task("root"), task("left", ["root"]), task("right", ["root"], sleep_seconds=0.05),
    task("again", ["root"], fail="transient", fail_attempts=1),
    task("fails", ["left"], fail="permanent"), task("skipped", ["fails"]),
    {**task("join", ["left", "right", "fails"]), "needs": {"at_least": 2, "within_seconds": 30}},
    task("last", ["join", "again"]),
]}


class Boundaries:
    def __init__(self, options):
        self.options = options

    def run(self):
        began = time.monotonic()
        expected, _ = self.trial(None)
        counts, wrong = {}, []
        for point in POINTS:
            for count in range(1, MOST_COMMITS):
                found, has_died = self.trial(f"{point} {count}")
                if not has_died:
                    break
                counts[point] = count
                if found != expected:
                    wrong.append(f"{point} {count}: {found}")
        return {
            "expected": expected, "deaths": counts, "wrong": wrong[:20],
            "seconds": round(time.monotonic() - began),
            "verdict": "nothing lost" if not wrong and len(counts) == len(POINTS) else "broken"}

    def trial(self, crash):
        """What the session came to, by task, and whether the coordinator died on the way."""
        folder = tempfile.mkdtemp(prefix="scrivener-boundary-")
        api, port = API(free_port()), free_port()
        inquiry = Inquiry(api)
        with open(os.path.join(folder, "log"), "ab", buffering=0) as log:
            coordinator = Process("coordinator", [
                str(self.options.bin / "scrivener-coordinator"), "--lease-seconds", "2",
                "--data", os.path.join(folder, "coordinator"), "--log-level", "warning",
                "--bind", f"tcp://127.0.0.1:{port}", "--http-port", str(api.port)], log)
            worker = Process("w1", [
                str(self.options.bin / "scrivener-worker"), "--id", "w1", "--agents", "echo",
                "--coordinator", f"tcp://127.0.0.1:{port}", "--log-level", "warning",
                "--data", os.path.join(folder, "w1")], log)
            try:
                return self.attempt(crash, coordinator, worker, api, inquiry, folder)
            finally:
                for process in (worker, coordinator):
                    process.signal(signal.SIGKILL)
                    process.child.wait()
                shutil.rmtree(folder)

    def attempt(self, crash, coordinator, worker, api, inquiry, folder):
        coordinator.environment = {"SCRIVENER_CRASH_AT": crash} if crash else {}
        coordinator.start()
        worker.start()
        session, has_died, deadline = None, False, time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            has_died = self.revive(coordinator) or has_died
            if session is None:
                session = self.submit(api)
            elif inquiry.status(session) in ("completed", "failed", "cancelled"):
                break
            time.sleep(0.01)
        path = f"/v1/sessions/{session}/results"
        results = inquiry.ask(path)
        while results is None and time.monotonic() < deadline:
            time.sleep(0.05)
            has_died = self.revive(coordinator) or has_died
            results = inquiry.ask(path)
        # It may die at its last commit, after the answer.
        time.sleep(0.05)
        if self.revive(coordinator):
            has_died = True
            inquiry.wait_until_ready()
            again = inquiry.ask(path)
            if again != results:
                return {"before the restart": results, "after it": again}, has_died
        results = results or {"tasks": []}
        found = {
            entry["task"]["task_id"]: [entry["task"]["status"], entry.get("payload")]
            for entry in results["tasks"]}
        twice = [
            entry["task"]["task_id"] for entry in results["tasks"]
            if sum(each["outcome"] == "completed" for each in entry["task"]["executions"]) > 1]
        if twice:
            found["committed twice"] = twice
        coordinator.end()
        verify = subprocess.run(
            [str(self.options.bin / "scrivener"), "journal", "verify",
             os.path.join(folder, "coordinator")], capture_output=True, text=True)
        if verify.returncode != 0:
            found["journal"] = verify.stderr
        return found, has_died

    @staticmethod
    def revive(coordinator):
        """Starts a coordinator that has died; from then on it may live."""
        if coordinator.is_running():
            return False
        coordinator.environment = {}
        coordinator.start()
        return True

    def submit(self, api):
        try:
            status, answer = api.request(
                "POST", "/v1/sessions", PLAN, {"Idempotency-Key": "scripted"}, timeout=5)
        except (OSError, ValueError, http.client.HTTPException):
            return None
        if status not in (200, 201):
            raise SystemExit(f"scripts/chaos: the session was not accepted: {status}: {answer}")
        return answer["session_id"]
