"""A worker as a machine, by the rules of `docs/protocol.md`.

It holds attempts from their dispatch until their result is acknowledged: waiting and running ones, and an outbox
of ended ones. Whatever it doubts, it registers again and says what it holds; the coordinator's answer settles
the rest. Every message from the coordinator carries the epoch of the registration that it belongs to; others are
dropped, so that what lay in a socket's queue across a reconnect can never start work.

It is the machine of the worker in Swift (`Sources/ScrivenerCore/Worker`), state for state.
"""

from .conversation import Conversation
from .events import (
    Checkpointed,
    DrainRequested,
    Effect,
    Ended,
    Event,
    HealthChecked,
    Initialized,
    Measured,
    Progressed,
    Received,
    Reconnected,
    StopAll,
    Tick,
)
from .held import StopReason


class WorkerMachine(Conversation):
    """The machine behind a worker. All times are nanoseconds of one clock that never goes back."""

    def handle(self, event: Event, now: int) -> list[Effect]:
        """The only way in: what follows from an event, and from the time."""
        effects: list[Effect] = []
        self.take(event, now, effects)
        self.follow(now, effects)
        return effects

    def take(self, event: Event, now: int, effects: list[Effect]) -> None:
        """For events that came together: takes one of them. What follows is looked at once; the caller owes
        `follow` after the last."""
        match event:
            case Received(message):
                # In the epoch in which it ended.
                self._tell_ended(effects)
                self._receive(message, now, effects)
            case Reconnected():
                self._register_anew(now)
            case Ended(result):
                self._end(result, now, effects)
            case Progressed(progress):
                self._note(progress, now)
            case Checkpointed(attempt, kept):
                self._checkpoint(kept, attempt, effects)
            case Initialized(agent_index, failure):
                self._initialized(agent_index, failure, now)
            case HealthChecked(agent_index, state, message):
                self._health_checked(agent_index, state, message, now)
            case Measured(load, memory):
                self._processor_load_permille = load
                self._memory_bytes = memory
            case DrainRequested():
                self._tell_ended(effects)
                self._drain(effects)
            case StopAll():
                self._stop_all(StopReason.DRAINED, effects)
            case Tick():
                pass

    def follow(self, now: int, effects: list[Effect]) -> None:
        """What follows from all that was taken, and from the time."""
        self._tell_ended(effects)
        if self.is_stopped:
            return
        self._supervise_agents(now, effects)
        self._stop_overdue(now, effects)
        self._keep_waiting(now, effects)
        self._begin_waiting(now, effects)
        self._leave_if_drained(effects)
        self._advance(now, effects)
