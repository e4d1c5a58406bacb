"""What can be asked of a coordinator, once for both clients: each method makes a call, and says what becomes of its
answer. `docs/api.md` has what the answers hold; enumerations and fields may be added."""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from . import calls
from .calls import JSON, Call

#: What asking gives: the answer, or something to await.
Answer = TypeVar("Answer")
#: The same, of a list.
Answers = TypeVar("Answers")


class Routes(Generic[Answer, Answers]):
    """The requests of both clients."""

    def _ask(self, call: Call) -> Answer:
        raise NotImplementedError

    def _ask_for(self, call: Call, field: str) -> Answers:
        """One field of the answer, which is a list."""
        raise NotImplementedError

    # Sessions

    def submit(
        self, plan: Mapping[str, Any], *, idempotency_key: str | None = None,
        wait: float | None = None, traceparent: str | None = None, tracestate: str | None = None,
    ) -> Answer:
        """Opens a session with a plan; the session, which is on disk by then.

        It is sent again when nobody has answered, also over a restart of the coordinator, and opens one session.

        :param idempotency_key: of the caller's own, for submissions that are to be one over the caller's restarts.
        :param wait: have the answer wait for the session's end, at most for so many seconds (600).
        """
        trace = {"traceparent": traceparent, "tracestate": tracestate}
        return self._ask(calls.submit(
            plan, idempotency_key, wait, {name: text for name, text in trace.items() if text}))

    def session(self, session: str) -> Answer:
        return self._ask(calls.get("sessions", session))

    def sessions(
        self, *, status: str | None = None, since: str | float | None = None,
        limit: int | None = None, after: str | None = None,
    ) -> Answer:
        """A page of sessions: those that are open, then those that have ended, each the newest first."""
        return self._ask(
            calls.get("sessions", status=status, since=since, limit=limit, after=after))

    def progress(self, session: str) -> Answer:
        return self._ask(calls.get("sessions", session, "progress"))

    def results(self, session: str) -> Answer:
        """What it came to, with the payload of each task that has ended."""
        return self._ask(calls.get("sessions", session, "results"))

    def tasks(
        self, session: str, *, status: str | None = None, agent: str | None = None
    ) -> Answers:
        """Its tasks, in the order of the plan, with every attempt at them."""
        return self._ask_for(
            calls.get("sessions", session, "tasks", status=status, agent=agent), "tasks")

    def attempts(self, session: str, task: str) -> Answer:
        return self._ask(calls.get("sessions", session, "tasks", task, "attempts"))

    def explain(self, session: str, task: str) -> Answer:
        """Why a task is where it is, and what will move it."""
        return self._ask(calls.get("sessions", session, "tasks", task, "explain"))

    def diagnostics(self, session: str) -> Answer:
        return self._ask(calls.get("sessions", session, "diagnostics"))

    def pause(self, session: str, *, mode: str = "finish") -> Answer:
        return self._ask(calls.post("sessions", session, "pause", body={"mode": mode}))

    def resume(self, session: str) -> Answer:
        return self._ask(calls.post("sessions", session, "resume"))

    def cancel(self, session: str) -> Answer:
        """Asks for it; `cancelled` it is when every worker has proved that its agents have stopped."""
        return self._ask(calls.post("sessions", session, "cancel"))

    def set_priority(self, session: str, priority: int, task: str | None = None) -> Answer:
        """Of all its open tasks, or of one."""
        parts = ["sessions", session] + (["tasks", task] if task is not None else [])
        return self._ask(calls.post(*parts, "priority", body={"priority": priority}))

    def rerun(
        self, session: str, *, only: str = "failed", idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> Answer:
        """Runs a session that has ended again, as a new one: what did not complete, or `all` of it."""
        return self._ask(calls.rerun(session, only, idempotency_key, wait))

    # The pool

    def execute(
        self, agent: str, parameters: Mapping[str, Any] | None = None, *,
        query: str | None = None, timeout_seconds: float | None = None,
        idempotency_key: str | None = None, wait: float | None = None,
    ) -> Answer:
        """Has an agent execute one task, and waits for its end, 60 s if nothing else is said."""
        body = {
            "parameters": dict(parameters or {}), "query": query,
            "timeout_seconds": timeout_seconds}
        return self._ask(calls.execute(
            agent, {name: value for name, value in body.items() if value is not None},
            idempotency_key, wait))

    def agents(self) -> Answers:
        return self._ask_for(calls.get("agents"), "agents")

    def agent_metrics(
        self, agent: str, *, since: str | float | None = None, step: int | None = None
    ) -> Answer:
        return self._ask(calls.get("agents", agent, "metrics", since=since, step=step))

    def workers(self) -> Answers:
        return self._ask_for(calls.get("workers"), "workers")

    def drain_worker(self, worker: str) -> Answer:
        """Has a worker take nothing new, finish what runs, and leave."""
        return self._ask(calls.post("workers", worker, "drain"))

    def pools(self) -> Answers:
        return self._ask_for(calls.get("pools"), "pools")

    def status(self) -> Answer:
        return self._ask(calls.get("status"))

    def registry(self) -> Answer:
        return self._ask(calls.get("registry"))

    def access(self) -> Answer:
        """What the token is good for."""
        return self._ask(calls.get("access"))


def field_of(answer: JSON, field: str) -> Sequence[JSON]:
    found = answer.get(field)
    return found if isinstance(found, list) else []
