"""The shipped compose file on a real engine: its containers are scaled, killed, cut off and restarted while they work,
and asked afterwards whether anything was lost."""

import json
import os
import tempfile
import time
from pathlib import Path

from .client import API, Client
from .compose import (
    Failure, Project, docker, engine, inspect, megabytes_of_our_own)
from .inquiry import FAULTS, OPEN, Inquiry
from .processes import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
FILE = ROOT / "docker" / "docker-compose.yml"
QUESTION = "How do SQLite and PostgreSQL survive a crash?"
# What is scaled, killed and cut off, and to how many containers it is scaled.
POOL, REPLICAS = "research", 4
# A build from nothing on a small machine that has other things to do.
BUILD_PATIENCE = 7_200
# Between an event and what has to follow it: a lease and some seconds, on a busy machine.
PATIENCE = 240
END_PATIENCE = 1_800
# How long a worker may take to stop: compose's grace for it.
STOP_SECONDS = 90
# How much an image may hold beside its base.
MOST_MEGABYTES = 120
# The session's rounds, one after the other: it has to outlast all that happens to the pool.
ROUNDS, WIDTH, ROUND_SECONDS = 90, 4, 4
CLIENTS, MOST_OPEN = 2, 10


class ContainerTrial:
    def __init__(self, options):
        self.options = options
        self.folder = Path(tempfile.mkdtemp(prefix="scrivener-docker-"))
        self.override = self.folder / "override.yml"
        self.port = free_port()
        self.project = Project(
            f"scrivener-test-{os.getpid()}", [FILE, self.override], {"SCRIVENER_PORT": str(self.port)})
        self.clients = []
        self.began = time.monotonic()

    # Steps

    def run(self):
        try:
            self.attempt()
        except (Exception, SystemExit):
            self.show_logs()
            raise
        finally:
            for client in self.clients:
                client.is_stopping.set()
            self.step("clean up", self.clean_up)

    def attempt(self):
        self.step("engine", self.find_engine)
        self.write_override()
        self.step("build", self.build)
        self.step("images", self.weigh)
        self.step("up", self.up)
        self.step("a token", self.make_token)
        self.step("workers", self.count_workers)
        self.step("submit", self.submit)
        self.step("scale", self.scale)
        self.step("kill a container", self.kill)
        self.step("another network address", self.move)
        self.step("restart the coordinator", self.restart_coordinator)
        self.step("rolling restart", self.restart_pool)
        self.step("the session ends", self.finish)
        self.step("nothing is lost", self.judge)

    def step(self, name, action):
        """One line a step: when it was done, what it was, and its figure."""
        figure = action()
        print(f"{time.monotonic() - self.began:7.1f} s  {name}: {figure}", flush=True)

    def find_engine(self):
        return ", ".join(f"{name} {version}" for name, version in engine().items())

    def write_override(self):
        """What a trial needs beside the shipped file: an agent that computes sums, and mirrors."""
        services = Project(self.project.name, [FILE]).configuration()["services"]
        for name in ("coordinator", POOL):
            if name not in services:
                raise Failure(f"{FILE} has no service {name}")
        command = [
            f"{argument},echo" if argument.startswith("--agents=") else argument
            for argument in services[POOL]["command"]]
        override = {POOL: {"command": command}}
        if self.options.packages:
            for name in (name for name, service in services.items() if "build" in service):
                override.setdefault(name, {})["build"] = {
                    "additional_contexts": {"packages": str(self.options.packages.resolve())}}
        # JSON is YAML.
        self.override.write_text(json.dumps({"services": override}))

    def build(self):
        began = time.monotonic()
        self.project.compose("build", patience=BUILD_PATIENCE)
        return f"{time.monotonic() - began:.0f} s"

    def weigh(self):
        services = self.project.configuration()["services"].values()
        images = sorted({each["image"] for each in services if "build" in each})
        sizes = {image: megabytes_of_our_own(image) for image in images}
        for image, size in sizes.items():
            if not 0 < size <= MOST_MEGABYTES:
                raise Failure(f"{image} has {size:.1f} MB beside its base, not 0…{MOST_MEGABYTES}")
        return ", ".join(f"{image} {size:.1f} MB" for image, size in sizes.items()) + " beyond the base"

    def up(self):
        began = time.monotonic()
        self.project.compose("up", "--detach", patience=PATIENCE)
        self.wait("all containers are healthy", lambda: all(
            inspect(container)["State"]["Health"]["Status"] == "healthy"
            for service in ("coordinator", POOL) for container in self.project.containers(service)))
        return f"healthy after {time.monotonic() - began:.1f} s"

    def make_token(self):
        """Where the shipped file has its keys made; whoever may submit may ask as well."""
        token = self.project.compose(
            "exec", "-T", "coordinator", "scrivener", "keys", "api-token", "trial",
            "--scope", "submit", "--keys", "/etc/scrivener/keys")
        self.inquiry = Inquiry(API(self.port))
        if self.inquiry.ask("/v1/workers") is not None:
            raise Failure("the coordinator answers whoever has no token")
        self.api = API(self.port, token=token)
        self.inquiry = Inquiry(self.api)
        self.wait("the token is good", lambda: self.inquiry.ask("/v1/workers"))
        return "of scope submit; nobody is answered without one"

    def count_workers(self):
        containers = self.project.containers(POOL)
        self.wait(f"all workers of {POOL} are connected", lambda: self.are_connected(containers))
        return f"{len(self.workers())} are connected, {len(containers)} of them of {POOL}"

    def submit(self):
        tasks = [{
            "task_id": "plan", "task_type": "planning", "assigned_agent": "planner",
            "extends_session": True, "parameters": {"question": QUESTION, "max_sources": 12}}]
        for turn in range(ROUNDS):
            tasks += [{
                "task_id": f"round-{turn}-{place}", "task_type": "noop",
                "dependencies": [f"round-{turn - 1}-{place}"] if turn else [],
                "parameters": {"add": 1, "sleep_seconds": ROUND_SECONDS}} for place in range(WIDTH)]
        status, answer = self.api.request(
            "POST", "/v1/sessions", {"query": QUESTION, "tasks": tasks}, {"Idempotency-Key": "trial"})
        if status != 201:
            raise Failure(f"the session was not accepted: {status} {answer}")
        self.session = answer["session_id"]
        self.clients = [
            Client(number, self.options.seed, self.api, MOST_OPEN, prefix="docker")
            for number in range(CLIENTS)]
        for client in self.clients:
            client.start()
        self.wait("the session's tasks run", lambda: self.progress()["tasks_by_status"].get("running"))
        return f"{self.session} with {len(tasks)} tasks, and {CLIENTS} clients that keep submitting graphs"

    def scale(self):
        began = time.monotonic()
        self.project.compose(
            "up", "--detach", "--no-build", "--no-recreate", "--scale", f"{POOL}={REPLICAS}")
        self.wait(f"{REPLICAS} workers of {POOL} are connected", self.is_whole)
        return f"{POOL} has {REPLICAS} workers after {time.monotonic() - began:.1f} s, {self.done()}"

    def kill(self):
        victim = self.busy_container()
        worker = self.worker_in(victim)["worker_id"]
        began = time.monotonic()
        docker("kill", victim)
        self.wait("the dead worker is noticed", lambda: self.is_given_up(worker))
        noticed = time.monotonic() - began
        docker("start", victim)
        self.wait(f"{REPLICAS} workers of {POOL} are connected", self.is_whole)
        return f"{worker} was given up after {noticed:.1f} s, {self.done()}"

    def move(self):
        """Cut off while it works, and back under an address that it did not have."""
        container = self.busy_container()
        worker = self.worker_in(container)["worker_id"]
        (network, place), = inspect(container)["NetworkSettings"]["Networks"].items()
        before = place["IPAddress"]
        names = [word for alias in place["Aliases"] or [] for word in ("--alias", alias)]
        docker("network", "disconnect", network, container)
        self.wait("the worker that is cut off is noticed", lambda: self.is_given_up(worker))
        # Whoever takes the next address keeps it from being the old one.
        squatter = docker(
            "run", "--detach", "--rm", "--label", f"com.docker.compose.project={self.project.name}",
            "--network", network, "--entrypoint", "sleep", inspect(container)["Image"], "600")
        try:
            began = time.monotonic()
            docker("network", "connect", *names, network, container)
            after = inspect(container)["NetworkSettings"]["Networks"][network]["IPAddress"]
            if after == before:
                raise Failure(f"{worker} came back with its old address, {before}")
            self.wait("the worker that was cut off is back", lambda: self.are_connected([container]))
            back = time.monotonic() - began
        finally:
            docker("rm", "--force", "--volumes", squatter)
        return f"{worker} went from {before} to {after} and was back after {back:.1f} s, {self.done()}"

    def restart_coordinator(self):
        container, = self.project.containers("coordinator")
        began = time.monotonic()
        docker("kill", container)
        docker("start", container)
        self.wait("the coordinator is ready", lambda: self.inquiry.ask("/readyz"))
        ready = time.monotonic() - began
        self.wait("all workers are back", self.is_whole)
        back = time.monotonic() - began
        return f"killed; ready after {ready:.1f} s, all workers after {back:.1f} s, {self.done()}"

    def restart_pool(self):
        began = time.monotonic()
        for container in self.project.containers(POOL):
            docker("restart", "-t", str(STOP_SECONDS), container, patience=STOP_SECONDS + PATIENCE)
            self.wait("the worker that was restarted is back", lambda: self.are_connected([container]))
        seconds = time.monotonic() - began
        return f"{REPLICAS} workers one after the other in {seconds:.1f} s, {self.done()}"

    def finish(self):
        progress = self.progress()
        open_tasks = progress["total_tasks"] - progress["completed_tasks"]
        if self.has_ended():
            raise Failure("the session ended before all had happened that was to happen to it")
        for client in self.clients:
            client.is_stopping.set()
        for client in self.clients:
            client.join(30)
        self.wait("the session ends", self.has_ended, END_PATIENCE)
        status = self.inquiry.status(self.session)
        if status != "completed":
            raise Failure(f"the session ended as {status}")
        return f"{status}, with {open_tasks} tasks after the last restart"

    def judge(self):
        results = self.inquiry.ask(f"/v1/sessions/{self.session}/results")
        if results is None:
            raise Failure(f"there are no results of {self.session}")
        for entry in results["tasks"]:
            task = entry["task"]
            completed = [each for each in task["executions"] if each["outcome"] == "completed"]
            if task["status"] != "completed" or len(completed) != 1 or "payload" not in entry:
                raise Failure(f"{task['task_id']} is not completed once: {json.dumps(task)[:2_000]}")
        payloads = {entry["task"]["task_id"]: entry["payload"] for entry in results["tasks"]}
        for place in range(WIDTH):
            total = payloads[f"round-{ROUNDS - 1}-{place}"]["sum"]
            if total != ROUNDS:
                raise Failure(f"the rounds came to {total}, not {ROUNDS}")
        document = results["document"]
        if not document["has_final_document"] or document["citations"] == 0:
            raise Failure(f"the research came to no report with citations: {document}")
        accepted = {id: tasks for client in self.clients for id, tasks in client.accepted.items()}
        report = self.inquiry.judge(accepted, PATIENCE)
        faults = {fault: report[fault] for fault in FAULTS if report[fault]}
        odd = [odd for client in self.clients for odd in client.odd]
        if faults or odd:
            raise Failure(f"the graphs are not as they should be: {json.dumps([faults, odd])[:4_000]}")
        restarts = {
            container: inspect(container)["RestartCount"]
            for service in self.project.configuration()["services"]
            for container in self.project.containers(service)}
        if any(restarts.values()):
            raise Failure(f"containers ended by themselves: {restarts}")
        lost = sum(
            each["outcome"] == "lost" for entry in results["tasks"]
            for each in entry["task"]["executions"])
        return (
            f"{len(results['tasks'])} tasks completed once each ({lost} attempts were lost with workers "
            f"and made again), {document['citations']} citations; {report['tasks']} tasks of "
            f"{report['sessions']} graphs are right")

    def clean_up(self):
        if self.override.exists():
            self.project.down()
            self.override.unlink()
        self.folder.rmdir()
        return "containers, networks and volumes are gone"

    def show_logs(self):
        if not self.override.exists():
            return
        try:
            print(self.project.compose("logs", "--tail", "40", "--no-color"), flush=True)
        except Failure as failure:
            print(failure, flush=True)

    # Questions

    def wait(self, what, is_true, patience=PATIENCE):
        deadline = time.monotonic() + patience
        while not is_true():
            if time.monotonic() > deadline:
                raise Failure(f"waited {patience} s in vain: {what}")
            time.sleep(0.1)

    def workers(self):
        return (self.inquiry.ask("/v1/workers") or {}).get("workers", [])

    def is_given_up(self, worker):
        """Not where nobody answers."""
        workers = self.workers()
        return bool(workers) and not any(
            each["worker_id"] == worker and each["state"] != "lost" for each in workers)

    def has_ended(self):
        """Not where nobody answers."""
        return self.inquiry.status(self.session) not in (None, *OPEN)

    def worker_in(self, container):
        """A container's host name is the beginning of its id; its worker has a new name after each start."""
        return next((
            each for each in self.workers()
            if each["state"] == "connected" and container.startswith(each["host"])), None)

    def are_connected(self, containers):
        workers = self.workers()
        return all(
            any(each["state"] == "connected" and container.startswith(each["host"]) for each in workers)
            for container in containers)

    def is_whole(self):
        containers = self.project.containers(POOL)
        return len(containers) == REPLICAS and self.are_connected(containers)

    def busy_container(self):
        """One whose worker runs something of the session's."""
        found = []

        def look():
            answer = self.inquiry.ask(f"/v1/sessions/{self.session}/tasks?status=running") or {}
            running = {
                execution["worker_id"] for task in answer.get("tasks", [])
                for execution in task["executions"] if execution["outcome"] == "running"}
            found[:] = [
                container for container in self.project.containers(POOL)
                if (self.worker_in(container) or {}).get("worker_id") in running]
            return found

        self.wait(f"a worker of {POOL} runs something", look)
        return found[0]

    def progress(self):
        return self.inquiry.ask(f"/v1/sessions/{self.session}/progress") or {
            "tasks_by_status": {}, "total_tasks": 0, "completed_tasks": 0}

    def done(self):
        progress = self.progress()
        return f"{progress['completed_tasks']} of {progress['total_tasks']} tasks are done"
