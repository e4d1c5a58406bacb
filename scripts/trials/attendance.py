"""Who is in the pool: asked once, waited for, and looked at all the time."""

import http.client
import threading
import time

# As which a worker may keep what it runs.
IN = ("connected", "suspect", "draining")


class Members:
    """The workers that are to be there."""

    def __init__(self, inquiry, names):
        self.inquiry = inquiry
        self.names = set(names)

    def __str__(self):
        return ", ".join(sorted(self.names))

    def workers(self, states):
        found = (self.inquiry.ask("/v1/workers") or {}).get("workers", [])
        return {each["worker_id"]: each["pid"] for each in found if each["state"] in states}

    def present(self):
        return self.workers(IN).keys()

    def connected(self):
        return self.workers(["connected"]).keys()

    def process_ids(self):
        return self.workers(["connected"])

    def wait(self):
        self.inquiry.wait_until(
            f"{self} are connected, and nobody else", lambda: self.connected() == self.names, 120)


class Attendance(threading.Thread):
    """For how long each was out, at most."""

    def __init__(self, api, workers):
        super().__init__(daemon=True)
        self.api = api
        # Since when each is out.
        self.out = {}
        self.longest = dict.fromkeys(workers, 0.0)
        self.looks = 0
        self.looked_at = time.monotonic()
        self.is_over = threading.Event()

    def run(self):
        while not self.is_over.wait(0.1):
            try:
                status, answer = self.api.request("GET", "/v1/workers", timeout=5)
            except (OSError, http.client.HTTPException, ValueError):
                continue
            if status == 200:
                self.note({each["worker_id"] for each in answer["workers"] if each["state"] in IN})

    def note(self, present):
        before, self.looked_at = self.looked_at, time.monotonic()
        self.looks += 1
        for worker in self.longest:
            if worker in present:
                self.out.pop(worker, None)
            else:
                # It may have gone just after the look before.
                since = self.out.setdefault(worker, before)
                self.longest[worker] = max(self.longest[worker], self.looked_at - since)

    def end(self):
        self.is_over.set()
        self.join(10)
