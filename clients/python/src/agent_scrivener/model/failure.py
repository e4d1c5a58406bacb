"""Why an attempt failed: as an exception that agents raise, and as the record that is sent."""

from dataclasses import dataclass
from enum import Enum

from .text import beginning

#: Far below what the coordinator takes: people read it.
LONGEST_MESSAGE = 8 << 10
LONGEST_STACK_TRACE = 64 << 10
LONGEST_CODE = 256


class FailureClass(Enum):
    """Whose fault a failure was, which decides what happens next. The values are the protocol's."""

    #: May succeed when tried again.
    TRANSIENT = 1
    #: Will fail again wherever it runs.
    PERMANENT = 2
    TIMEOUT = 3
    WORKER_LOST = 4
    #: The parameters or inputs are not what the agent takes.
    INVALID_INPUT = 5
    #: Stopped because somebody asked for it: the proof that the agent has stopped.
    CANCELLED = 6


class AgentFailure(Exception):
    """What an agent raises to say how it failed. Any other exception counts as transient."""

    def __init__(
        self, code: str, message: str, failure_class: FailureClass = FailureClass.TRANSIENT
    ) -> None:
        """
        :param code: a stable word for programs, such as `corpus_missing`.
        :param message: a sentence for people.
        """
        super().__init__(message)
        self.code = code
        self.message = message
        self.failure_class = failure_class

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    @classmethod
    def transient(cls, code: str, message: str) -> "AgentFailure":
        """It may succeed when it is tried again."""
        return cls(code, message, FailureClass.TRANSIENT)

    @classmethod
    def permanent(cls, code: str, message: str) -> "AgentFailure":
        """It will fail again wherever it runs."""
        return cls(code, message, FailureClass.PERMANENT)

    @classmethod
    def invalid_input(cls, code: str, message: str) -> "AgentFailure":
        """The parameters or inputs are not what the agent takes."""
        return cls(code, message, FailureClass.INVALID_INPUT)


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure, as it is told."""

    failure_class: FailureClass
    code: str
    message: str
    stack_trace: str | None = None
    worker: str | None = None
    #: The last lines that the agent logged.
    log_tail: tuple[str, ...] = ()

    @classmethod
    def of(cls, failure: AgentFailure) -> "Failure":
        """What was raised; what is too long for anybody is cut."""
        return cls(
            failure.failure_class, beginning(failure.code, LONGEST_CODE),
            beginning(failure.message, LONGEST_MESSAGE))
