"""What the worker's loop hears of its agents, and what they share."""

from ..machine.events import Checkpointed, Ended, HealthChecked, Initialized, Progressed
from ..model.attempts import AttemptProgress, AttemptReference, AttemptResult, Outcome
from ..model.incoming import Assignment
from ..model.outgoing import HealthState
from ..wire.limits import WireLimits
from .attempt_log import AttemptLog
from .black_box import BlackBox
from .mailbox import Emitted, EndedSaying, Mailbox
from .output import OutputBuffer


class AgentReports:
    """The ways from agents to the worker's loop. From any thread; none of them waits."""

    def __init__(self, mailbox: Mailbox, worker_id: str, box: BlackBox | None) -> None:
        self._mailbox = mailbox
        self._worker_id = worker_id
        self._box = box
        self.output = OutputBuffer(lambda: mailbox.post(Emitted()))
        #: What results are held against: the coordinator's, by its welcome.
        self.limits = WireLimits()

    def log_of(self, assignment: Assignment) -> AttemptLog:
        return AttemptLog(assignment, self._box)

    def ended(
        self, attempt: AttemptReference, run_time_ns: int, outcome: Outcome, log: AttemptLog
    ) -> None:
        told = log.with_tail(outcome, self._worker_id)
        self._mailbox.post(EndedSaying(attempt))
        self._mailbox.post(Ended(AttemptResult(attempt, max(0, run_time_ns), told)))

    def progressed(self, attempt: AttemptReference, permille: int, message: str) -> None:
        self._mailbox.post(Progressed(AttemptProgress(attempt, permille, message)))

    def checkpointed(self, attempt: AttemptReference, kept: bytes) -> None:
        self._mailbox.post(Checkpointed(attempt, kept))

    def initialized(self, agent_index: int, failure: str | None) -> None:
        self._mailbox.post(Initialized(agent_index, failure))

    def health_checked(self, agent_index: int, state: HealthState, message: str) -> None:
        self._mailbox.post(HealthChecked(agent_index, state, message))


class Attempt:
    """An attempt that was started, as its agent's context speaks of it (`AttemptChannel`)."""

    def __init__(self, assignment: Assignment, reports: AgentReports) -> None:
        self.assignment = assignment
        self.reference = assignment.item.attempt
        self.lines = reports.log_of(assignment)
        self._reports = reports
        self.is_stopping = False

    def report(self, permille: int, message: str) -> None:
        self._reports.progressed(self.reference, permille, message)

    def emit(self, text: str) -> None:
        self._reports.output.append(text, self.reference)

    def keep(self, kept: bytes) -> None:
        self._reports.checkpointed(self.reference, kept)

    def log(self, level: int, text: str) -> None:
        self.lines.log(level, text)

    def is_cancelled(self) -> bool:
        return self.is_stopping

    def end(self, run_time_ns: int, outcome: Outcome) -> None:
        self._reports.ended(self.reference, run_time_ns, outcome, self.lines)
