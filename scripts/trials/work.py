"""What a pool of all built-in agents has to do while something happens to it: graphs, and a research session."""

from contextlib import contextmanager

from .client import Client
from .inquiry import FAULTS

QUESTION = "How do SQLite and PostgreSQL survive a crash?"
CLIENTS, MOST_OPEN = 2, 10
PATIENCE = 120


class Load:
    """What was submitted during a step, and what became of it."""

    def __init__(self):
        self.accepted = {}
        self.figures = ""


class Work:
    def __init__(self, api, inquiry, seed):
        self.api = api
        self.inquiry = inquiry
        self.seed = seed
        self.clients = []
        self.sessions = 0
        self.tasks = 0

    def stop(self):
        for client in self.clients:
            client.is_stopping.set()

    @contextmanager
    def during(self, phase):
        """Clients submit meanwhile; at the end all of it has to have ended, rightly and once."""
        load = Load()
        self.clients = [
            Client(number, f"{self.seed} {phase}", self.api, MOST_OPEN, prefix=phase)
            for number in range(CLIENTS)]
        for client in self.clients:
            client.start()
        research = self.submit(f"{phase}-research", [{
            "task_id": "plan", "task_type": "planning", "assigned_agent": "planner",
            "extends_session": True, "parameters": {"question": QUESTION, "max_sources": 12}}])
        yield load
        self.stop()
        for client in self.clients:
            client.join(30)
            load.accepted.update(client.accepted)
        self.judge(load, research)

    def submit(self, key, tasks):
        status, answer = self.api.request(
            "POST", "/v1/sessions", {"query": QUESTION, "tasks": tasks}, {"Idempotency-Key": key})
        if status != 201:
            raise SystemExit(f"a session was not accepted: {status} {answer}")
        return answer["session_id"]

    def told(self, session, query=""):
        """What is told of a session's tasks."""
        answer = self.inquiry.ask(f"/v1/sessions/{session}/tasks?limit=200{query}")
        return (answer or {}).get("tasks", [])

    def judge(self, load, research):
        judged = self.inquiry.judge(load.accepted, PATIENCE)
        faults = {fault: judged[fault] for fault in FAULTS if judged[fault]}
        odd = [odd for client in self.clients for odd in client.odd]
        if faults or odd:
            raise SystemExit(f"not as it should be: {faults} {odd}"[:4_000])
        if judged["sessions"] < CLIENTS:
            raise SystemExit(f"only {judged['sessions']} sessions were accepted")
        entries = self.research_tasks(research)
        lost = judged["attempts_lost"] + sum(
            each["outcome"] == "lost" for entry in entries for each in entry["task"]["executions"])
        load.figures = (
            f"{judged['sessions']} graphs of {judged['tasks']} tasks and a research session of "
            f"{len(entries)} ended rightly and once, {lost} attempts were lost")
        self.sessions += judged["sessions"] + 1
        self.tasks += judged["tasks"] + len(entries)

    def research_tasks(self, session):
        self.inquiry.wait_until(
            "the research session ends",
            lambda: self.inquiry.status(session) not in (None, "in_progress"), PATIENCE)
        results = self.inquiry.ask(f"/v1/sessions/{session}/results")
        if self.inquiry.status(session) != "completed":
            raise SystemExit(f"the research session ended as {self.inquiry.status(session)}")
        if not results["document"]["citations"]:
            raise SystemExit(f"the research came to no report with citations: {results['document']}")
        return results["tasks"]
