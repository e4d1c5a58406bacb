"""From dispatch to end: what waits, what begins, what an attempt says while it runs, how its end is told."""

from dataclasses import replace

from ..model.attempts import AttemptProgress, AttemptReference, AttemptResult, Outcome
from ..model.failure import Failure, FailureClass
from ..model.incoming import Assignment, Dispatch, Item
from ..model.outgoing import Checkpoint, Released, Results
from .events import Effect, Send, Start
from .held import HeldAttempt, Running, Stage, Stopping, StopReason
from .state import MachineState

_REASONS = {
    StopReason.CANCELLED: Failure(FailureClass.CANCELLED, "cancelled", "stopped on request"),
    StopReason.FENCED: Failure(FailureClass.CANCELLED, "cancelled", "stopped on request"),
    StopReason.TIMED_OUT: Failure(
        FailureClass.TIMEOUT, "task_timeout", "ran longer than its timeout"),
    StopReason.STALLED: Failure(
        FailureClass.TIMEOUT, "progress_timeout",
        "said nothing of its progress for its progress timeout"),
    StopReason.LEASE_MARGIN: Failure(
        FailureClass.CANCELLED, "lease_margin",
        "stopped because the worker's lease was about to run out"),
    StopReason.ORPHANED: Failure(
        FailureClass.CANCELLED, "orphaned",
        "stopped because the coordinator was silent for the orphan grace"),
    StopReason.DRAINED: Failure(
        FailureClass.CANCELLED, "drained", "stopped because the worker had to leave"),
}


class Attempts(MachineState):
    """The part of the machine that holds attempts."""

    # Beginning

    def _take(self, batch: Dispatch, now: int, effects: list[Effect]) -> None:
        """Puts each item into its agent's queue; `_begin_waiting` takes it from there."""
        sessions = {session.number: session for session in reversed(batch.sessions)}
        handed_back: list[AttemptReference] = []
        for item in batch.items:
            # A repeated dispatch of what is held or done starts nothing twice.
            if item.attempt in self._outbox:
                continue
            held = self._held.get(item.attempt)
            if held is not None:
                # The number is that of another journal's attempt, which has yet to stop.
                if held.is_fenced:
                    handed_back.append(item.attempt)
                continue
            if self._is_draining:
                handed_back.append(item.attempt)
                continue
            session = sessions.get(item.attempt.session)
            if session is None or not self._fits(item):
                self._refuse(item.attempt, now)
                continue
            if not self._agents[item.agent_index].takes_work or not self._has_place(item):
                handed_back.append(item.attempt)
                continue
            self._held[item.attempt] = HeldAttempt(
                item.agent_index, item.slots, item.is_exclusive, item.is_at_most_once)
            self._queues[item.agent_index].append(Assignment(item, session))
            self._waiting_count += 1
        self._tell_released(handed_back, batch.epoch, effects)

    def _has_place(self, item: Item) -> bool:
        queue = self._queues[item.agent_index]
        return (
            len(self._held) < self._configuration.maximum_held
            and len(queue) < queue.slots * self._configuration.maximum_waiting_per_slot)

    def _fits(self, item: Item) -> bool:
        """Whether there is an agent that could ever execute it."""
        return (
            0 <= item.agent_index < len(self._queues)
            and 1 <= item.slots <= self._queues[item.agent_index].slots)

    def _refuse(self, attempt: AttemptReference, now: int) -> None:
        """What cannot be started must not stay the coordinator's belief."""
        failure = Failure(
            FailureClass.TRANSIENT, "protocol_error",
            "the dispatch names a session, an agent or slots that the worker does not have")
        result = AttemptResult(attempt, 0, Outcome(failure=failure))
        self._outbox.add(result, now, now)
        self._untold.append(result)

    def _begin_waiting(self, now: int, effects: list[Effect]) -> None:
        """Begins what has room. Once the lease has run out nothing begins: what has not begun may be
        somebody else's by now."""
        end, margin_end = self._lease.end, self._lease.margin_end
        if self._waiting_count == 0 or self._is_draining or end is None or margin_end is None:
            return
        if now >= end or now >= self._orphaned_at:
            return
        for index, queue in enumerate(self._queues):
            if not self._agents[index].takes_work:
                continue
            while (following := queue.next) is not None:
                if following.item.is_exclusive and now >= margin_end:
                    break
                self._begin(queue.take_next(), now, effects)

    def _begin(self, assignment: Assignment, now: int, effects: list[Effect]) -> None:
        item = assignment.item
        running = Running.of(item, now)
        self._held[item.attempt].stage = running
        self._waiting_count -= 1
        self._running_count += 1
        if item.is_exclusive:
            self._exclusive_count += 1
        if running.due is not None:
            self._timers.add(running.due, item.attempt)
        effects.append(Start(assignment))

    # Handing back

    def _hand_back(
        self, attempts: list[AttemptReference], epoch: int, effects: list[Effect]
    ) -> None:
        """Gives up attempts that wait, and says so of all."""
        for attempt in attempts:
            held = self._held.get(attempt)
            if held is not None and held.is_waiting:
                self._queues[held.agent_index].remove(attempt)
                self._forget_waiting(attempt)
        self._tell_released(attempts, epoch, effects)

    def _hand_back_unstartable(self, effects: list[Effect]) -> None:
        """Hands back what waits and will not begin here: all of it when the worker leaves, and what waits
        for an agent that cannot work. Without a registration it waits for the next."""
        if self.epoch is None or self._waiting_count == 0:
            return
        attempts: list[AttemptReference] = []
        for index, queue in enumerate(self._queues):
            if self._is_draining or not self._agents[index].takes_work:
                attempts += queue.remove_all()
        for attempt in attempts:
            self._forget_waiting(attempt)
        self._tell_released(attempts, self.epoch, effects)

    def _forget_waiting(self, attempt: AttemptReference) -> None:
        """Of one that waits, and that its queue has let go of."""
        del self._held[attempt]
        self._waiting_count -= 1

    def _tell_released(
        self, attempts: list[AttemptReference], epoch: int, effects: list[Effect]
    ) -> None:
        if attempts:
            self._tell_ended(effects)
            effects.append(Send(Released(epoch, tuple(attempts))))

    # Running

    def _note(self, progress: AttemptProgress, now: int) -> None:
        held = self._held.get(progress.attempt)
        if held is not None and isinstance(held.stage, Running):
            held.stage = replace(held.stage, last_sign=now)
            self._progress[progress.attempt] = progress

    def _checkpoint(
        self, kept: bytes, attempt: AttemptReference, effects: list[Effect]
    ) -> None:
        """Sends what an attempt keeps: the first since the last heartbeat at once, and of those that follow
        the latest with the next heartbeat or with the attempt's end, so that an agent that keeps something
        all the time does not fill the line."""
        held = self._held.get(attempt)
        if held is None or held.is_waiting or held.is_fenced:
            return
        self._unsent_checkpoints[attempt] = kept
        if self.epoch is not None and attempt not in self._sent_checkpoints:
            self._send_checkpoint(attempt, self.epoch, effects)

    def _send_checkpoints(self, epoch: int, effects: list[Effect]) -> None:
        for attempt in sorted(self._unsent_checkpoints):
            self._send_checkpoint(attempt, epoch, effects)

    def _send_checkpoint(
        self, attempt: AttemptReference, epoch: int, effects: list[Effect]
    ) -> None:
        kept = self._unsent_checkpoints.pop(attempt, None)
        if kept is not None:
            self._sent_checkpoints.add(attempt)
            effects.append(Send(Checkpoint(epoch, attempt, kept)))

    # Ending

    def _end(self, result: AttemptResult, now: int, effects: list[Effect]) -> None:
        held = self._held.get(result.attempt)
        if held is None or held.is_waiting:
            return
        del self._held[result.attempt]
        self._progress.pop(result.attempt, None)
        if isinstance(held.stage, Running):
            self._note_no_longer_running(held)
        # Nobody wants to hear of an attempt that was fenced, and its slots are free already.
        if held.is_fenced:
            return
        self._queues[held.agent_index].free(held.slots)
        told = _told(result, held.stage)
        # What a failed attempt kept is for the next one, and has to come before its end does.
        if told.outcome.failure is None:
            self._unsent_checkpoints.pop(result.attempt, None)
        # Nobody would do it again: it is kept before anything can happen to it.
        is_kept = held.is_at_most_once and self._configuration.keep_after is not None
        epoch = self.epoch
        self._outbox.add(told, None if epoch is None else now, now, is_kept)
        if is_kept:
            self._keep((told,), effects)
        if epoch is None:
            return
        self._send_checkpoint(result.attempt, epoch, effects)
        self._sent_checkpoints.discard(result.attempt)
        self._untold.append(told)

    def _tell_ended(self, effects: list[Effect]) -> None:
        """Tells what has ended and was not told yet: together, and before anything that follows from it. How
        many of them a message holds is for the shell to say."""
        if self._untold and self.epoch is not None:
            effects.append(Send(Results(self.epoch, tuple(self._untold))))
            self._untold = []

    def _note_no_longer_running(self, held: HeldAttempt) -> None:
        self._running_count -= 1
        if held.is_exclusive:
            self._exclusive_count -= 1


def _told(result: AttemptResult, stage: Stage) -> AttemptResult:
    """An attempt that was stopped and ended without success ended because it was stopped."""
    own = result.outcome.failure
    if not isinstance(stage, Stopping) or own is None:
        return result
    failure = replace(_REASONS[stage.reason], worker=own.worker, log_tail=own.log_tail)
    return replace(result, outcome=Outcome(usage=result.outcome.usage, failure=failure))
