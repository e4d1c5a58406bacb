"""What agents log: to the worker's log with the attempt's ids, to the black box, and the last of it to a failure."""

import logging
import threading
from collections import deque
from dataclasses import replace

from ..model.attempts import AttemptReference, Outcome
from ..model.incoming import Assignment
from ..model.text import beginning
from .black_box import BlackBox

TAIL_LINES = 200
TAIL_BYTES = 16 << 10
LONGEST_LINE = 4 << 10
_log = logging.getLogger("agent_scrivener.agent")


class AttemptLog:
    """The last lines of one attempt. From any thread."""

    def __init__(self, assignment: Assignment, box: BlackBox | None) -> None:
        self._attempt: AttemptReference = assignment.item.attempt
        self._ids = {
            "session": assignment.session.session_id, "task": assignment.item.task_id,
            "attempt": assignment.item.attempt.attempt}
        self._prefix = (
            f"[{assignment.session.session_id} {assignment.item.task_id} "
            f"#{assignment.item.attempt.attempt}]")
        self._box = box
        self._lock = threading.Lock()
        self._lines: deque[str] = deque(maxlen=TAIL_LINES)
        self._size = 0

    def log(self, level: int, text: str) -> None:
        _log.log(level, "%s %s", self._prefix, text, extra=self._ids)
        line = beginning(f"{logging.getLevelName(level).lower()} {text}", LONGEST_LINE)
        if self._box is not None:
            self._box.log(line, self._attempt)
        with self._lock:
            if len(self._lines) == TAIL_LINES:
                self._drop()
            self._lines.append(line)
            self._size += len(line.encode())
            while self._size > TAIL_BYTES and len(self._lines) > 1:
                self._drop()

    def _drop(self) -> None:
        self._size -= len(self._lines.popleft().encode())

    def with_tail(self, outcome: Outcome, worker_id: str) -> Outcome:
        """A failure says where it was, and what was logged last."""
        if outcome.failure is None:
            return outcome
        with self._lock:
            tail = tuple(self._lines)
        return replace(
            outcome, failure=replace(outcome.failure, worker=worker_id, log_tail=tail))
