"""What readers of a session's events cost the coordinator, and whether they are told all of it, once."""

import http.client
import json
import os
import socket
import threading

from .figures import Pool

TASKS = 50_000
LIVE = 10
STALLED = 990
RECONNECTIONS = 100


def readers(bin):
    """1,000 readers, 990 of whom do not read, on a session of 50,000 tasks, and the same without."""
    figures = {"tasks": TASKS}
    for name, live, stalled in (("without", 0, 0), ("with", LIVE, STALLED)):
        with Pool(bin, "readers") as pool:
            for _ in range(2):
                pool.add_worker(32)
            figures[name] = Run(pool, live, stalled).run()
    figures["loop_ratio"] = round(
        figures["with"]["loop_us_per_task"] / figures["without"]["loop_us_per_task"], 3)
    return figures


class Run:
    """One session, and those who follow it."""

    def __init__(self, pool, live, stalled):
        self.pool = pool
        self.live = live
        self.stalled = stalled
        self.path = None

    def run(self):
        # It waits for its first task, so that all readers are there when the others run.
        gate = {"task_id": "gate", "task_type": "noop", "parameters": {"sleep_seconds": 8}}
        tasks = [gate] + [
            {"task_id": f"t{number}", "task_type": "noop", "dependencies": ["gate"]}
            for number in range(TASKS - 1)]
        session = self.pool.submit(tasks, config={"max_concurrent_tasks": 100_000})
        self.path = f"/v1/sessions/{session}/events"
        sockets = [self.stall() for _ in range(self.stalled)]
        followers = [Follower(self, 0) for _ in range(self.live)]
        if self.live:
            followers.append(Follower(self, RECONNECTIONS))
        for follower in followers:
            follower.start()
        before = self.loop_seconds()
        self.pool.end(session)
        spent = self.loop_seconds() - before
        for follower in followers:
            follower.join(timeout=120)
        for stalled in sockets:
            stalled.close()
        return {
            "loop_us_per_task": round(spent / TASKS * 1e6, 2),
            "peak_memory_mib": self.peak_mebibytes(),
            "followers": [follower.figures() for follower in followers],
        }

    def stall(self):
        """Somebody who asks and never reads."""
        reader = socket.socket()
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.connect(("127.0.0.1", self.pool.api.port))
        reader.sendall(f"GET {self.path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        return reader

    def loop_seconds(self):
        """CPU seconds of the coordinator's loop."""
        pid = self.pool.coordinator.child.pid
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/stat") as stat:
                head, _, rest = stat.read().rpartition(")")
            if head.partition("(")[2] == "coordinator-loo":
                fields = rest.split()
                return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        raise SystemExit("the coordinator has no loop")

    def peak_mebibytes(self):
        with open(f"/proc/{self.pool.coordinator.child.pid}/status") as status:
            for line in status:
                if line.startswith("VmHWM"):
                    return int(line.split()[1]) >> 10
        return None


class Follower(threading.Thread):
    """Reads a stream to its end, and connects anew so often on the way."""

    def __init__(self, run, reconnections):
        super().__init__(daemon=True)
        self.owner = run
        self.reconnections = reconnections
        self.told = {}
        self.repeated = 0
        self.out_of_order = 0
        self.position = 0
        self.has_ended = False
        self.resets = 0

    def run(self):
        last = None
        left = self.reconnections
        while not self.has_ended:
            quota = TASKS // (self.reconnections + 1) if left else None
            last = self.read(last, quota)
            left = max(0, left - 1)

    def read(self, last, quota):
        connection = http.client.HTTPConnection("127.0.0.1", self.owner.pool.api.port, timeout=120)
        connection.request(
            "GET", self.owner.path, headers={"Last-Event-ID": last} if last else {})
        name = identity = None
        count = 0
        for line in connection.getresponse():
            text = line.decode().rstrip("\n")
            if text.startswith("event: "):
                name = text[7:]
            elif text.startswith("id: "):
                identity = text[4:]
            elif text.startswith("data: ") and identity:
                last = identity
                if name == "task":
                    count += 1
                    self.note(json.loads(text[6:])["task_id"], identity)
                elif name == "reset":
                    self.resets += 1
                elif name == "end":
                    self.has_ended = True
            elif not text:
                name = identity = None
                if quota and count >= quota:
                    break
        connection.close()
        return last

    def note(self, task, identity):
        if task in self.told:
            self.repeated += 1
        self.told[task] = identity
        position = int(identity.rpartition("-")[2])
        if position != self.position + 1:
            self.out_of_order += 1
        self.position = position

    def figures(self):
        return {
            "reconnections": self.reconnections, "told": len(self.told),
            "repeated": self.repeated, "out_of_order": self.out_of_order, "resets": self.resets,
            "reached_end": self.has_ended}
