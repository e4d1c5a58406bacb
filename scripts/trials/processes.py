"""The processes of a pool: started, killed, stopped, and started again when they die."""

import os
import random
import signal
import socket
import subprocess
import threading
import time


# Below those that the kernel gives to connections, which would take one that is free now before the
# program that it is meant for is there.
PORTS = range(20_000, 32_000, 2)


def free_port():
    """A port that nobody listens on, nor on the next one: a coordinator takes that for enrolments."""
    for port in random.sample(PORTS, len(PORTS)):
        if is_free(port) and is_free(port + 1):
            return port
    raise RuntimeError(f"no port from {PORTS.start} to {PORTS.stop} is free")


def is_free(port):
    with socket.socket() as probe:
        # As the programs do: whoever listened there before leaves connections that wait for their end.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Process:
    """A program that is started again when it dies, as whoever runs it in production would do it."""

    def __init__(self, name, command, log):
        self.name = name
        # Beside the environment of this process.
        self.environment = {}
        self.command = command
        self.log = log
        self.child = None
        self.starts = 0
        # With what codes it ended by itself: those of the system for a crash are negative.
        self.odd_ends = []
        self.lock = threading.Lock()
        self.is_wanted = True

    def start(self):
        with self.lock:
            if self.child is None or self.child.poll() is not None:
                if self.child is not None and self.child.returncode != -signal.SIGKILL:
                    self.odd_ends.append(self.child.returncode)
                self.child = subprocess.Popen(
                    self.command, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL,
                    env={**os.environ, **self.environment})
                self.starts += 1

    def signal(self, number):
        with self.lock:
            if self.child is not None and self.child.poll() is None:
                self.child.send_signal(number)
                return True
            return False

    def is_running(self):
        with self.lock:
            return self.child is not None and self.child.poll() is None

    def end(self):
        self.is_wanted = False
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            self.child.wait()
            return False
        return True


class Supervisor(threading.Thread):
    """Starts what has died, a little later."""

    def __init__(self, processes, seed):
        super().__init__(daemon=True)
        self.processes = processes
        self.random = random.Random(seed)
        self.due = {}

    def run(self):
        while True:
            now = time.monotonic()
            for process in self.processes:
                if not process.is_wanted or process.is_running():
                    self.due.pop(process.name, None)
                elif process.name not in self.due:
                    self.due[process.name] = now + self.random.choice([0, 0.05, 0.3, 1.5])
                elif self.due[process.name] <= now:
                    process.start()
            time.sleep(0.02)


class JournalDisk:
    """A small file system for the journal, which can be filled. Needs root; otherwise a plain folder."""

    SIZE = 192 << 20

    def __init__(self, path):
        self.path = path
        os.makedirs(path, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={self.SIZE},mode=0700", "tmpfs", path]
        self.is_own = os.geteuid() == 0 and subprocess.run(
            command, stderr=subprocess.DEVNULL).returncode == 0

    def fill(self):
        try:
            with open(os.path.join(self.path, "ballast"), "wb", buffering=0) as file:
                while True:
                    file.write(b"\0" * (1 << 16))
        except OSError:
            pass

    def empty(self):
        try:
            os.unlink(os.path.join(self.path, "ballast"))
        except FileNotFoundError:
            pass

    def close(self):
        if self.is_own:
            subprocess.run(["umount", "-l", self.path], check=False)
