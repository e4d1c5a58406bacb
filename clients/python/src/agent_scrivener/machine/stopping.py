"""What is stopped, and why.

Attempts that took too long or went silent, exclusive ones before the lease can have run out, all of them when
the coordinator stays away, and those that somebody asked to be stopped. The agent's end, not the stop, is what
is told.
"""

from ..model.attempts import AttemptReference
from .attempts import Attempts
from .events import Effect, Stop
from .held import Running, Stopping, StopReason


class Stops(Attempts):
    """The part of the machine that stops attempts."""

    # On request

    def _cancel(
        self, attempts: tuple[AttemptReference, ...], epoch: int, effects: list[Effect]
    ) -> None:
        """What has not begun is handed back. What is not here, and not on its way back either, was never
        received: that is said, or the coordinator would wait for a proof for ever."""
        for attempt in attempts:
            self._stop(attempt, StopReason.CANCELLED, effects)
        self._hand_back(
            [attempt for attempt in attempts if self._is_not_here(attempt)], epoch, effects)

    def _is_not_here(self, attempt: AttemptReference) -> bool:
        held = self._held.get(attempt)
        if held is None:
            return attempt not in self._outbox
        return held.is_waiting or held.is_fenced

    def _fence(self, attempt: AttemptReference, effects: list[Effect]) -> None:
        """The coordinator has given it up: it stops without a word, and its slots are free, as they are in
        the coordinator's books."""
        held = self._held.get(attempt)
        if held is None or held.is_fenced:
            return
        self._unsent_checkpoints.pop(attempt, None)
        if held.is_waiting:
            self._queues[held.agent_index].remove(attempt)
            self._forget_waiting(attempt)
            return
        self._stop(attempt, StopReason.FENCED, effects)
        held.stage = Stopping(StopReason.FENCED)
        self._queues[held.agent_index].free(held.slots)

    def _fence_all(self, effects: list[Effect]) -> None:
        for attempt in sorted(self._held):
            self._fence(attempt, effects)

    def _stop(
        self, attempt: AttemptReference, reason: StopReason, effects: list[Effect]
    ) -> None:
        """Only what runs is stopped, and once."""
        held = self._held.get(attempt)
        if held is None or not isinstance(held.stage, Running):
            return
        held.stage = Stopping(reason)
        self._note_no_longer_running(held)
        effects.append(Stop(attempt))

    # In time

    def _stop_overdue(self, now: int, effects: list[Effect]) -> None:
        self._stop_timed_out(now, effects)
        margin_end = self._lease.margin_end
        if self._exclusive_count > 0 and margin_end is not None and margin_end <= now:
            for attempt in sorted(self._held):
                if self._held[attempt].is_exclusive:
                    self._stop(attempt, StopReason.LEASE_MARGIN, effects)
        if self._running_count > 0 and self._orphaned_at <= now:
            self._stop_all(StopReason.ORPHANED, effects)

    def _stop_all(self, reason: StopReason, effects: list[Effect]) -> None:
        for attempt in sorted(self._held):
            self._stop(attempt, reason, effects)

    def _stop_timed_out(self, now: int, effects: list[Effect]) -> None:
        while (first := self._timers.first) is not None:
            due, attempt = first
            held = self._held.get(attempt)
            if held is None or not isinstance(held.stage, Running):
                self._timers.remove_first()
                continue
            if due > now:
                break
            self._timers.remove_first()
            reason = held.stage.overdue(now)
            if reason is not None:
                self._stop(attempt, reason, effects)
            elif held.stage.due is not None:
                self._timers.add(held.stage.due, attempt)
        self._timers.compact(self._running_count, self._is_running)
