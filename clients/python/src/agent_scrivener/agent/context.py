"""What surrounds one attempt: its task, its deadline, and the ways back to the coordinator."""

import logging
import math
import sys
import time
from collections.abc import MutableMapping
from typing import Any, Protocol

from ..model.failure import AgentFailure
from ..model.text import beginning

#: The largest checkpoint that is kept, in bytes.
LARGEST_CHECKPOINT = 1 << 20
LONGEST_PROGRESS_MESSAGE = 800


class AttemptChannel(Protocol):
    """Where an attempt says something. From any thread; none of it waits."""

    def report(self, permille: int, message: str) -> None: ...

    def emit(self, text: str) -> None: ...

    def keep(self, kept: bytes) -> None: ...

    def log(self, level: int, text: str) -> None: ...

    def is_cancelled(self) -> bool: ...


class Unheard:
    """An attempt outside of a worker, as in an agent's own tests."""

    def report(self, permille: int, message: str) -> None:
        pass

    def emit(self, text: str) -> None:
        pass

    def keep(self, kept: bytes) -> None:
        pass

    def log(self, level: int, text: str) -> None:
        logging.getLogger("agent_scrivener.agent").log(level, text)

    def is_cancelled(self) -> bool:
        return False


class AttemptLogger(logging.LoggerAdapter[logging.Logger]):
    """Hands each line to whoever holds the attempt, which logs it with its ids, and keeps the last ones."""

    def __init__(self, channel: AttemptChannel) -> None:
        super().__init__(logging.getLogger("agent_scrivener.agent"), {})
        self._channel = channel

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802
        # What is kept of a failed attempt goes further than what is shown.
        return level >= logging.INFO or super().isEnabledFor(level)

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        if not self.isEnabledFor(level):
            return
        text = str(msg) % args if args else str(msg)
        if kwargs.get("exc_info"):
            text += "\n" + logging.Formatter().formatException(_exception(kwargs["exc_info"]))
        self._channel.log(level, text)

    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        return msg, kwargs


def _exception(given: Any) -> Any:
    if isinstance(given, BaseException):
        return type(given), given, given.__traceback__
    return given if isinstance(given, tuple) else sys.exc_info()


class AgentContext:
    """The surroundings of one attempt.

    An agent's own tests make one: `AgentContext(task_id="t", query="why?")`.
    """

    def __init__(
        self, *, session_id: str = "", query: str = "", task_id: str = "task",
        task_type: str = "", description: str = "", attempt: int = 1,
        seconds_left: float | None = None, previous_checkpoint: bytes = b"",
        traceparent: str = "", tracestate: str = "", channel: AttemptChannel | None = None,
    ) -> None:
        self.session_id = session_id
        #: The question of the session.
        self.query = query
        self.task_id = task_id
        self.task_type = task_type
        self.description = description
        #: 1 for the first attempt at the task.
        self.attempt = attempt
        #: When the attempt is stopped, on the clock of `time.monotonic`; None without a timeout.
        self.deadline = None if seconds_left is None else time.monotonic() + seconds_left
        #: What the attempt before this one kept with `checkpoint`; None when there is nothing.
        self.previous_checkpoint = previous_checkpoint or None
        #: Where the attempt stands in a distributed trace (W3C Trace Context); None when in none.
        self.traceparent = traceparent or None
        self.tracestate = tracestate or None
        self._channel: AttemptChannel = channel or Unheard()
        #: Its lines bear the ids of session, task and attempt, and the last are kept with a failure.
        self.logger = AttemptLogger(self._channel)

    @property
    def idempotency_key(self) -> str:
        """The same for all attempts at one task: for services that know how to refuse a duplicate."""
        return f"{self.session_id}/{self.task_id}"

    @property
    def seconds_left(self) -> float | None:
        """How long the attempt may still run; None without a timeout."""
        return None if self.deadline is None else max(0.0, self.deadline - time.monotonic())

    @property
    def is_cancelled(self) -> bool:
        """Whether the attempt is to stop. Agents need not ask: they are interrupted as well."""
        return self._channel.is_cancelled()

    def progress(self, fraction: float, message: str = "") -> None:
        """Says how far the attempt has come. Cheap; the latest counts.

        :param fraction: 0 to 1; clamped.
        :param message: what it is at, for people.
        """
        clamped = 0.0 if math.isnan(fraction) else min(1.0, max(0.0, fraction))
        self._channel.report(
            int(clamped * 1_000), beginning(message, LONGEST_PROGRESS_MESSAGE))

    def emit(self, text: str) -> None:
        """Says something to whoever looks on while the attempt runs. Nothing is added to the text.

        Best effort, up to 160 KiB a second; no sign of progress. What matters belongs into the result.
        """
        self._channel.emit(str(text))

    def checkpoint(self, kept: bytes) -> None:
        """Keeps bytes for the next attempt at the task, should this one not end it. The latest counts.

        :raises AgentFailure: of class permanent when there are more bytes than are kept.
        """
        if len(kept) > LARGEST_CHECKPOINT:
            raise AgentFailure.permanent(
                "checkpoint_too_large",
                f"the checkpoint has {len(kept)} bytes; the limit is {LARGEST_CHECKPOINT}")
        self._channel.keep(bytes(kept))
