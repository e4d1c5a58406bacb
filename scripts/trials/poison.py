"""Tasks that kill whoever executes them: they are found out, and cost nobody else anything."""

import os
import shutil
import signal
import tempfile
import time

from .client import API
from .graphs import Told
from .inquiry import FAULTS, Inquiry
from .processes import Process, Supervisor, free_port

# How a task kills its worker, and what that is called in the evidence.
DEATHS = {"SIGSEGV": "SIGSEGV", "SIGKILL": "SIGKILL", "abort": "SIGABRT", "exit:77": "status 77"}
LAST_WORDS = "about to take the worker along"
# So many deaths and a task is not tried again: two, by the coordinator's default, and one alone.
MOST_DEATHS = 3
WORKERS = 3
# Longer than a process needs to die, backtrace included, on a busy machine: when a lease runs out before the death
# is told, the task kills another worker meanwhile.
LEASE_SECONDS = 30
PATIENCE = 120


class Poison:
    """A pool of three workers, and one killer after the other among normal tasks."""

    def __init__(self, options):
        self.options = options
        self.folder = tempfile.mkdtemp(prefix="scrivener-poison-")
        self.log = open(os.path.join(self.folder, "log"), "ab", buffering=0)
        self.api = API(free_port())
        self.inquiry = Inquiry(self.api)
        port = free_port()
        self.coordinator = Process("coordinator", [
            str(options.bin / "scrivener-coordinator"), "--data", os.path.join(self.folder, "coordinator"), "--log-level", "warning",
            "--lease-seconds", str(LEASE_SECONDS), "--bind", f"tcp://127.0.0.1:{port}", "--http-port", str(self.api.port)], self.log)
        self.workers = [
            Process(f"w{number}", [
                str(options.bin / "scrivener-worker"), "--coordinator", f"tcp://127.0.0.1:{port}",
                "--id", f"w{number}", "--data", os.path.join(self.folder, f"w{number}"),
                "--agents", "echo", "--slots", "4", "--log-level", "warning"], self.log)
            for number in range(WORKERS)]
        self.processes = [self.coordinator, *self.workers]

    def run(self):
        try:
            for process in self.processes:
                process.start()
            Supervisor(self.processes, self.options.seed).start()
            self.inquiry.wait_until_ready()
            self.inquiry.wait_for_workers(WORKERS)
            rounds = {death: self.round(death) for death in DEATHS}
            report = {**rounds, "left_running": self.inquiry.left_running() + self.leave()}
        finally:
            for process in self.processes:
                process.is_wanted = False
                process.signal(signal.SIGKILL)
            shutil.rmtree(self.folder, ignore_errors=True)
        if self.coordinator.starts > 1:
            report["left_running"].append("the coordinator died as well")
        broken = [each[fault] for each in rounds.values() for fault in (*FAULTS, "complaints")]
        is_well = not any(broken) and not report["left_running"]
        return {**report, "verdict": "nothing lost" if is_well else "broken"}

    def round(self, death):
        """One killer: what became of it, of the tasks beside it, and of the pool."""
        began, starts = time.monotonic(), self.starts()
        plans = [with_killer(death)] + [normal(60) for _ in range(5)]
        accepted = {self.submit(tasks): tasks for tasks in plans}
        report = self.inquiry.judge(accepted, PATIENCE)
        deaths = self.starts() - starts
        self.inquiry.wait_for_workers(WORKERS)
        after = normal(20)
        afterwards = self.inquiry.judge({self.submit(after): after}, PATIENCE)
        return {
            **report, **{fault: report[fault] + afterwards[fault] for fault in FAULTS},
            "deaths": deaths, "complaints": self.complaints(next(iter(accepted)), death, deaths),
            "seconds": round(time.monotonic() - began, 1)}

    def complaints(self, session, death, deaths):
        """What is wrong with how the killer was found out."""
        results = self.inquiry.ask(f"/v1/sessions/{session}/results") or {"tasks": []}
        killers = [each for each in results["tasks"] if each["task"]["task_id"] == "killer"]
        attempts = [each for killer in killers for each in Told(killer).begun]
        failures = [each.get("failure") or {} for each in attempts]
        codes = [failure.get("code") for failure in failures]
        wanted = {
            f"{len(attempts)} attempts": len(attempts) == MOST_DEATHS,
            f"{deaths} deaths": deaths == MOST_DEATHS,
            "not each death is told": codes == ["worker_died"] * (len(codes) - 1) + ["poison_task"],
            "it is not called poison": bool(failures) and failures[-1].get("class") == "poison",
            "not every worker is named": all(
                failure.get("worker") == attempt["worker_id"]
                for failure, attempt in zip(failures, attempts)),
            "how they died is not told": all(
                DEATHS[death] in failure.get("message", "") for failure in failures),
            "what was logged last is not told": all(
                any(LAST_WORDS in line for line in failure.get("log_tail", []))
                for failure in failures)}
        return [f"{what}: {failures}" for what, is_so in wanted.items() if not is_so]

    def submit(self, tasks):
        plan = {"query": "poison", "tasks": tasks}
        status, answer = self.api.request("POST", "/v1/sessions", plan)
        if status not in (200, 201):
            raise SystemExit(f"scripts/chaos: a session was not accepted: {status}: {answer}")
        return answer["session_id"]

    def starts(self):
        return sum(worker.starts + (not worker.is_running()) for worker in self.workers)

    def leave(self):
        return [
            f"{process.name} did not stop within 20 s"
            for process in [*self.workers, self.coordinator] if not process.end()]


def normal(count):
    return [
        {"task_id": f"t{number}", "task_type": "noop",
         "dependencies": [f"t{number - 7}"] if number > 7 else [],
         "parameters": {"add": number, "sleep_seconds": 0.02 * (1 + number % 10)}}
        for number in range(count)]


def with_killer(death):
    """A killer, what has to do without it, and what has nothing to do with it."""
    killer = {
        "task_id": "killer", "task_type": "noop",
        "parameters": {"add": 1, "crash": death, "log": LAST_WORDS}}
    skipped = {
        "task_id": "skipped", "task_type": "noop", "parameters": {"add": 1},
        "dependencies": ["killer"]}
    goes_on = {**skipped, "task_id": "goes-on", "on_dependency_failure": "continue"}
    return [killer, skipped, goes_on, *normal(20)]
