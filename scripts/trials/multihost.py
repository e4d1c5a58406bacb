"""A pool whose hosts are apart: the network between them fails in every way, heals, and is asked afterwards."""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from datetime import datetime, timedelta, timezone

from .client import API, Client
from .inquiry import FAULTS, Inquiry
from .processes import Process
from .rack import Rack

COORDINATOR = "coordinator"
WORKERS = ["worker1", "worker2", "worker3"]
# Where the clients are: on a host of their own, which no fault strikes.
CLIENT = "client"
HTTP_PORT, WORKER_PORT = 7411, 7412
# How long each fault lasts: longer than a lease.
FAULT_SECONDS = 10
LEASE_SECONDS = 3
PATIENCE = 120
CLIENTS = 2
MOST_OPEN = 20
NEW_NETWORK = 0x40000000


class MultiHost:
    def __init__(self, options):
        self.options = options
        self.folder = tempfile.mkdtemp(prefix="scrivener-multihost-")
        self.log = open(os.path.join(self.folder, "log"), "ab", buffering=0)
        self.rack = Rack("scrivener", [COORDINATOR, *WORKERS, CLIENT])
        self.data = os.path.join(self.folder, COORDINATOR)
        self.api = API(HTTP_PORT)
        self.inquiry = Inquiry(self.api)
        self.coordinator = Process(COORDINATOR, [
            *self.rack.on(COORDINATOR), str(options.bin / "scrivener-coordinator"),
            "--data", self.data, "--bind", f"tcp://0.0.0.0:{WORKER_PORT}",
            "--http-host", "0.0.0.0", "--http-port", str(HTTP_PORT), "--insecure",
            "--lease-seconds", str(LEASE_SECONDS), "--log-level", "notice"], self.log)
        self.workers = [
            Process(worker, [
                *self.rack.on(worker), str(options.bin / "scrivener-worker"),
                "--coordinator", f"tcp://{COORDINATOR}:{WORKER_PORT}", "--id", worker,
                "--data", os.path.join(self.folder, worker), "--agents", "echo", "--slots", "4",
                "--log-level", "notice"], self.log)
            for worker in WORKERS]
        self.processes = [self.coordinator, *self.workers]

    def run(self):
        try:
            self.rack.up()
            enter(self.rack.space(CLIENT))
            self.api.host = self.rack.addresses[COORDINATOR]
            for process in self.processes:
                process.start()
            self.inquiry.wait_until_ready()
            self.inquiry.wait_for_workers(len(WORKERS))
            chosen = [name for name in SCENARIOS if name in (self.options.only or SCENARIOS)]
            return {name: self.trial(name) for name in chosen}
        finally:
            for process in self.processes:
                process.signal(signal.SIGKILL)
            self.rack.down()
            if self.options.keep:
                print(f"kept: {self.folder}")
            else:
                shutil.rmtree(self.folder, ignore_errors=True)

    def trial(self, name):
        return SCENARIOS[name](self)

    # What every scenario does

    def under_load(self, inflict, heal):
        """Clients submit while a fault strikes; then all is well, and everything has to have ended."""
        clients = [
            Client(number, f"{self.options.seed} {inflict.__name__}", self.api, MOST_OPEN,
                   prefix=f"{inflict.__name__}-{time.monotonic_ns()}") for number in range(CLIENTS)]
        for client in clients:
            client.start()
        time.sleep(2)
        inflict(self)
        time.sleep(FAULT_SECONDS)
        during = self.inquiry.ask("/v1/workers") or {}
        heal(self)
        healed = time.monotonic()
        self.inquiry.wait_for_workers(len(WORKERS))
        back = time.monotonic() - healed
        time.sleep(2)
        for client in clients:
            client.is_stopping.set()
        for client in clients:
            client.join(30)
        accepted = {id: tasks for client in clients for id, tasks in client.accepted.items()}
        report = self.inquiry.judge(accepted, PATIENCE)
        report["odd_answers"] = [odd for client in clients for odd in client.odd][:20]
        report["left_running"] = self.inquiry.left_running()
        if not accepted:
            report["stuck"].append("not one session was accepted")
        report["connected_during_the_fault"] = sorted(
            each["worker_id"] for each in during.get("workers", []) if each["state"] == "connected")
        report["seconds_until_all_workers_were_back"] = round(back, 2)
        return report

    def restart_coordinator(self, while_away):
        self.killed_at = datetime.now(timezone.utc)
        self.coordinator.signal(signal.SIGKILL)
        self.coordinator.child.wait()
        while_away()
        self.coordinator.start()

    def said(self, text):
        """How many lines of the log hold a text."""
        with open(self.log.name, encoding="utf-8", errors="replace") as file:
            return sum(text in line for line in file)

    def command(self, *words):
        outcome = subprocess.run(
            [*self.rack.on(COORDINATOR), str(self.options.bin / "scrivener"), *words],
            capture_output=True, text=True)
        if outcome.returncode != 0:
            raise SystemExit(f"scrivener {' '.join(words)}: {outcome.stderr}")
        return outcome.stdout


def enter(space):
    """From now on this process is on another host, and with it the threads that it starts."""
    with open(f"/run/netns/{space}") as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), NEW_NETWORK) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter {space}")


def fault(inflict, kind, cut_off=()):
    """A scenario that is a fault of the network under load, and its end.

    The switch has to have seen it, by its kind, and the coordinator whom it cut off.
    """
    def heal(trial):
        trial.rack.rules([COORDINATOR], WORKERS, **WELL)

    def scenario(trial):
        trial.rack.rules([COORDINATOR], WORKERS, **WELL)
        before = trial.rack.counts[kind]
        report = trial.under_load(inflict, heal)
        report["frames"] = trial.rack.counts[kind] - before
        if report["frames"] == 0:
            report["stuck"].append(f"not one frame was {kind}")
        for worker in cut_off:
            if worker in report["connected_during_the_fault"]:
                report["stuck"].append(f"{worker} was cut off and is told to be connected")
        return report

    return scenario


WELL = {"cut": False, "loss": 0, "delay": 0}


def partition(trial):
    trial.rack.rules([COORDINATOR], ["worker1"], cut=True)


def partition_of_all(trial):
    trial.rack.rules([COORDINATOR], WORKERS, cut=True)


def deaf_worker(trial):
    trial.rack.rule(COORDINATOR, "worker1", cut=True)


def mute_worker(trial):
    trial.rack.rule("worker1", COORDINATOR, cut=True)


def loss(trial):
    trial.rack.rules([COORDINATOR], WORKERS, loss=0.3)


def delay(trial):
    trial.rack.rules([COORDINATOR], WORKERS, delay=0.1)


def move_coordinator(trial):
    """What runs is adopted. A dispatch is on disk before it is sent: one that was not sent any more when the
    coordinator died has reached nobody, and is no attempt that ran."""
    report = trial.under_load(other_address, nothing)
    on_its_way = trial.killed_at - timedelta(seconds=0.5)
    ran = [at for at in report["lost_ones_were_dispatched"]
           if datetime.fromisoformat(at.replace("Z", "+00:00")) < on_its_way]
    if ran:
        report["stuck"].append(f"attempts were not adopted: dispatched {ran}, killed {trial.killed_at}")
    return report


def other_address(trial):
    def move():
        taken = int(trial.rack.addresses[COORDINATOR].rsplit(".", 1)[1])
        trial.rack.move(COORDINATOR, taken + 100 if taken < 100 else taken - 100)
        trial.api.host = trial.rack.addresses[COORDINATOR]

    trial.restart_coordinator(move)


def replaced_journal(trial, replace):
    """Workers that hold results for one journal meet another.

    A session runs; the coordinator dies; its tasks end meanwhile, so their results wait with the workers.
    Then a coordinator comes whose journal is another one.
    """
    began = trial.said("set aside")
    plan = {"query": "kept", "tasks": [
        {"task_id": f"t{number}", "task_type": "noop",
         "parameters": {"add": number, "sleep_seconds": 3}} for number in range(12)]}
    _, session = trial.api.request("POST", "/v1/sessions", plan)
    id = session["session_id"]
    trial.inquiry.wait_until(
        "all of them run",
        lambda: (trial.inquiry.ask("/v1/status") or {"load_balancing": {"active_executions": 0}})
        ["load_balancing"]["active_executions"] == 12)

    def while_away():
        time.sleep(5)
        replace(trial)

    trial.restart_coordinator(while_away)
    trial.inquiry.wait_until_ready()
    trial.inquiry.wait_for_workers(len(WORKERS))
    return id, plan["tasks"], began


def restored_backup(trial):
    """The backup is older than the session: it knows nothing of it, and must not take its results."""
    answer = trial.command(
        "journal", "backup", "--coordinator", f"http://127.0.0.1:{HTTP_PORT}", "--output", "json")
    backup = shutil.move(json.loads(answer)["path"], os.path.join(trial.folder, "backup"))
    kept = os.path.join(trial.folder, "present")

    def restore(trial):
        os.rename(trial.data, kept)
        os.mkdir(trial.data, 0o700)
        shutil.copy(backup, os.path.join(trial.data, "journal.sqlite"))

    return meet_another_journal(trial, restore, kept)


def emptied_volume(trial):
    kept = os.path.join(trial.folder, "present")
    return meet_another_journal(trial, lambda trial: os.rename(trial.data, kept), kept)


def meet_another_journal(trial, replace, kept):
    id, tasks, said_before = replaced_journal(trial, replace)
    is_known = trial.inquiry.status(id) is not None
    # What the other journal has to do is done meanwhile, by the same workers.
    own = trial.under_load(nothing, nothing)
    said = trial.said("set aside") - said_before

    def restore():
        shutil.rmtree(trial.data)
        os.rename(kept, trial.data)

    trial.restart_coordinator(restore)
    trial.inquiry.wait_until_ready()
    trial.inquiry.wait_for_workers(len(WORKERS))
    judged = trial.inquiry.judge({id: tasks}, PATIENCE)
    again = judged["attempts"] - judged["tasks"]
    found = {fault: own[fault] + judged[fault] for fault in FAULTS}
    if is_known:
        found["stuck"].append("the other journal knows the session")
    if not said:
        found["stuck"].append("no worker said that it set results aside")
    if again:
        found["stuck"].append(f"{again} of {len(tasks)} tasks were done again")
    return {**own, **found, "results_set_aside": len(tasks), "workers_that_said_so": said}


def nothing(trial):
    pass


SCENARIOS = {
    "partition": fault(partition, "cut", ["worker1"]),
    "partition-of-all": fault(partition_of_all, "cut", WORKERS),
    "deaf-worker": fault(deaf_worker, "cut", ["worker1"]),
    "mute-worker": fault(mute_worker, "cut", ["worker1"]),
    "loss-30-percent": fault(loss, "lost"),
    "delay-100-ms": fault(delay, "delayed"),
    "other-address": move_coordinator,
    "restored-backup": restored_backup,
    "emptied-volume": emptied_volume,
}
