"""topology/three-hosts.yaml on three hosts: its processes know each other by keys, and the network, a worker's key,
and then all keys change while they work."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

from .attendance import Attendance, Members
from .client import API
from .cluster import Cluster
from .inquiry import FAULTS, Inquiry
from .multihost import enter
from .rotation import Rotation
from .work import PATIENCE, Work

ROOT = Path(__file__).resolve().parent.parent.parent
TOPOLOGY = ROOT / "topology" / "three-hosts.yaml"
NAME = "three-hosts"
# Beside the pools' replicas: workers with keys of their own. The one key is revoked, the other replaced.
REVOKED, KEPT = "guest-right", "guest-left"
CUT_OFF = "left"
# The coordinator's default.
LEASE_SECONDS = 5
FAULT_SECONDS = 10
# The coordinator looks at its keys once a second.
REVOCATION_SECONDS = 3
REFUSED_TO_RUN = 78
# So long that all keys can be changed while they run.
LONG_TASKS, LONG_SECONDS = 12, 30


class Secured:
    def __init__(self, options):
        self.options = options
        self.folder = Path(tempfile.mkdtemp(prefix="scrivener-three-hosts-"))
        self.cluster = Cluster(TOPOLOGY, options.bin, self.folder)
        for name in (REVOKED, KEPT):
            self.cluster.add_named(name.removeprefix("guest-"), name, agents="echo", slots=4)
        self.rack = self.cluster.rack
        self.port = self.cluster.topology["coordinator"]["http"]["port"]
        self.work = None
        self.began = time.monotonic()

    def run(self):
        try:
            self.attempt()
            # Whatever is wrong ends the trial.
            return {
                "sessions": self.work.sessions, "tasks": self.work.tasks,
                **{fault: [] for fault in (*FAULTS, "odd_answers", "left_running")}}
        except SystemExit as failure:
            self.options.keep = True
            raise SystemExit(f"scripts/multihost: {NAME}: {failure}") from None
        finally:
            if self.work:
                self.work.stop()
            self.cluster.kill()
            self.rack.down()
            if self.options.keep:
                print(f"kept: {self.folder}", file=sys.stderr)
            else:
                shutil.rmtree(self.folder, ignore_errors=True)

    def attempt(self):
        self.step("hosts", self.make_hosts)
        self.step("without keys", self.start_without_keys)
        self.step("keys", self.make_keys)
        self.step("start", self.start)
        self.step("partition, and heal", self.partition)
        self.step("revoke a worker's key", self.revoke)
        self.change_all_keys()
        self.step("the coordinator dies", self.restart_coordinator)
        self.step("old keys and tokens", self.try_old_keys)
        self.step("the end", self.finish)

    def step(self, name, action):
        """One line a step: when it was done, what it was, and its figures."""
        try:
            figure = action()
        except SystemExit as failure:
            raise SystemExit(f"{name}: {failure}") from None
        print(f"{time.monotonic() - self.began:7.1f} s  {name}: {figure}", file=sys.stderr, flush=True)

    # Up

    def make_hosts(self):
        self.rack.up()
        # The topology has HTTP listen on loopback: clients are on the coordinator's host.
        enter(self.rack.space(self.cluster.hub))
        for name in self.cluster.workers:
            corpus = self.cluster.options[name].get("corpus")
            if corpus:
                place = self.cluster.disks.path(self.cluster.hosts[name], corpus)
                shutil.copytree(ROOT / "examples" / "corpus", place, dirs_exist_ok=True)
        return ", ".join(f"{host} {address}" for host, address in self.rack.addresses.items())

    def start_without_keys(self):
        coordinator = self.cluster.coordinator
        outcome = subprocess.run(coordinator.command, capture_output=True, text=True, timeout=60)
        if outcome.returncode != REFUSED_TO_RUN:
            raise SystemExit(
                f"the coordinator ended with {outcome.returncode}, not {REFUSED_TO_RUN}: {outcome.stderr}")
        if "scrivener keys init" not in outcome.stderr:
            raise SystemExit(f"it does not say how keys are made: {outcome.stderr}")
        return f"the coordinator ends with {REFUSED_TO_RUN}"

    def make_keys(self):
        self.cluster.manage_keys("init")
        for pool in self.cluster.topology["pools"]:
            self.cluster.manage_keys("pool-token", pool, "--output", self.cluster.kept(f"{pool}.token"))
        for name in (REVOKED, KEPT):
            self.cluster.manage_keys("add-worker", name, "--output", self.cluster.kept(f"{name}.secret"))
        self.token = self.cluster.manage_keys("api-token", "trial", "--scope", "submit").strip()
        self.api = API(self.port, token=self.token)
        self.inquiry = Inquiry(self.api)
        self.work = Work(self.api, self.inquiry, self.options.seed)
        self.members = Members(self.inquiry, self.cluster.workers)
        for name in self.cluster.workers:
            self.cluster.hand_over(name)
        return (
            f"the coordinator's, {len(self.cluster.topology['pools'])} pools' tokens, "
            f"keys of {REVOKED} and {KEPT}, a token of scope submit")

    def start(self):
        for name in self.cluster.processes:
            self.cluster.start(name)
        self.inquiry.wait_until_ready()
        self.members.wait()
        status, answer = API(self.port).request("GET", "/v1/workers")
        if (status, answer["code"]) != (401, "token_missing"):
            raise SystemExit(f"whoever has no token is answered {status} {answer}")
        return f"{self.members} are connected; 401 without a token"

    # While all is well but the network

    def partition(self):
        hub = self.cluster.hub
        cut_off = set(self.cluster.workers_on(CUT_OFF))
        before = self.rack.counts.get("cut", 0)
        with self.work.during("partition") as load:
            time.sleep(2)
            self.rack.rules([hub], [CUT_OFF], cut=True)
            cut_at = time.monotonic()
            self.wait(f"{CUT_OFF} is out of the pool", lambda: not self.members.present() & cut_off)
            out = time.monotonic() - cut_at
            time.sleep(max(0, FAULT_SECONDS - out))
            if self.members.present() != self.members.names - cut_off:
                raise SystemExit(f"somebody else is out: there are {set(self.members.present())}")
            self.rack.rules([hub], [CUT_OFF], cut=False)
            healed_at = time.monotonic()
            self.members.wait()
            back = time.monotonic() - healed_at
            time.sleep(2)
        if self.rack.counts["cut"] == before:
            raise SystemExit("not one frame was cut")
        return (
            f"{', '.join(sorted(cut_off))} out after {out:.1f} s, back {back:.1f} s after it healed, "
            f"{self.rack.counts['cut'] - before} frames cut; {load.figures}")

    # A key that is taken back

    def revoke(self):
        tasks = [{
            "task_id": f"t{number}", "task_type": "noop",
            "parameters": {"add": 1, "sleep_seconds": 4}} for number in range(48)]
        tasks.append({
            "task_id": "sum", "task_type": "noop", "parameters": {"add": 1},
            "dependencies": [task["task_id"] for task in tasks]})
        process = self.cluster.processes[REVOKED]
        with self.work.during("revoke") as load:
            session = self.work.submit("revoke-a-key", tasks)
            load.accepted[session] = tasks
            held = set()
            self.wait(
                f"{REVOKED} runs something", lambda: held.update(self.running(session)) or held)
            self.cluster.manage_keys("revoke", REVOKED)
            revoked_at, wall = time.monotonic(), datetime.now(timezone.utc)
            self.wait(f"{REVOKED} is out", lambda: REVOKED not in self.members.present(), 30)
            out = time.monotonic() - revoked_at
            self.wait(f"{REVOKED} ends", lambda: not process.is_running(), 30)
            ended = time.monotonic() - revoked_at
        self.members.names.discard(REVOKED)
        if process.child.returncode != REFUSED_TO_RUN:
            raise SystemExit(f"{REVOKED} ended with {process.child.returncode}, not {REFUSED_TO_RUN}")
        late = max(out, self.given_up_after(session, held, wall))
        if late > REVOCATION_SECONDS:
            raise SystemExit(f"{REVOKED} was out after {late:.1f} s, {REVOCATION_SECONDS} are allowed")
        return (
            f"{REVOKED} out after {out:.1f} s, ended with {REFUSED_TO_RUN} after {ended:.1f} s; "
            f"{len(held)} tasks that it ran were completed by others, given up after {late:.1f} s; "
            f"{load.figures}")

    def running(self, session):
        """The session's tasks that the worker runs whose key is to be revoked."""
        return {
            task["task_id"] for task in self.work.told(session, "&status=running")
            for each in task["executions"]
            if each["outcome"] == "running" and each["worker_id"] == REVOKED}

    def given_up_after(self, session, held, wall):
        """When the last of the revoked worker's attempts was over. Others have to have completed their tasks."""
        executions_of = {
            task["task_id"]: task["executions"] for task in self.work.told(session)}
        last = 0
        for task in held:
            executions = executions_of[task]
            own = [each for each in executions if each["worker_id"] == REVOKED]
            others = [each for each in executions if each["worker_id"] != REVOKED]
            if [each["outcome"] for each in own] == ["completed"]:
                continue  # Before the coordinator had looked.
            if len(own) != 1 or own[0]["outcome"] != "lost" or not any(
                    each["outcome"] == "completed" for each in others):
                raise SystemExit(f"{task} did not go elsewhere: {executions}")
            ended = datetime.fromisoformat(own[0]["ended_at"].replace("Z", "+00:00"))
            last = max(last, (ended - wall).total_seconds())
        return last

    # All keys change

    def change_all_keys(self):
        with self.work.during("rotate") as load:
            session = self.work.submit("long", [{
                "task_id": f"t{number}", "task_type": "noop", "delivery": "at_most_once",
                "parameters": {"sleep_seconds": LONG_SECONDS}} for number in range(LONG_TASKS)])
            self.wait("all long tasks run", lambda: len(
                self.work.told(session, "&status=running")) == LONG_TASKS)
            since = self.counters()
            attendance = Attendance(self.api, self.members.names)
            attendance.start()
            rotation = Rotation(self.cluster, self.inquiry, self.members)
            self.step("another key for a worker", lambda: rotation.replace_key(KEPT))
            self.step("other tokens for the pools", rotation.replace_tokens)
            self.step("another key for the coordinator", rotation.replace_coordinator_key)
            self.step("nobody was out", lambda: self.check_attendance(attendance, since, session))
            self.step("what ran went on", lambda: self.check_long_tasks(session))
        self.step("what was submitted meanwhile", lambda: load.figures)

    def check_attendance(self, attendance, since, session):
        # What was revoked last has to have had its effect.
        time.sleep(REVOCATION_SECONDS)
        self.members.wait()
        if len(self.work.told(session, "&status=running")) != LONG_TASKS:
            raise SystemExit(f"not all tasks of {LONG_SECONDS} s run to the end of all changes")
        attendance.end()
        worker = max(attendance.longest, key=attendance.longest.get)
        longest = attendance.longest[worker]
        if longest >= LEASE_SECONDS:
            raise SystemExit(f"{worker} was out of the pool for {longest:.1f} s")
        ended = [name for name in ("coordinator", *self.members.names)
                 if not self.cluster.processes[name].is_running()]
        if ended:
            raise SystemExit(f"ended while keys were changed: {', '.join(ended)}")
        told = {name: self.counters()[name] - since[name] for name in ("expired_leases", "worker_deaths")}
        if any(told.values()):
            raise SystemExit(f"while keys were changed: {told}")
        return (
            f"{len(self.members.names)} workers looked for {attendance.looks} times, none out "
            f"longer than {longest:.1f} s; no process ended, no lease ran out")

    def check_long_tasks(self, session):
        """What was begun before the first key changed and ended after the last one has gone on all the while."""
        self.wait("the long tasks end", lambda: self.inquiry.status(session) != "in_progress")
        tasks = self.work.told(session)
        if any(task["status"] != "completed" or len(task["executions"]) != 1 for task in tasks):
            raise SystemExit(f"they did not go on: {json.dumps(tasks)[:2_000]}")
        return f"{len(tasks)} tasks of {LONG_SECONDS} s, each completed by its one attempt"

    def restart_coordinator(self):
        """Everybody dials again, with what is remembered and in the files now."""
        with self.work.during("restart") as load:
            time.sleep(2)
            self.cluster.coordinator.signal(signal.SIGKILL)
            self.cluster.coordinator.child.wait()
            self.cluster.start("coordinator")
            began = time.monotonic()
            self.inquiry.wait_until_ready()
            self.members.wait()
            back = time.monotonic() - began
        return f"{len(self.members.names)} workers back by their new keys after {back:.1f} s; {load.figures}"

    def try_old_keys(self):
        """Whoever has kept what was valid before does not get in."""
        unknown = "the coordinator does not know this worker's key"
        keys = {"coordinator-key": self.cluster.kept("coordinator.public")}
        attempts = {
            REVOKED: (unknown, None),
            "late-key": (unknown, {**keys, "key": self.cluster.kept(f"{KEPT}.secret.old"), "id": KEPT}),
            "late-token": ("the coordinator does not enrol this worker", {
                **keys, "pool-token": self.cluster.kept("general.token.old"), "pool": "general", "id": "late"}),
            "late-coordinator": ("does not shake hands", {
                "coordinator-key": self.cluster.kept("coordinator.public.old"),
                "key": self.cluster.kept(f"{KEPT}.secret"), "id": KEPT})}
        address = self.cluster.options[KEPT]["coordinator"]
        before = self.members.process_ids()
        for name, (text, options) in attempts.items():
            if options:
                self.cluster.add(self.cluster.hub, name, "scrivener-worker", [
                    f"--coordinator={address}", "--agents=echo",
                    *(f"--{option}={value}" for option, value in options.items())])
            said = self.cluster.said(name, text)
            self.cluster.start(name)
            self.wait(f"{name} says: {text}", lambda: self.cluster.said(name, text) > said, 60)
        if self.members.process_ids() != before:
            raise SystemExit(f"somebody got in: {self.members.process_ids()}, before {before}")
        for name in attempts:
            self.cluster.processes[name].end()
        return f"{', '.join(attempts)} were not let in"

    # The end

    def finish(self):
        if left := self.inquiry.left_running():
            raise SystemExit(f"something runs although nothing should: {left}")
        names = [*sorted(self.members.names), "coordinator"]
        if late := [name for name in names if not self.cluster.processes[name].end()]:
            raise SystemExit(f"did not stop within 20 s: {', '.join(late)}")
        codes = {name: self.cluster.processes[name].child.returncode for name in names}
        if any(codes.values()):
            raise SystemExit(f"ended with {codes}")
        self.cluster.command(
            "journal", "verify", self.cluster.topology["coordinator"]["data"])
        secrets = {*self.cluster.secrets(), self.token}
        told = [
            file.name for file in self.cluster.logs.iterdir() for secret in secrets
            if secret in file.read_text(errors="replace")]
        if told:
            raise SystemExit(f"a secret is in the log of {', '.join(told)}")
        return "all ended with 0; the journal is sound; no secret is in a log"

    # Questions

    def wait(self, what, is_true, patience=PATIENCE):
        self.inquiry.wait_until(what, is_true, patience)

    def counters(self):
        return self.inquiry.ask("/v1/status")["counters"]
