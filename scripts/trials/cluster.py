"""A cluster as its topology describes it: each process on its host, which is a namespace, with that host's files."""

import json
import os
import signal
import subprocess
from pathlib import Path

from .disks import Disks
from .processes import Process
from .rack import Rack

# The options of a worker that name files which others have made.
GIVEN_FILES = ("coordinator-key", "pool-token", "key")


class Cluster:
    """What `scrivener topology show` lists, and workers with keys of their own beside it."""

    def __init__(self, topology, bin, folder):
        self.bin = Path(bin)
        self.logs = Path(folder) / "logs"
        self.logs.mkdir()
        shown = subprocess.run(
            [str(self.bin / "scrivener"), "topology", "show", str(topology), "--output", "json"],
            check=True, capture_output=True, text=True)
        shown = json.loads(shown.stdout)
        self.topology = shown["topology"]
        self.keys = self.topology["security"]["keys"]
        self.hub = self.topology["coordinator"]["host"]
        hosts = self.topology["hosts"]
        self.rack = Rack("scrivener", sorted(hosts, key=lambda host: hosts[host]["address"]))
        if self.rack.addresses != {host: each["address"] for host, each in hosts.items()}:
            raise SystemExit(f"{topology} has other addresses than {self.rack.addresses}")
        self.disks = Disks(self.rack, os.path.join(folder, "hosts"))
        self.processes, self.hosts, self.options = {}, {}, {}
        for each in shown["processes"]:
            self.add(each["host"], each["name"], each["program"], each["arguments"])

    def add(self, host, name, program, arguments):
        log = open(self.logs / name.replace("/", "-"), "ab", buffering=0)
        command = [*self.disks.on(host), str(self.bin / program), *arguments]
        self.processes[name] = Process(name, command, log)
        self.hosts[name] = host
        self.options[name] = dict(
            argument.removeprefix("--").split("=", 1) for argument in arguments)

    def add_named(self, host, name, agents, slots):
        """A worker with a key of its own, as its documentation has it."""
        address = self.rack.addresses[self.hub]
        self.add(host, name, "scrivener-worker", [
            f"--coordinator=tcp://{address}:{self.port}", f"--id={name}",
            f"--data={Path(self.keys).with_name(name)}",
            f"--coordinator-key={self.keys}/coordinator.public",
            f"--key={self.keys}/{name}.secret", f"--agents={agents}", f"--slots={slots}"])

    @property
    def port(self):
        """Where workers connect."""
        return int(self.topology["coordinator"]["bind"].rsplit(":", 1)[1])

    @property
    def key_folder(self):
        """The coordinator's folder of keys, as it lies on this machine."""
        return self.disks.path(self.hub, self.keys)

    def kept(self, name):
        """A file in that folder, as its host sees it."""
        return f"{self.keys}/{name}"

    @property
    def coordinator(self):
        return self.processes["coordinator"]

    @property
    def workers(self):
        return [name for name in self.processes if name != "coordinator"]

    def workers_on(self, host):
        return [name for name in self.workers if self.hosts[name] == host]

    def start(self, name):
        self.processes[name].start()

    def kill(self):
        for process in self.processes.values():
            process.signal(signal.SIGKILL)

    def said(self, name, text):
        """How many lines of a process's log hold a text."""
        with open(self.processes[name].log.name, encoding="utf-8", errors="replace") as file:
            return sum(text in line for line in file)

    def command(self, *words):
        """What `scrivener` says on the coordinator's host."""
        outcome = subprocess.run(
            [*self.disks.on(self.hub), str(self.bin / "scrivener"), *words],
            capture_output=True, text=True)
        if outcome.returncode != 0:
            raise SystemExit(f"scrivener {' '.join(words)}: {outcome.stderr}")
        return outcome.stdout

    def manage_keys(self, *words):
        return self.command("keys", *words, "--keys", self.keys)

    def hand_over(self, name, options=GIVEN_FILES):
        """Takes the files that a worker is started with from the coordinator's host to its own."""
        for option in options:
            path = self.options[name].get(option)
            if path:
                self.disks.copy(self.hub, path, self.hosts[name])

    def secrets(self):
        """What must be in no log: the keys and tokens of all hosts."""
        found = set()
        for host in self.rack.hosts:
            for file in self.disks.of(host).rglob("*"):
                if {".secret", ".token"} & set(file.suffixes):
                    lines = file.read_text().splitlines()
                    found |= {line for line in lines if line and not line.startswith("#")}
        return found
