"""One agent of a worker, and whether it can work.

It is initialized, asked now and then how it is, and initialized again, after growing pauses, when it failed. An
agent that failed its health check has to pass one before it is given work again; the pauses grow until it does.
"""

import random
from dataclasses import dataclass
from enum import Enum, auto

from ..model.outgoing import HealthState
from ..model.text import beginning
from .backoff import full_jitter
from .configuration import SECOND

#: What is said of one agent's health has so many bytes at most.
LONGEST_MESSAGE = 1 << 10
RECOVERY_BASE = 1 * SECOND
RECOVERY_CAP = 60 * SECOND


class Step(Enum):
    """What is to be done with an agent."""

    INITIALIZE = auto()
    CHECK_HEALTH = auto()


@dataclass(frozen=True, slots=True)
class _Pausing:
    until: int
    then: Step


@dataclass(frozen=True, slots=True)
class _Initializing:
    pass


@dataclass(frozen=True, slots=True)
class _Checking:
    """Asked how it is. Once it is overdue, nothing more is due."""

    overdue_at: int | None


class SupervisedAgent:
    """The health of one agent."""

    def __init__(self) -> None:
        self.state = HealthState.INITIALIZING
        self.message = ""
        self._activity: _Pausing | _Initializing | _Checking = _Pausing(0, Step.INITIALIZE)
        self._failures = 0
        #: Whether initialization alone does not make it ready.
        self._owes_health_check = False

    @property
    def takes_work(self) -> bool:
        return self.state in (HealthState.READY, HealthState.DEGRADED)

    @property
    def due(self) -> int | None:
        """When to call `advance` next."""
        match self._activity:
            case _Pausing(until, _):
                return until
            case _Checking(overdue_at):
                return overdue_at
            case _:
                return None

    def advance(self, now: int, patience: int) -> Step | None:
        """Lets time pass; what is to be done with the agent now."""
        match self._activity:
            case _Pausing(until, Step.INITIALIZE) if until <= now:
                self._activity = _Initializing()
                # What went wrong is said on until it is mended.
                self.state = HealthState.INITIALIZING
                return Step.INITIALIZE
            case _Pausing(until, Step.CHECK_HEALTH) if until <= now:
                self._activity = _Checking(now + patience)
                return Step.CHECK_HEALTH
            case _Checking(int(overdue_at)) if overdue_at <= now:
                self._activity = _Checking(None)
                self._become(HealthState.FAILED, "the health check does not return")
                return None
            case _:
                return None

    def initialized(
        self, failure: str | None, now: int, interval: int, source: random.Random
    ) -> None:
        """Its initialization has returned."""
        if not isinstance(self._activity, _Initializing):
            return
        if failure is not None:
            self._recover(failure, now, source)
        elif self._owes_health_check:
            self._activity = _Pausing(now, Step.CHECK_HEALTH)
        else:
            self._settle(HealthState.READY, "", now, interval)

    def health_checked(
        self, answer: HealthState, message: str, now: int, interval: int, source: random.Random
    ) -> None:
        """Its health check has returned."""
        if not isinstance(self._activity, _Checking):
            return
        if answer is HealthState.READY:
            self._settle(HealthState.READY, "", now, interval)
        elif answer is HealthState.DEGRADED:
            self._settle(HealthState.DEGRADED, message, now, interval)
        else:
            self._owes_health_check = True
            self._recover(message, now, source)

    def _settle(self, state: HealthState, message: str, now: int, interval: int) -> None:
        self._failures = 0
        self._owes_health_check = False
        self._become(state, message)
        self._activity = _Pausing(now + interval, Step.CHECK_HEALTH)

    def _recover(self, message: str, now: int, source: random.Random) -> None:
        self._become(HealthState.FAILED, message)
        pause = full_jitter(source, self._failures, RECOVERY_BASE, RECOVERY_CAP)
        self._failures += 1
        self._activity = _Pausing(now + pause, Step.INITIALIZE)

    def _become(self, state: HealthState, message: str) -> None:
        self.state = state
        self.message = beginning(message, LONGEST_MESSAGE)
