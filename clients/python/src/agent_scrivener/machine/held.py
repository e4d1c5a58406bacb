"""What a worker knows of an attempt between its dispatch and its end."""

from dataclasses import dataclass
from enum import Enum, auto

from ..model.incoming import Item


class StopReason(Enum):
    """Why an attempt was told to stop."""

    CANCELLED = auto()
    TIMED_OUT = auto()
    #: It said nothing of its progress for too long.
    STALLED = auto()
    #: It must not run beside another one, and the lease may soon have run out.
    LEASE_MARGIN = auto()
    #: The coordinator has been silent for the orphan grace.
    ORPHANED = auto()
    #: The worker leaves, and it has not ended in time.
    DRAINED = auto()
    #: The coordinator has given it up; its result would be refused.
    FENCED = auto()


@dataclass(frozen=True, slots=True)
class Waiting:
    """In its agent's queue. → Running, or handed back"""


@dataclass(frozen=True, slots=True)
class Running:
    """Its agent has begun. → Stopping, or ended"""

    #: When it has run for its timeout; None without one.
    deadline: int | None
    #: How long it may say nothing of its progress; None for as long as it likes.
    progress_timeout: int | None
    #: When it began, or last told its progress.
    last_sign: int

    @classmethod
    def of(cls, item: Item, now: int) -> "Running":
        return cls(
            now + item.timeout_ns if item.timeout_ns > 0 else None,
            item.progress_timeout_ns if item.progress_timeout_ns > 0 else None, now)

    @property
    def due(self) -> int | None:
        """When to look at it next, if nothing happens."""
        if self.progress_timeout is None:
            return self.deadline
        stalled = self.last_sign + self.progress_timeout
        return stalled if self.deadline is None else min(self.deadline, stalled)

    def overdue(self, now: int) -> StopReason | None:
        """Why it has to stop now, if it has to."""
        if self.deadline is not None and self.deadline <= now:
            return StopReason.TIMED_OUT
        due = self.due
        return StopReason.STALLED if due is not None and due <= now else None


@dataclass(frozen=True, slots=True)
class Stopping:
    """Told to stop; its agent has not returned. → ended"""

    reason: StopReason


Stage = Waiting | Running | Stopping


@dataclass(slots=True)
class HeldAttempt:
    """An attempt that has not ended."""

    agent_index: int
    slots: int
    is_exclusive: bool
    is_at_most_once: bool
    stage: Stage = Waiting()

    @property
    def is_waiting(self) -> bool:
        return isinstance(self.stage, Waiting)

    @property
    def is_fenced(self) -> bool:
        return isinstance(self.stage, Stopping) and self.stage.reason is StopReason.FENCED
