"""Submits graphs whose results can be checked, and remembers what was accepted."""

import http.client
import json
import random
import threading
import time

from .graphs import graph


class API:
    """One request a connection: the other side dies all the time."""

    def __init__(self, port, host="127.0.0.1", token=None):
        self.host, self.port = host, port
        self.headers = {"Content-Type": "application/json"}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"

    def request(self, method, path, body=None, headers=None, timeout=10):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            connection.request(
                method, path, body=None if body is None else json.dumps(body),
                headers={**self.headers, **(headers or {})})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None
        finally:
            connection.close()


class Client(threading.Thread):
    """Submits one session after the other until it is told to stop."""

    def __init__(self, number, seed, api, most_open, prefix="chaos"):
        super().__init__(daemon=True)
        self.name_of_all = f"{prefix}-{number}"
        self.random = random.Random(f"{seed} client {number}")
        self.api = api
        self.most_open = most_open
        # How many sessions it asked for.
        self.keys = 0
        # The tasks of each session.
        self.accepted = {}
        self.refused = 0
        self.errors = 0
        self.odd = []
        self.latencies = []
        self.is_stopping = threading.Event()

    def run(self):
        while not self.is_stopping.is_set():
            if self.open_count() >= self.most_open:
                time.sleep(0.05)
                continue
            self.keys += 1
            self.submit(f"{self.name_of_all}-{self.keys}", graph(self.random))
            time.sleep(self.random.uniform(0, 0.1))

    def submit(self, key, tasks):
        """The same key until there is an answer: a session must not be made twice."""
        plan, began = {"query": "chaos", "tasks": tasks}, time.monotonic()
        while not self.is_stopping.is_set():
            try:
                status, answer = self.api.request(
                    "POST", "/v1/sessions", plan, {"Idempotency-Key": key})
            except (OSError, http.client.HTTPException, ValueError):
                self.errors += 1
                time.sleep(0.05)
                continue
            if status in (200, 201):
                self.accepted[answer["session_id"]] = tasks
                self.latencies.append(time.monotonic() - began)
                return
            self.refused += 1
            if status not in (429, 503):
                self.odd.append(f"{status} for {key}: {json.dumps(answer)[:300]}")
                return
            time.sleep(0.1)

    def open_count(self):
        """How many of all sessions are open; none, as far as anybody says, when nobody does.

        When nobody answers, the client submits all the same: what is on its way while a coordinator
        dies must neither be lost nor made twice.
        """
        try:
            return self.api.request("GET", "/v1/status", timeout=5)[1]["active_sessions"]
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
            return 0
