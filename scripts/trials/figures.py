"""What a pool does, in figures: real processes on loopback, without faults but those that are measured."""

import os
import shutil
import signal
import statistics
import tempfile
import time
from collections import Counter
from itertools import takewhile

from .client import API
from .inquiry import OPEN, Inquiry
from .processes import Process, free_port

LEASE_SECONDS = 5


class Pool:
    """A coordinator and workers that are started when they are asked for."""

    def __init__(self, bin, name):
        self.bin = bin
        self.folder = tempfile.mkdtemp(prefix=f"scrivener-{name}-")
        self.log = open(os.path.join(self.folder, "log"), "ab", buffering=0)
        self.api = API(free_port())
        self.inquiry = Inquiry(self.api)
        self.port = free_port()
        self.workers = []
        self.coordinator = Process("coordinator", [
            str(bin / "scrivener-coordinator"), "--data", os.path.join(self.folder, "coordinator"),
            "--bind", f"tcp://127.0.0.1:{self.port}", "--http-port", str(self.api.port),
            "--lease-seconds", str(LEASE_SECONDS), "--log-level", "warning"], self.log)

    def __enter__(self):
        self.coordinator.start()
        self.inquiry.wait_until_ready()
        return self

    def __exit__(self, *_):
        for process in [*self.workers, self.coordinator]:
            process.signal(signal.SIGCONT)
            process.signal(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def add_worker(self, slots, *options):
        name = f"w{len(self.workers) + 1}"
        worker = Process(name, self.worker_command(name, slots, options), self.log)
        worker.start()
        self.workers.append(worker)
        self.inquiry.wait_for_workers(len(self.workers))
        return worker

    def worker_command(self, name, slots, options):
        return [
            str(self.bin / "scrivener-worker"), "--coordinator", f"tcp://127.0.0.1:{self.port}",
            "--id", name, "--data", os.path.join(self.folder, name), "--agents", "echo",
            "--slots", str(slots), "--log-level", "warning", *options]

    def replace_worker(self, worker, slots, *options):
        """Another process under the same id, as after a change of its settings."""
        worker.end()
        worker.command = self.worker_command(worker.name, slots, options)
        worker.start()

    def circuit(self, worker):
        """The state of its circuit breaker; none while it is not there."""
        for agent in (self.inquiry.ask("/v1/agents") or {"agents": []})["agents"]:
            for instance in agent["instances"]:
                if instance["worker_id"] == worker.name:
                    return instance["circuit"]
        return None

    def submit(self, tasks, **plan):
        status, answer = self.api.request(
            "POST", "/v1/sessions", {"query": "figures", "tasks": tasks, **plan}, timeout=120)
        if status not in (200, 201):
            raise SystemExit(f"a plan was refused with {status}: {answer}")
        return answer["session_id"]

    def end(self, session, patience=300):
        self.inquiry.wait_until(
            f"{session} has ended", lambda: self.inquiry.status(session) not in (*OPEN, None),
            patience)
        return self.api.request("GET", f"/v1/sessions/{session}/results", timeout=120)[1]

    def running(self, session):
        """The attempts that run, by task."""
        answer = self.inquiry.ask(f"/v1/sessions/{session}/tasks") or {"tasks": []}
        return {
            task["task_id"]: task["executions"][-1] for task in answer["tasks"]
            if task["status"] == "running" and task["executions"]}


def tasks(count, **parameters):
    return [
        {"task_id": f"t{number}", "task_type": "noop", "parameters": parameters}
        for number in range(count)]


def executions(results):
    return [each for entry in results["tasks"] for each in entry["task"]["executions"]]


def efficiency(bin):
    """The share of their time in which slots work: tasks of 50 ms, all of them ready at once."""
    found = {}
    for count in (1, 2, 4, 8, 16):
        with Pool(bin, "efficiency") as pool:
            for _ in range(count):
                pool.add_worker(1)
            pool.end(pool.submit(tasks(20 * count, sleep_seconds=0.05)))
            total = 200 * count
            began = time.monotonic()
            results = pool.end(pool.submit(tasks(total, sleep_seconds=0.05)))
            spans = [
                (each["dispatched_at"], each["ended_at"]) for each in executions(results)]
            seconds = instant(max(end for _, end in spans)) - instant(min(a for a, _ in spans))
            found[f"{count} workers"] = {
                "tasks": total, "seconds": round(seconds, 2),
                "seconds_seen_by_the_client": round(time.monotonic() - began, 2),
                "efficiency": round(total * 0.05 / (count * seconds), 3)}
    return found


def shares(bin):
    """Four workers, one five times slower, one that fails 30 % of what it gets, and all of it for a while."""
    with Pool(bin, "shares") as pool:
        pool.add_worker(2)
        pool.add_worker(2)
        pool.add_worker(2, "--echo-slowdown", "5")
        worker = pool.add_worker(2, "--echo-failure-percent", "30")
        retry = {"max_retry_attempts": 10, "delay_seconds": 0.05}
        plan = [{**task, "retry": retry} for task in tasks(40_000, sleep_seconds=0.04)]
        session = pool.submit(plan)
        watch = Watch(pool, worker)
        watch.look("fails 30 %", 20)
        # The breaker belongs to the worker's id: the next process finds it as it was left.
        pool.replace_worker(worker, 2)
        watch.look("well", 120, calm=5)
        pool.replace_worker(worker, 2, "--echo-failure-percent", "100")
        watch.look("fails all", 45)
        pool.replace_worker(worker, 2)
        watch.look("well", 120, calm=10)
        pool.api.request("POST", f"/v1/sessions/{session}/cancel", timeout=120)
        return {
            "plain": ["w1", "w2"], "five_times_slower": "w3", "fails": worker.name,
            "timeline": watch.timeline(executions(pool.end(session)))}


class Watch:
    """What a worker's circuit breaker does, and what the worker gets of the work meanwhile."""

    def __init__(self, pool, worker):
        self.pool, self.worker = pool, worker
        # Since when the worker is how, and its breaker what.
        self.spans = []

    def look(self, phase, seconds, calm=None):
        """Looks on for so long, or until the breaker has been closed for some time."""
        began, state = time.time(), self.spans[-1][2] if self.spans else "closed"
        while (now := time.time()) < began + seconds:
            # It is not there while its process starts.
            state = self.pool.circuit(self.worker) or state
            # One probe after the other.
            state = "half_open" if state == "probing" else state
            if not self.spans or self.spans[-1][1:] != (phase, state):
                self.spans.append((now, phase, state))
            if calm and state == "closed" and now > self.spans[-1][0] + calm:
                return
            time.sleep(0.01)

    def timeline(self, executions):
        """For each span how the work was shared, and what the worker had failed when it was over."""
        ends = [at for at, _, _ in self.spans[1:]] + [time.time()]
        mine = sorted(
            (instant(each["ended_at"]), each["outcome"]) for each in executions
            if each["worker_id"] == self.worker.name)
        found = []
        for (start, phase, state), end in zip(self.spans, ends):
            given = Counter(
                each["worker_id"] for each in executions
                if start <= instant(each["dispatched_at"]) < end)
            outcomes = [outcome for at, outcome in mine if at < end]
            in_a_row = list(takewhile(lambda outcome: outcome == "failed", reversed(outcomes)))
            found.append({
                "from": round(start - self.spans[0][0], 2), "seconds": round(end - start, 2),
                "worker": phase, "breaker": state, "attempts": given[self.worker.name],
                "failed": sum(at >= start for at, outcome in mine if at < end and outcome == "failed"),
                "failed_in_a_row": len(in_a_row), "shares": {
                    name: round(count / given.total(), 3) for name, count in sorted(given.items())}})
        return found


def detection(bin, trials=12):
    """From the signal to the start of the next attempt at each task that the worker had."""
    found = {}
    for name, number in (("SIGKILL", signal.SIGKILL), ("SIGSTOP", signal.SIGSTOP)):
        waits = []
        for _ in range(trials):
            with Pool(bin, "detection") as pool:
                victim = pool.add_worker(4)
                session = pool.submit(tasks(4, sleep_seconds=60))
                pool.inquiry.wait_until("they run", lambda: len(pool.running(session)) == 4)
                pool.add_worker(4)
                time.sleep(0.37)
                struck = time.time()
                victim.signal(number)
                pool.inquiry.wait_until(
                    "they run elsewhere",
                    lambda: [each["worker_id"] for each in pool.running(session).values()]
                    == ["w2"] * 4)
                waits += [
                    instant(each["dispatched_at"]) - struck
                    for each in pool.running(session).values()]
        found[name] = {"tasks": len(waits), "lease_seconds": LEASE_SECONDS, **spread(waits)}
    return found


def adoption(bin):
    """Eight long tasks on four workers, while their coordinator is killed and started again."""
    with Pool(bin, "adoption") as pool:
        for _ in range(4):
            pool.add_worker(2)
        session = pool.submit(tasks(8, sleep_seconds=12))
        pool.inquiry.wait_until("they run", lambda: len(pool.running(session)) == 8)
        time.sleep(1)
        pool.coordinator.signal(signal.SIGKILL)
        pool.coordinator.child.wait()
        time.sleep(1)
        began = time.monotonic()
        pool.coordinator.start()
        pool.inquiry.wait_until_ready()
        ready = time.monotonic() - began
        results = pool.end(session)
        return {
            "tasks": 8, "attempts": len(executions(results)),
            "completed": sum(each["outcome"] == "completed" for each in executions(results)),
            "seconds_until_ready": round(ready, 2)}


def recovery(bin, count=100_000):
    """A restart with so many open tasks, after SIGKILL."""
    with Pool(bin, "recovery") as pool:
        pool.add_worker(8)
        plan = tasks(count, sleep_seconds=0.2)
        for number, task in enumerate(plan[1:], 1):
            task["dependencies"] = sorted({f"t{number // 2}", f"t{number - 1 - number % 7}"}
                                          if number > 7 else {"t0"})
        began = time.monotonic()
        session = pool.submit(plan)
        submitted = time.monotonic() - began
        waits = []
        for _ in range(5):
            time.sleep(2)
            pool.coordinator.signal(signal.SIGKILL)
            pool.coordinator.child.wait()
            began = time.monotonic()
            pool.coordinator.start()
            while pool.inquiry.ask("/readyz") is None:
                time.sleep(0.005)
            waits.append(time.monotonic() - began)
        progress = pool.inquiry.ask(f"/v1/sessions/{session}/progress")
        return {
            "tasks": count, "completed_meanwhile": progress["completed_tasks"],
            "seconds_to_submit": round(submitted, 2),
            "seconds_until_ready": {key: value for key, value in spread(waits).items()}}


def spread(values):
    values = sorted(values)
    return {
        "minimum": round(values[0], 3), "median": round(statistics.median(values), 3),
        "p90": round(values[min(len(values) - 1, int(0.9 * len(values)))], 3),
        "maximum": round(values[-1], 3)}


def instant(text):
    from datetime import datetime
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


FIGURES = {
    "efficiency": efficiency, "shares": shares, "detection": detection, "adoption": adoption,
    "recovery": recovery}
