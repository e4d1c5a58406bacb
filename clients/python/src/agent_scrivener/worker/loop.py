"""The worker's one thread that owns its socket and its machine. It sleeps in a poll until a message comes, an agent
reports, or a deadline passes; everything else is the machine's to decide."""

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import zmq

from ..agent.outcomes import refused
from ..machine import WorkerMachine
from ..machine.configuration import SECOND
from ..machine.events import (
    CheckHealth,
    DrainRequested,
    Effect,
    Ended,
    Event,
    Fail,
    Forget,
    ForgetDeath,
    Initialize,
    Keep,
    Leave,
    Measured,
    Received,
    Reconnect,
    Reconnected,
    Registered,
    Send,
    Start,
    Stop,
    StopAll,
    Tick,
)
from ..model.attempts import AttemptReference, AttemptResult
from ..model.incoming import HeartbeatAcknowledged, Refused, Welcome
from ..model.outgoing import Goodbye, Heartbeat, Outgoing, Results
from ..wire.checks import check_outcome
from ..wire.decoding import decode
from ..wire.encoding import encode
from ..wire.errors import WireError
from ..wire.limits import WireLimits
from . import clock
from .agent_host import AgentHost
from .black_box import BlackBox
from .errors import RefusedError
from .host_usage import processor_load_permille, resident_bytes
from .joiner import messages_of
from .line import CoordinatorLine
from .mailbox import Abandon, BeginDraining, Emitted, EndedSaying, Mailbox, Reload
from .outbox_file import OutboxFile
from .output import OutputSender
from .reports import AgentReports
from .settings import WorkerSettings

#: How many messages are read before agents' reports are looked at again.
MESSAGES_PER_TURN = 256
#: How often a worker that leaves at once looks whether its agents have stopped.
STOP_LOOK_SECONDS = 0.02
_log = logging.getLogger("agent_scrivener.worker")


class WorkerLoop:
    """The worker's thread. Everything here is confined to it."""

    def __init__(
        self, settings: WorkerSettings, machine: WorkerMachine, line: CoordinatorLine,
        poller: zmq.Poller, mailbox: Mailbox, hosts: Sequence[AgentHost],
        reports: AgentReports, outbox: OutboxFile | None, box: BlackBox | None,
        on_registered: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._machine = machine
        self._line = line
        self._poller = poller
        self._mailbox = mailbox
        self._hosts = hosts
        self._reports = reports
        #: Absent when the worker has no folder; so the box.
        self._outbox = outbox
        self._box = box
        self._on_registered = on_registered
        self._output = OutputSender(reports.output)
        #: The coordinator's: on messages by configuration, on results by its welcome.
        self._limits = WireLimits(message_bytes=settings.max_message_bytes)
        self._effects: list[Effect] = []
        #: Which agent executes what was started and has not ended.
        self._running: dict[AttemptReference, AgentHost] = {}
        self._failure: Exception | None = None
        #: When a worker that drains stops what still runs; and when it then leaves, whatever has not stopped.
        self._drain_deadline: int | None = None
        self._is_stopping = False
        self._is_abandoned = False
        self._is_reloading = False
        self._measured_at = -math.inf
        poller.register(mailbox.fileno(), zmq.POLLIN)

    def run(self) -> None:
        """Returns when the worker has left.

        :raises WorkerError: when it was refused for good, or an agent cannot start.
        """
        try:
            self._line.open(clock.now())
            while not self._is_over:
                self._turn()
            if self._is_abandoned:
                self._leave_behind()
            self._machine.keep_all(self._effects)
            self._carry_out()
        except Exception:
            self._save()
            raise
        finally:
            for host in self._hosts:
                host.begin_closing()
            self._line.close()
        if self._failure is not None:
            raise self._failure

    def _save(self) -> None:
        """Something has gone wrong here: what nobody has acknowledged shall outlive that as well."""
        effects, self._effects = self._effects, []
        self._machine.keep_all(effects)
        self._keep(effects)

    @property
    def _is_over(self) -> bool:
        return self._machine.is_stopped or self._is_abandoned

    def _turn(self) -> None:
        self._measure()
        self._handle(Tick())
        self._carry_out()
        if self._is_over:
            return
        self._poller.poll(self._patience_ms)
        self._take_posts()
        if self._drain_deadline is not None and self._drain_deadline <= clock.now():
            self._end_draining()
        if self._is_abandoned:
            return
        self._attend_line()
        self._send_output()
        self._receive()
        self._carry_out()
        self._line.flush()

    @property
    def _patience_ms(self) -> int | None:
        deadlines = [
            due for due in (
                self._machine.next_deadline, self._drain_deadline, self._output.due,
                self._line.next_due)
            if due is not None]
        if not deadlines:
            return None
        return max(0, math.ceil((min(deadlines) - clock.now()) / 1_000_000))

    def _end_draining(self) -> None:
        """What has not ended by now is stopped, and handed back when it has; what does not stop in time either is
        left behind."""
        if self._is_stopping:
            self._is_abandoned = True
            return
        self._is_stopping = True
        self._drain_deadline = clock.now() + int(self._settings.stop_seconds * SECOND)
        self._handle(StopAll())

    def _attend_line(self) -> None:
        """What the line does of its own accord ends the registration that the machine knows of."""
        is_reloading, self._is_reloading = self._is_reloading, False
        if self._line.attend(clock.now(), is_reloading):
            self._handle(Reconnected())

    def _measure(self) -> None:
        """Before a heartbeat is due, so that it says how the host is now."""
        now = clock.now()
        if now - self._measured_at >= SECOND:
            self._measured_at = now
            self._handle(Measured(processor_load_permille(), resident_bytes()))

    # In

    def _handle(self, event: Event) -> None:
        self._effects += self._machine.handle(event, clock.now())

    def _take_posts(self) -> None:
        now = clock.now()
        for post in self._mailbox.drain():
            if self._is_abandoned:
                # What the agents say from now on only says that they were stopped.
                if isinstance(post, Ended):
                    self._note_end(post.result.attempt)
                continue
            match post:
                case Emitted():
                    self._output.note_output(now)
                case EndedSaying():
                    self._output.note_end(post.attempt, now)
                case BeginDraining():
                    if self._drain_deadline is None:
                        self._drain_deadline = now + int(self._settings.drain_seconds * SECOND)
                    self._machine.take(DrainRequested(), now, self._effects)
                case Abandon():
                    self._failure = post.error
                    self._is_abandoned = True
                case Reload():
                    self._is_reloading = True
                case Ended(result):
                    self._note_end(result.attempt)
                    self._machine.take(Ended(self._checked(result)), now, self._effects)
                case event:
                    self._machine.take(event, now, self._effects)
        self._machine.follow(now, self._effects)

    def _note_end(self, attempt: AttemptReference) -> None:
        host = self._running.pop(attempt, None)
        if host is not None:
            host.forget(attempt)
        if self._box is not None:
            self._box.ended(attempt)

    def _receive(self) -> None:
        for _ in range(MESSAGES_PER_TURN):
            frames = self._line.receive()
            if frames is None:
                return
            if len(frames) != 1:
                _log.warning("stray message dropped")
                continue
            try:
                message = decode(frames[0], self._limits)
            except WireError as error:
                _log.warning("message not understood (%s)", error)
                continue
            now = clock.now()
            match message:
                case Refused(code, reason, False):
                    _log.warning("refused (%s: %s)", code, reason)
                case Welcome():
                    self._learn_limits(message)
                    self._output.welcomed(message, now)
                case HeartbeatAcknowledged(epoch, sequence, _) if epoch == self._machine.epoch:
                    self._output.acknowledged(sequence, now)
            effects = self._machine.handle(Received(message), now)
            self._effects += effects
            if isinstance(message, Welcome):
                self._send_output()
            if any(isinstance(effect, (Reconnect, Registered)) for effect in effects):
                # Another socket may be asked for.
                return

    def _learn_limits(self, welcome: Welcome) -> None:
        """What was finished under a larger limit may have to be sent under this one."""
        self._limits = replace(self._limits, result_bytes=welcome.maximum_result_bytes)
        self._reports.limits = self._limits

    # Out

    def _carry_out(self) -> None:
        while self._effects:
            effects, self._effects = self._effects, []
            # Before any of them is sent: what is kept is on disk by then.
            self._keep(effects)
            for effect in effects:
                self._do(effect)

    def _keep(self, effects: list[Effect]) -> None:
        """All at once: heartbeats wait meanwhile."""
        if self._outbox is not None:
            self._outbox.keep([
                (effect.journal_id, result) for effect in effects if isinstance(effect, Keep)
                for result in effect.results])

    def _do(self, effect: Effect) -> None:
        match effect:
            case Send(message):
                self._send(message)
            case Start(assignment):
                attempt = assignment.item.attempt
                host = self._hosts[assignment.item.agent_index]
                if self._box is not None:
                    self._box.began(attempt)
                self._running[attempt] = host
                host.start(assignment)
            case Stop(attempt):
                if attempt in self._running:
                    self._running[attempt].stop(attempt)
            case Initialize(index):
                self._hosts[index].initialize()
            case CheckHealth(index):
                self._hosts[index].check_health()
            case Reconnect():
                _log.info("no answer from the coordinator; connecting anew")
                self._line.reopen(clock.now())
            case Forget(journal_id, attempts):
                if self._outbox is not None:
                    self._outbox.forget(journal_id, attempts)
            case Registered(welcome):
                self._registered(welcome)
            case ForgetDeath():
                if self._box is not None:
                    self._box.forget_untold()
            case Fail(code, reason):
                self._failure = RefusedError(code, reason)
            case Leave():
                _log.info("left the pool")

    def _registered(self, welcome: Welcome) -> None:
        _log.info("registered (epoch %s, journal %s)", welcome.epoch, welcome.journal_id)
        if self._box is not None:
            self._box.serves(welcome.journal_id)
        if self._machine.set_aside_count > 0:
            # Whoever restored a backup, or lost a volume, has to know what the pool still has.
            _log.warning(
                "%s results of another journal are set aside until that is back",
                self._machine.set_aside_count)
        try:
            self._on_registered()
        except Exception:
            _log.exception("on_registered has failed")
        if self._line.welcomed(welcome.redial, clock.now()):
            self._handle(Reconnected())

    def _send(self, message: Outgoing) -> None:
        if isinstance(message, Heartbeat):
            self._output.sent_heartbeat(message.sequence)
        if isinstance(message, Results):
            checked = Results(
                message.epoch, tuple(self._checked(result) for result in message.results))
            for each in messages_of(checked):
                self._line.send(encode(each))
        else:
            self._line.send(encode(message))

    def _checked(self, result: AttemptResult) -> AttemptResult:
        try:
            check_outcome(result.outcome, self._limits)
        except WireError as error:
            _log.warning("result refused (%s)", error)
            return replace(result, outcome=refused(error))
        return result

    def _send_output(self) -> None:
        """Past the effects, which may wait for room: before the results of what said it."""
        message = self._output.message(self._machine.epoch, clock.now())
        if message is not None:
            self._line.send(encode(message))

    def _leave_behind(self) -> None:
        """Leaves with work undone: the agents are stopped, and what they answer is not sent. The coordinator is told when
        they have stopped, so that others can take the work at once and the tasks are not charged for it. Of what does
        not stop at once only the end of the lease is a proof."""
        _log.warning("leaving the pool with %s attempts unfinished", len(self._running))
        # Results that came just now are no reason to have others do the work again.
        self._carry_out()
        for host in self._hosts:
            host.begin_closing()
        deadline = clock.now() + SECOND
        while self._running and clock.now() < deadline:
            time.sleep(STOP_LOOK_SECONDS)
            for post in self._mailbox.drain():
                if isinstance(post, Ended):
                    self._note_end(post.result.attempt)
        if self._machine.epoch is not None and not self._running:
            self._line.send(encode(Goodbye(self._machine.epoch)))
