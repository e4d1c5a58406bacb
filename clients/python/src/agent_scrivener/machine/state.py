"""What the machine knows. Its rules lie beside this: `attempts`, `stopping`, `supervision`, `conversation`."""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from ..model.attempts import AttemptProgress, AttemptReference, AttemptResult
from ..model.outgoing import AgentHealth, Death, HealthState
from .configuration import MachineConfiguration
from .events import Effect, Keep
from .held import HeldAttempt, Running
from .lease import LeaseClock
from .outbox import KeptResults, Outbox
from .queues import AttemptQueue
from .supervised import SupervisedAgent
from .timers import AttemptTimers


@dataclass(frozen=True, slots=True)
class Unregistered:
    """Not asked yet, or asked in vain. → Registering"""

    retry_at: int


@dataclass(frozen=True, slots=True)
class Registering:
    """Asked; no answer yet. → Registration, Unregistered, Stopped"""

    asked_at: int
    give_up_at: int


@dataclass(frozen=True, slots=True)
class Registration:
    """Registered. → Unregistered (silence, or `Introduce`), Stopped"""

    epoch: int
    heartbeat_interval: int
    lease: int
    next_heartbeat: int
    #: When the coordinator was last heard.
    last_heard: int
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Stopped:
    """Refused for good, or left. Nothing follows."""


Phase = Unregistered | Registering | Registration | Stopped


class MachineState:
    """All that the machine remembers, and what can be asked of it."""

    def __init__(
        self, configuration: MachineConfiguration, kept: Iterable[KeptResults] = (),
        death: Death | None = None, seed: int = 0,
    ) -> None:
        """
        :param kept: results that a process before this one has left.
        :param death: what that process was doing when it died, if it did.
        """
        kept = tuple(kept)
        self._configuration = configuration
        self._random = random.Random(seed)
        # The conversation
        self._phase: Phase = Unregistered(0)
        self._journal_id = kept[-1].journal_id if kept else ""
        self._coordinator_incarnation = 0
        #: The epoch of the last welcome from this journal.
        self._last_epoch = -1
        #: The highest number of a dispatch that was taken in it.
        self._last_dispatch = 0
        self._failed_registrations = 0
        self._registrations = 0
        self._is_draining = False
        self._lease = LeaseClock()
        #: When anything was last heard of a coordinator.
        self._last_heard = 0
        # Attempts
        self._held: dict[AttemptReference, HeldAttempt] = {}
        #: What running attempts told last of their progress.
        self._progress: dict[AttemptReference, AttemptProgress] = {}
        #: Ended in this registration, in the outbox, and about to be told.
        self._untold: list[AttemptResult] = []
        self._queues = [AttemptQueue(agent.slots) for agent in configuration.agents]
        self._timers = AttemptTimers()
        # Of what is held, how many wait, run, and run alone.
        self._waiting_count = 0
        self._running_count = 0
        self._exclusive_count = 0
        self._outbox = Outbox(kept)
        self._untold_death = death
        #: What attempts keep and nobody has been sent: the latest of each.
        self._unsent_checkpoints: dict[AttemptReference, bytes] = {}
        #: Whose checkpoints were sent since the last heartbeat.
        self._sent_checkpoints: set[AttemptReference] = set()
        # The worker itself
        self._agents = [SupervisedAgent() for _ in configuration.agents]
        #: Whether the coordinator has yet to be told how the agents are.
        self._owes_health = False
        self._processor_load_permille = 0
        self._memory_bytes = 0

    # What can be asked

    @property
    def is_stopped(self) -> bool:
        return isinstance(self._phase, Stopped)

    @property
    def is_draining(self) -> bool:
        return self._is_draining

    @property
    def epoch(self) -> int | None:
        """The epoch to speak in, while there is one."""
        return self._phase.epoch if isinstance(self._phase, Registration) else None

    @property
    def held_count(self) -> int:
        """How many attempts it holds, begun or not."""
        return len(self._held)

    @property
    def running_count(self) -> int:
        return self._running_count

    @property
    def waiting_count(self) -> int:
        return self._waiting_count

    @property
    def unacknowledged_count(self) -> int:
        """How many results nobody has acknowledged."""
        return len(self._outbox)

    @property
    def set_aside_count(self) -> int:
        """How many results it has set aside until their journal is back."""
        return self._outbox.parked_count

    @property
    def next_deadline(self) -> int | None:
        """When to call `handle` with a `Tick` next."""
        if self.is_stopped:
            return None
        deadlines = [self._conversation_due, self._agents_due, self._keep_due]
        if self._timers.first is not None:
            deadlines.append(self._timers.first[0])
        if self._exclusive_count > 0:
            deadlines.append(self._lease.margin_end)
        if self._running_count > 0:
            deadlines.append(self._orphaned_at)
        return min((each for each in deadlines if each is not None), default=None)

    @property
    def _conversation_due(self) -> int | None:
        match self._phase:
            case Unregistered(retry_at):
                return retry_at
            case Registering(_, give_up_at):
                return give_up_at
            case Registration() as registration:
                return min(
                    registration.next_heartbeat, registration.last_heard + registration.lease)
            case _:
                return None

    @property
    def _agents_due(self) -> int | None:
        dues = (agent.due for agent in self._agents)
        return min((due for due in dues if due is not None), default=None)

    @property
    def _keep_due(self) -> int | None:
        """When results have to be kept."""
        since, patience = self._outbox.unkept_since, self._configuration.keep_after
        return None if since is None or patience is None else since + patience

    @property
    def _orphaned_at(self) -> int:
        """When a worker that hears nothing stops everything."""
        return self._last_heard + self._configuration.orphan_grace

    @property
    def _health(self) -> tuple[AgentHealth, ...]:
        """How the agents are; one that has no row is ready."""
        return tuple(
            AgentHealth(index, agent.state, agent.message)
            for index, agent in enumerate(self._agents) if agent.state is not HealthState.READY)

    def _is_running(self, attempt: AttemptReference) -> bool:
        held = self._held.get(attempt)
        return held is not None and isinstance(held.stage, Running)

    # Keeping

    def keep_all(self, effects: list[Effect]) -> None:
        """The process ends: what nobody has acknowledged shall outlive it."""
        if self._configuration.keep_after is not None:
            self._keep(self._outbox.keep(None), effects)

    def _keep_waiting(self, now: int, effects: list[Effect]) -> None:
        due, patience = self._keep_due, self._configuration.keep_after
        if due is not None and patience is not None and due <= now:
            self._keep(self._outbox.keep(now - patience), effects)

    def _keep(self, results: tuple[AttemptResult, ...], effects: list[Effect]) -> None:
        if results:
            effects.append(Keep(self._journal_id, results))
