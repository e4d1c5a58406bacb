"""Questions to a coordinator after a trial: has everything ended, as it should, and once?"""

import http.client
import time
from collections import Counter

from .graphs import Told, is_at_most_once, mistakes

# What may be wrong with what was accepted.
FAULTS = ("lost", "wrong", "committed_twice", "done_twice", "overlapped", "stuck")
ENDS = ("completed", "failed", "cancelled", "skipped", "lost")
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

    def session_count(self):
        count, page = 0, {"next": None}
        while "next" in page:
            after = f"&after={page['next']}" if page["next"] else ""
            page = self.ask(f"/v1/sessions?limit=200{after}")
            if not page:
                raise SystemExit("scripts/chaos: the sessions cannot be counted")
            count += len(page["sessions"])
        return count

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
                if task["status"] == "waiting" or task["status"] in ENDS:
                    continue
                why = self.ask(f"/v1/sessions/{session}/tasks/{task['task_id']}/explain") or {}
                said = f"{why.get('reason')}: {why.get('message')}"
                self.waits[said] = self.waits.get(said, 0) + 1

    def judge(self, accepted, patience):
        """Holds what was accepted, by session its tasks, against what is told of them."""
        began = time.monotonic()
        ended = self.wait_for(set(accepted), patience)
        peace = time.monotonic() - began
        found, pairs = {fault: [] for fault in FAULTS}, []
        for session in sorted(ended):
            results = self.ask(f"/v1/sessions/{session}/results")
            if results is None:
                found["lost"].append(session)
                continue
            told = {entry["task"]["task_id"]: Told(entry) for entry in results["tasks"]}
            for fault, said in mistakes(accepted[session], told):
                found[fault].append(f"{session}/{said}")
            pairs += [
                (task, told[task["task_id"]])
                for task in accepted[session] if task["task_id"] in told]
        found["stuck"] = sorted(accepted.keys() - ended)
        found["lost"] += [session for session in found["stuck"] if self.status(session) is None]
        return {
            "sessions": len(accepted), **summary(pairs), "seconds_until_all_ended": round(peace, 1),
            **{fault: names[:20] for fault, names in found.items()}}

    def left_running(self):
        """What runs although nothing should."""
        status = self.ask("/v1/status")
        if status is not None and status["load_balancing"]["active_executions"] == 0:
            return []
        return [f"the coordinator says: {status}"]


def summary(pairs):
    """What tasks came to, each with what is told of it."""
    all = [own for _, own in pairs]
    once = [own for task, own in pairs if is_at_most_once(task)]
    alone = [own for task, own in pairs if task.get("exclusive")]
    return {
        "tasks": len(all), "ends": Counter(own.status for own in all),
        "went_on_without": sum(bool(own.missing) for own in all),
        "attempts": sum(len(own.attempts) for own in all),
        "attempts_lost": sum(len(own.lost_with_worker) for own in all),
        "lost_ones_were_dispatched": sorted(
            each["dispatched_at"] for own in all for each in own.lost_with_worker)[:20],
        "attempts_handed_back": sum(len(own.attempts) - len(own.begun) for own in all),
        "at_most_once": Counter(own.status for own in once),
        "exclusive": Counter(
            lost_with_worker=sum(bool(own.lost_with_worker) for own in alone),
            stopped_in_time=sum(bool(own.stopped_in_time) for own in alone),
            **Counter(own.status for own in alone))}
