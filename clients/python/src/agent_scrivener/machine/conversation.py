"""What worker and coordinator say to each other: registering, heartbeats, leaving."""

from dataclasses import replace

from ..model.incoming import (
    Cancel,
    Dispatch,
    Drain,
    HeartbeatAcknowledged,
    Incoming,
    Introduce,
    Recall,
    Refused,
    ResultsCommitted,
    Welcome,
)
from ..model.outgoing import Draining, Goodbye, Heartbeat, Register, Results, TakenDispatches
from .backoff import full_jitter
from .configuration import MILLISECOND
from .events import Effect, Fail, Forget, ForgetDeath, Leave, Reconnect, Registered, Send
from .state import Registering, Registration, Stopped, Unregistered
from .supervision import Supervision

#: A coordinator with a slow disk answers late: each failure doubles the patience, so many times.
MOST_PATIENCE_DOUBLINGS = 4
RECONNECT_BASE = 100 * MILLISECOND
#: How many attempts' progress one heartbeat tells, the oldest first: a heartbeat must always fit its message.
MOST_PROGRESS_REPORTS = 1_000


class Conversation(Supervision):
    """The part of the machine that speaks with the coordinator."""

    # Hearing

    def _receive(self, message: Incoming, now: int, effects: list[Effect]) -> None:
        match message:
            case Welcome():
                self._enter(message, now, effects)
            case Introduce():
                if isinstance(self._phase, Registration):
                    self._last_heard = now
                    self._phase = Unregistered(now)
            case Refused(code, reason, is_final):
                self._last_heard = now
                if is_final and not self.is_stopped:
                    self._phase = Stopped()
                    self._fence_all(effects)
                    effects.append(Fail(code, reason))
            case _ if self._hear(message.epoch, now):
                self._follow_message(message, now, effects)

    def _follow_message(self, message: Incoming, now: int, effects: list[Effect]) -> None:
        """One of this registration."""
        match message:
            case HeartbeatAcknowledged(_, sequence, interval):
                self._lease.acknowledged(sequence)
                if interval > 0 and isinstance(self._phase, Registration):
                    self._phase = replace(self._phase, heartbeat_interval=self._pace(interval))
            case Dispatch():
                self._last_dispatch = max(self._last_dispatch, message.number)
                self._take(message, now, effects)
            case Cancel(epoch, attempts):
                self._cancel(attempts, epoch, effects)
            case Recall(epoch, attempts):
                waiting = [
                    attempt for attempt in attempts
                    if attempt in self._held and self._held[attempt].is_waiting]
                self._hand_back(waiting, epoch, effects)
            case ResultsCommitted(_, attempts):
                forgotten = self._outbox.acknowledge(attempts)
                if forgotten:
                    effects.append(Forget(self._journal_id, forgotten))
            case Drain():
                self._drain(effects)

    def _pace(self, told: int) -> int:
        """At the interval that was told, but so often that the answers come within the grace after which
        attempts are stopped for the coordinator's silence."""
        return min(told, self._configuration.orphan_grace // 2)

    def _hear(self, epoch: int, now: int) -> bool:
        """Notes a sign of life; whether the message belongs to this registration."""
        if not isinstance(self._phase, Registration) or self._phase.epoch != epoch:
            return False
        self._phase = replace(self._phase, last_heard=now)
        self._last_heard = now
        return True

    def _enter(self, welcome: Welcome, now: int, effects: list[Effect]) -> None:
        if not isinstance(self._phase, Registering) or not self._is_news(welcome):
            return
        if not self._answers_last(welcome):
            return
        asked_at = self._phase.asked_at
        if welcome.journal_id != self._journal_id:
            self._change_journal(welcome.journal_id, effects)
        self._coordinator_incarnation = welcome.coordinator_incarnation
        self._last_epoch = welcome.epoch
        self._last_dispatch = 0
        self._failed_registrations = 0
        self._last_heard = now
        self._lease.welcomed(welcome.lease_ns, asked_at)
        interval = self._pace(welcome.heartbeat_interval_ns)
        self._phase = Registration(
            welcome.epoch, interval, welcome.lease_ns,
            # The answer may have taken so long that the lease, as it is counted here, has run out: then
            # another heartbeat renews it at once, or nothing could begin.
            now + interval if now < asked_at + welcome.lease_ns else now,
            last_heard=now)
        death = self._untold_death
        if death is not None and death.journal_id in (welcome.journal_id, ""):
            # A welcome goes out when what the registration led to is on disk.
            self._untold_death = None
            effects.append(ForgetDeath())
        for attempt in welcome.stop:
            self._fence(attempt, effects)
        self._sent_checkpoints.clear()
        self._send_checkpoints(welcome.epoch, effects)
        self._outbox.forget_sending()
        self._resend(welcome.epoch, 0, now, effects)
        if self._is_draining:
            effects.append(Send(Draining(welcome.epoch)))
        self._hand_back_unstartable(effects)
        effects.append(Registered(welcome))

    def _is_news(self, welcome: Welcome) -> bool:
        """A coordinator that came back has a higher incarnation, and each registration has an epoch of its
        own: a lower incarnation and the last epoch are the past."""
        if welcome.journal_id != self._journal_id:
            return True
        return (
            welcome.coordinator_incarnation >= self._coordinator_incarnation
            and welcome.epoch != self._last_epoch)

    def _answers_last(self, welcome: Welcome) -> bool:
        """What follows the answer to an earlier registration, the coordinator may have given to others since:
        the last one has told it that none of that had begun. A coordinator that does not say which one it
        answers gives nothing to others for that reason."""
        return welcome.registration_number in (self._registrations, 0)

    def _change_journal(self, other: str, effects: list[Effect]) -> None:
        """What belongs to the journal before is set aside, and comes back with that journal."""
        self._fence_all(effects)
        self._unsent_checkpoints.clear()
        # Nobody knows when that journal will be heard of again.
        self.keep_all(effects)
        self._outbox.change(self._journal_id, other)
        self._journal_id = other

    # Speaking

    def _advance(self, now: int, effects: list[Effect]) -> None:
        match self._phase:
            case Unregistered(retry_at) if retry_at <= now:
                self._register(now, effects)
            case Registering(_, give_up_at) if give_up_at <= now:
                self._failed_registrations += 1
                effects.append(Reconnect())
                delay = full_jitter(
                    self._random, self._failed_registrations, RECONNECT_BASE,
                    self._configuration.maximum_reconnect_delay)
                self._phase = Unregistered(now + delay)
            case Registration() as registration:
                self._beat(registration, now, effects)

    def _register_anew(self, now: int) -> None:
        """On a connection that is new: what was asked on the one before is not answered any more."""
        if not self.is_stopped:
            self._phase = Unregistered(now)

    def _register(self, now: int, effects: list[Effect]) -> None:
        configuration = self._configuration
        self._registrations += 1
        self._owes_health = False
        patience = configuration.registration_timeout << min(
            self._failed_registrations, MOST_PATIENCE_DOUBLINGS)
        self._phase = Registering(now, now + patience)
        effects.append(Send(Register(
            worker_id=configuration.worker_id, pool=configuration.pool,
            incarnation=configuration.incarnation, registration_number=self._registrations,
            host=configuration.host, process_id=configuration.process_id,
            software_version=configuration.software_version, journal_id=self._journal_id,
            agents=configuration.agents, health=self._health,
            resources=configuration.resources, running=tuple(sorted(self._held)),
            outbox=self._outbox.attempts, parked=self._outbox.parked,
            taken=TakenDispatches(max(0, self._last_epoch), self._last_dispatch),
            tells_deaths=configuration.tells_deaths, death=self._untold_death)))

    def _beat(self, registration: Registration, now: int, effects: list[Effect]) -> None:
        if now >= registration.last_heard + registration.lease:
            # Silence for a whole lease: the connection or the coordinator is gone.
            effects.append(Reconnect())
            self._register(now, effects)
            return
        # How an agent is cannot wait for the next heartbeat: work is on its way to it.
        if registration.next_heartbeat > now and not self._owes_health:
            return
        self._owes_health = False
        registration = replace(
            registration, sequence=registration.sequence + 1,
            next_heartbeat=now + registration.heartbeat_interval)
        self._phase = registration
        self._lease.sent(registration.sequence, now)
        self._sent_checkpoints.clear()
        self._send_checkpoints(registration.epoch, effects)
        self._resend(registration.epoch, registration.lease, now, effects)
        effects.append(Send(self._heartbeat(registration)))
        self._hand_back_unstartable(effects)

    def _heartbeat(self, registration: Registration) -> Heartbeat:
        told = sorted(self._progress)[:MOST_PROGRESS_REPORTS]
        return Heartbeat(
            registration.epoch, registration.sequence, len(self._held),
            self._processor_load_permille, self._memory_bytes,
            tuple(self._progress[attempt] for attempt in told), self._health)

    def _resend(self, epoch: int, patience: int, now: int, effects: list[Effect]) -> None:
        """Sends what was not sent yet in this registration, and again what has not been acknowledged for so
        long. One result a message: together they might be too large for one."""
        for result in self._outbox.due(patience, now):
            effects.append(Send(Results(epoch, (result,))))

    # Leaving

    def _drain(self, effects: list[Effect]) -> None:
        """What runs is finished and told, also where that needs another registration first; what waits is
        handed back. How long that may take is for the shell to say."""
        if self._is_draining or self.is_stopped:
            return
        self._is_draining = True
        if self.epoch is not None:
            effects.append(Send(Draining(self.epoch)))
            self._hand_back_unstartable(effects)

    def _leave_if_drained(self, effects: list[Effect]) -> None:
        if not self._is_draining or self.is_stopped or self._held or len(self._outbox) > 0:
            return
        if self.epoch is not None:
            effects.append(Send(Goodbye(self.epoch)))
        self._phase = Stopped()
        effects.append(Leave())
