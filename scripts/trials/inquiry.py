"""Questions to a coordinator after a trial: has everything ended, as it should, and once?"""

import http.client
import time

OPEN = ("pending", "in_progress", "cancelling", "paused")


class Inquiry:
    def __init__(self, api):
        self.api = api
        # What was waited for while all was well, and how often it was seen.
        self.waits = {}

    def ask(self, path):
        """The answer, or nothing when there is none."""
        try:
            status, answer = self.api.request("GET", path)
            return answer if status == 200 else None
        except (OSError, http.client.HTTPException, ValueError):
            return None

    def wait_until(self, what, is_true, patience=60):
        deadline = time.monotonic() + patience
        while not is_true():
            if time.monotonic() > deadline:
                raise SystemExit(f"waited {patience} s in vain: {what}")
            time.sleep(0.05)

    def wait_until_ready(self):
        self.wait_until("the coordinator is ready", lambda: self.ask("/readyz") is not None)

    def wait_for_workers(self, count):
        def are_there():
            pool = self.ask("/v1/workers") or {}
            return sum(each["state"] == "connected" for each in pool.get("workers", [])) >= count

        self.wait_until(f"{count} workers are there", are_there)

    def status(self, session):
        found = self.ask(f"/v1/sessions/{session}")
        return found and found["status"]

    def wait_for(self, sessions, patience):
        """Those of the sessions that ended in time."""
        ended, deadline = set(), time.monotonic() + patience
        asked_at = time.monotonic()
        while len(ended) < len(sessions) and time.monotonic() < deadline:
            for session in sessions - ended:
                status = self.status(session)
                if status and status not in OPEN:
                    ended.add(session)
            if len(ended) < len(sessions):
                time.sleep(0.5)
            if time.monotonic() - asked_at > 5:
                asked_at = time.monotonic()
                self.ask_why(sorted(sessions - ended)[:3])
        return ended

    def ask_why(self, sessions):
        for session in sessions:
            for task in (self.ask(f"/v1/sessions/{session}/tasks") or {}).get("tasks", []):
                if task["status"] in ("completed", "waiting"):
                    continue
                why = self.ask(f"/v1/sessions/{session}/tasks/{task['task_id']}/explain") or {}
                said = f"{why.get('reason')}: {why.get('message')}"
                self.waits[said] = self.waits.get(said, 0) + 1

    def judge(self, accepted, patience):
        """Holds what was accepted, by session the sum of each task, against what is told of it."""
        began = time.monotonic()
        ended = self.wait_for(set(accepted), patience)
        peace = time.monotonic() - began
        lost, wrong, twice = [], [], []
        counts = {"tasks": 0, "attempts": 0, "attempts_lost": 0}
        for session in sorted(ended):
            results = self.ask(f"/v1/sessions/{session}/results")
            if results is None:
                lost.append(session)
                continue
            sums = dict(accepted[session])
            for entry in results["tasks"]:
                task = entry["task"]
                outcomes = [execution["outcome"] for execution in task["executions"]]
                counts["tasks"] += 1
                counts["attempts"] += len(outcomes)
                counts["attempts_lost"] += outcomes.count("lost")
                payload = entry.get("payload") or {}
                name = f"{session}/{task['task_id']}"
                if outcomes.count("completed") > 1:
                    twice.append(name)
                if payload.get("sum") != sums.pop(task["task_id"], None):
                    wrong.append(f"{name}: {task['status']}, {payload}")
            lost += [f"{session}/{task}" for task in sums]
        stuck = sorted(accepted.keys() - ended)
        lost += [session for session in stuck if self.status(session) is None]
        return {
            "sessions": len(accepted), **counts, "seconds_until_all_ended": round(peace, 1),
            "lost": lost[:20], "wrong": wrong[:20], "committed_twice": twice[:20],
            "stuck": stuck[:20]}

    def left_running(self):
        """What runs although nothing should."""
        status = self.ask("/v1/status")
        if status is not None and status["load_balancing"]["active_executions"] == 0:
            return []
        return [f"the coordinator says: {status}"]
