"""What an attempt is called, and what is told of it."""

from dataclasses import dataclass, field
from typing import NamedTuple

from .failure import Failure
from .usage import Usage


class AttemptReference(NamedTuple):
    """One try at one task of one session: the session's number, the task's within it, and which try."""

    session: int
    task: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt came to, as it is sent: JSON and messages of their own are bytes."""

    #: JSON; empty for the value null.
    payload: bytes = b""
    #: A `Findings` message; empty where there are none.
    findings: bytes = b""
    usage: Usage = field(default_factory=Usage)
    #: None if and only if the attempt succeeded.
    failure: Failure | None = None
    #: JSON: an object with a `tasks` array; empty where none are proposed.
    proposed_tasks: bytes = b""


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """An attempt that has ended."""

    attempt: AttemptReference
    run_time_ns: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class AttemptProgress:
    """How far a running attempt has come."""

    attempt: AttemptReference
    #: 0 to 1,000.
    permille: int
    message: str = ""
