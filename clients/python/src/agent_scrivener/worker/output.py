"""What agents say while they run: held until the loop sends it, and when it is sent.

Nobody waits here, and nothing grows: what finds no room is counted and forgotten, and the count is told with what
came before it. It goes some time after the first word, so that many words make one message, and before the result
of whoever said it. Results and heartbeats take the same way, so of output no more is on it than a window holds (as
in RFC 9293, section 3.8): what was sent before a heartbeat has arrived when that is acknowledged.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from ..machine.configuration import MILLISECOND
from ..model.attempts import AttemptReference
from ..model.incoming import Welcome
from ..model.outgoing import Output, Said
from ..model.text import beginning

#: Of one attempt, and of all of the worker's, between two messages to the coordinator.
MOST_BYTES_EACH = 16 << 10
MOST_BYTES = 256 << 10
#: As many attempts as one message has rows for. What others say is not even counted.
MOST_ATTEMPTS = 4_096
#: The time from one message to the next.
INTERVAL = 100 * MILLISECOND
#: When so much is on its way nothing more is sent.
WINDOW = 1 << 20
#: What a message, and a row of it, count for beside its text: many small ones are a burden as well.
MESSAGE_BYTES = 256
ROW_BYTES = 32


@dataclass(slots=True)
class _Row:
    text: list[str]
    size: int = 0
    dropped: int = 0


class OutputBuffer:
    """What was said and not sent yet. From any thread."""

    def __init__(self, on_first: Callable[[], None]) -> None:
        """:param on_first: called when something is said and nothing was here before."""
        self._on_first = on_first
        self._lock = threading.Lock()
        self._rows: dict[AttemptReference, _Row] = {}
        self._size = 0

    def append(self, text: str, attempt: AttemptReference) -> None:
        encoded = len(text.encode("utf-8", errors="replace"))
        if encoded == 0:
            return
        with self._lock:
            is_first = not self._rows
            row = self._rows.get(attempt)
            if row is None:
                if len(self._rows) == MOST_ATTEMPTS:
                    return
                row = self._rows[attempt] = _Row([])
            room = min(MOST_BYTES_EACH - row.size, MOST_BYTES - self._size)
            # What follows something that was left out is left out as well: its place would be lost.
            taken = beginning(text, room) if row.dropped == 0 and room > 0 else ""
            size = len(taken.encode())
            if taken:
                row.text.append(taken)
            row.size += size
            row.dropped += encoded - size
            self._size += size
        if is_first:
            self._on_first()

    def holds(self, attempt: AttemptReference) -> bool:
        with self._lock:
            return attempt in self._rows

    def take(self) -> tuple[Said, ...]:
        """What was said, once."""
        with self._lock:
            rows, self._rows, self._size = self._rows, {}, 0
        return tuple(
            Said(attempt, "".join(row.text), row.dropped) for attempt, row in rows.items())


class OutputSender:
    """Says when something is to be sent, and what. The loop's alone."""

    def __init__(self, buffer: OutputBuffer) -> None:
        self._buffer = buffer
        #: When to send what there is; None where there is nothing, or nobody or no room to send it.
        self.due: int | None = None
        #: For a coordinator, or for room.
        self._is_waiting = False
        self._sent_at = -INTERVAL
        self._is_taken = False
        #: The heartbeat whose acknowledgement is waited for.
        self._heartbeat: int | None = None
        #: What may not have arrived yet, and how much of it went after that heartbeat.
        self._under_way = 0
        self._after_heartbeat = 0

    def note_output(self, now: int) -> None:
        """An agent has said something."""
        if self.due is None and not self._is_waiting:
            self.due = max(now, self._sent_at + INTERVAL)

    def note_end(self, attempt: AttemptReference, now: int) -> None:
        """An attempt has ended: what it said goes before its result."""
        if self.due is not None and self._buffer.holds(attempt):
            self.due = now

    def welcomed(self, welcome: Welcome, now: int) -> None:
        """A coordinator takes the worker on, and what was on its way to one has arrived or is lost."""
        self._is_taken = welcome.takes_output
        self._heartbeat, self._under_way, self._after_heartbeat = None, 0, 0
        if self.due is not None or self._is_waiting:
            self.due, self._is_waiting = now, False

    def sent_heartbeat(self, sequence: int) -> None:
        """On a long way several are at once: the next one is waited for when this has arrived."""
        if self._heartbeat is None:
            self._heartbeat = sequence
            self._after_heartbeat = 0

    def acknowledged(self, sequence: int, now: int) -> None:
        """A heartbeat has arrived, and what went before it."""
        if self._heartbeat is None or self._heartbeat > sequence:
            return
        self._heartbeat = None
        self._under_way = self._after_heartbeat
        if self._is_waiting:
            self.due, self._is_waiting = max(now, self._sent_at + INTERVAL), False

    def message(self, epoch: int | None, now: int) -> Output | None:
        """What is to be sent now.

        :param epoch: None while no coordinator has the worker.
        """
        if self.due is None or self.due > now:
            return None
        self.due = None
        if epoch is None or self._under_way >= WINDOW:
            self._is_waiting = True
            return None
        self._sent_at = now
        said = self._buffer.take()
        if not self._is_taken or not said:
            return None
        size = MESSAGE_BYTES + sum(ROW_BYTES + len(each.text.encode()) for each in said)
        self._under_way += size
        self._after_heartbeat += size
        return Output(epoch, said)
