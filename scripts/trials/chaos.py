"""One run: a pool, clients, faults, peace, and the questions afterwards."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from .client import API, Client
from .inquiry import FAULTS, Inquiry
from .processes import JournalDisk, Process, Supervisor, free_port
from .schedule import faults

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "scrivener"
# What scripts/dependencies --agents makes.
PYTHON = CACHE / "agents-check" / "bin" / "python"

# After the last fault everything has to end within this.
PATIENCE = 180
# So many minutes of faults bring about everything that is to be tried.
LONG_ENOUGH = 1
CLIENTS = 3
MOST_OPEN = 40


class ChaosRun:
    def __init__(self, options):
        self.options = options
        self.counts = {}
        self.folder = tempfile.mkdtemp(prefix="scrivener-chaos-")
        self.disk = JournalDisk(os.path.join(self.folder, "coordinator"))
        self.log = open(os.path.join(self.folder, "log"), "ab", buffering=0)
        self.api = API(free_port())
        self.inquiry = Inquiry(self.api)
        port = free_port()
        self.coordinator = Process("coordinator", [
            str(options.bin / "scrivener-coordinator"), "--data", self.disk.path,
            "--bind", f"tcp://127.0.0.1:{port}", "--http-port", str(self.api.port),
            # Workers die by chance here, whatever they execute.
            "--lease-seconds", "2", "--poison-deaths", "0", "--log-level", "warning"], self.log)
        self.workers = [
            self.worker(f"w{number}", number < options.python, [
                "--coordinator", f"tcp://127.0.0.1:{port}", "--id", f"w{number}",
                "--data", os.path.join(self.folder, f"w{number}"), "--slots", "4",
                "--log-level", "warning"])
            for number in range(options.workers)]
        self.processes = [self.coordinator, *self.workers]

    def worker(self, name, is_python, arguments):
        """One in Python executes the same tasks, in its event loop and in processes of their own."""
        if not is_python:
            program = str(self.options.bin / "scrivener-worker")
            return Process(name, [program, "--agents", "echo", *arguments], self.log)
        agents = str(Path(__file__).with_name("python_agents.py"))
        process = Process(
            name, [str(PYTHON), "-m", "agent_scrivener", agents, *arguments], self.log)
        process.environment["PYTHONPATH"] = str(ROOT / "clients" / "python" / "src")
        return process

    def run(self):
        try:
            return self.attempt()
        finally:
            for process in self.processes:
                process.is_wanted = False
                process.signal(signal.SIGKILL)
            self.disk.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def attempt(self):
        for process in self.processes:
            process.start()
        Supervisor(self.processes, self.options.seed).start()
        self.inquiry.wait_until_ready()
        clients = [
            Client(number, self.options.seed, self.api, MOST_OPEN) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        self.strike()
        for client in clients:
            client.is_stopping.set()
        for client in clients:
            client.join(30)
        accepted = {id: tasks for client in clients for id, tasks in client.accepted.items()}
        latencies = sorted(value for client in clients for value in client.latencies)
        report = {
            "seed": self.options.seed, "minutes": self.options.minutes, "faults": self.counts,
            "workers_in_python": self.options.python,
            "coordinator_starts": self.coordinator.starts,
            "worker_starts": sum(worker.starts for worker in self.workers),
            "requests_failed": sum(client.errors for client in clients),
            "requests_refused": sum(client.refused for client in clients),
            "seconds_to_accept": {
                "p50": quantile(latencies, 0.5), "p99": quantile(latencies, 0.99)},
            **self.inquiry.judge(accepted, PATIENCE),
            "odd_answers": [odd for client in clients for odd in client.odd][:20],
            "sessions_made_twice": max(
                0, self.inquiry.session_count() - sum(client.keys for client in clients)),
        }
        report["waits_after_5_s_of_peace"] = self.inquiry.waits
        report["left_running"] = self.inquiry.left_running() + self.leave()
        report["journal_mistakes"] = self.verify()
        ends = [(each.name, code) for each in self.processes for code in each.odd_ends]
        report["crashes"] = [f"{name} with {code}" for name, code in ends if code < 0][:20]
        # Such as a coordinator that is started while its disk is full.
        report["refused_to_run"] = sum(code >= 0 for _, code in ends)
        report["not_tried"] = not_tried(report) if self.options.minutes >= LONG_ENOUGH else []
        broken = [
            *(report[fault] for fault in FAULTS), report["odd_answers"],
            report["sessions_made_twice"], report["left_running"], report["journal_mistakes"],
            report["crashes"], report["not_tried"], report["sessions"] < 10 * self.options.minutes]
        report["verdict"] = "nothing lost" if not any(broken) else "broken"
        return report

    # Faults

    def strike(self):
        start = time.monotonic()
        plan = faults(
            self.options.seed, self.options.minutes * 60, len(self.workers), self.disk.is_own)
        for fault in plan:
            time.sleep(max(0, start + fault.at - time.monotonic()))
            self.counts[fault.kind] = self.counts.get(fault.kind, 0) + 1
            self.inflict(fault)
        time.sleep(max(0, start + self.options.minutes * 60 - time.monotonic()))
        for process in self.processes:
            process.signal(signal.SIGCONT)
        self.disk.empty()

    def inflict(self, fault):
        worker = self.workers[fault.worker]
        other = self.workers[(fault.worker + 1) % len(self.workers)]
        kind = fault.kind
        if kind == "kill-coordinator":
            self.coordinator.signal(signal.SIGKILL)
        elif kind == "kill-worker":
            worker.signal(signal.SIGKILL)
        elif kind == "kill-two-workers":
            worker.signal(signal.SIGKILL)
            other.signal(signal.SIGKILL)
        elif kind == "kill-all":
            for process in self.processes:
                process.signal(signal.SIGKILL)
        elif kind.startswith("stop-"):
            _, who, span = kind.split("-")
            process = self.coordinator if who == "coordinator" else worker
            process.signal(signal.SIGSTOP)
            later(float(span[:-1]), lambda: process.signal(signal.SIGCONT))
        elif kind == "flap-worker":
            for turn in range(10):
                later(0.4 * turn, lambda: worker.signal(signal.SIGKILL))
        elif kind == "fill-disk":
            later(0, self.disk.fill)
            later(3, self.disk.empty)

    # Questions to the processes and to what they leave behind

    def verify(self):
        """What is wrong with the journal."""
        command = [str(self.options.bin / "scrivener"), "journal", "verify", self.disk.path]
        outcome = subprocess.run(command, capture_output=True, text=True)
        return [] if outcome.returncode == 0 else outcome.stderr.splitlines()[:20]

    def leave(self):
        """Who does not stop when asked to."""
        return [
            f"{process.name} did not stop within 20 s"
            for process in [*self.workers, self.coordinator] if not process.end()]


def not_tried(report):
    """What did not come about, so that what is promised of it could not have been broken."""
    counts = {
        "a submission went unanswered": report["requests_failed"],
        "a task that must not be executed twice completed": report["at_most_once"]["completed"],
        "one was lost with its worker": report["at_most_once"]["lost"],
        "an exclusive task lost its worker": report["exclusive"]["lost_with_worker"],
        "a task failed": report["ends"]["failed"],
        "a task was skipped for what had failed": report["ends"]["skipped"],
        "a task went on without what had failed": report["went_on_without"],
        "a join had no more need of a task": report["ends"]["cancelled"]}
    return [f"never: {what}" for what, count in counts.items() if not count]


def later(seconds, action):
    timer = threading.Timer(seconds, action)
    timer.daemon = True
    timer.start()


def quantile(values, part):
    return round(values[min(len(values) - 1, int(part * len(values)))], 4) if values else None
