"""A network switch in user space, for hosts that are network namespaces: it passes frames from port to
port, and can cut, lose and delay them, each direction on its own. Kernels without netem can do that, too.

Runs in a namespace of its own: `switch.py PORT …` with the names of its interfaces. Commands come as lines
of JSON: {"from": port, "to": port, "cut": true, "loss": 0.3, "delay": 0.1}; each line is answered with
how many frames were cut, lost and delayed so far.
"""

import heapq
import json
import random
import selectors
import socket
import sys
import time

PASSES = {"cut": False, "loss": 0.0, "delay": 0.0}
ANY_PROTOCOL = 3


class Switch:
    def __init__(self, names):
        self.random = random.Random(1)
        self.names = names
        self.ports = {}
        self.rules = {}
        self.places = {}
        # What became of frames that did not just pass, by what was done to them.
        self.counts = {"cut": 0, "lost": 0, "delayed": 0}
        # Frames under way: when they are due, in which order they came, to which port, their bytes.
        self.under_way = []
        self.count = 0
        self.selector = selectors.DefaultSelector()
        for name in names:
            port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ANY_PROTOCOL))
            port.bind((name, 0))
            port.setblocking(False)
            self.ports[name] = port
            self.selector.register(port, selectors.EVENT_READ, name)
        self.selector.register(sys.stdin, selectors.EVENT_READ, None)

    def run(self):
        while True:
            for key, _ in self.selector.select(self.patience()):
                if key.data is None:
                    line = sys.stdin.readline()
                    if not line:
                        return
                    self.obey(json.loads(line))
                else:
                    self.receive(key.data)
            self.deliver()

    def obey(self, rule):
        way = (rule.pop("from"), rule.pop("to"))
        self.rules[way] = {**self.rules.get(way, PASSES), **rule}
        print(json.dumps(self.counts), flush=True)

    def patience(self):
        return max(0, self.under_way[0][0] - time.monotonic()) if self.under_way else None

    def receive(self, name):
        for _ in range(64):
            try:
                frame, (_, _, kind, _, _) = self.ports[name].recvfrom(1 << 16)
            except BlockingIOError:
                return
            # What this side sends itself is seen here as well.
            if kind == socket.PACKET_OUTGOING:
                continue
            self.places[frame[6:12]] = name
            target = self.places.get(frame[:6])
            for other in [target] if target else self.names:
                if other != name:
                    self.forward(frame, name, other)

    def forward(self, frame, name, other):
        rule = self.rules.get((name, other), PASSES)
        if rule["cut"]:
            self.counts["cut"] += 1
            return None
        if self.random.random() < rule["loss"]:
            self.counts["lost"] += 1
            return None
        if not rule["delay"]:
            return self.send(frame, other)
        self.counts["delayed"] += 1
        self.count += 1
        due = time.monotonic() + rule["delay"]
        heapq.heappush(self.under_way, (due, self.count, other, frame))

    def deliver(self):
        now = time.monotonic()
        while self.under_way and self.under_way[0][0] <= now:
            _, _, other, frame = heapq.heappop(self.under_way)
            self.send(frame, other)

    def send(self, frame, other):
        try:
            self.ports[other].send(frame)
        except OSError:
            pass  # A full queue, or a cable that is gone: switches drop frames, too.


if __name__ == "__main__":
    Switch(sys.argv[1:]).run()
