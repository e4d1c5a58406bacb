"""How long a worker may take what it holds for its own.

The coordinator counts the lease from when a heartbeat came; the worker counts from when it sent one that was
acknowledged, so that its own count runs out first, however long messages travel (C. Gray, D. Cheriton:
"Leases: An Efficient Fault-Tolerant Mechanism for Distributed File Cache Consistency", SOSP 1989). Only
lengths of time are compared, never two clocks.
"""

from collections import deque

#: When the oldest of more than so many is forgotten, the lease is only counted too short.
MOST_UNACKNOWLEDGED = 64


class LeaseClock:
    """The worker's own count of its lease."""

    def __init__(self) -> None:
        self._lease = 0
        #: When the last message that renewed the lease was sent; None before the first welcome.
        self._counted_from: int | None = None
        #: Sequence and time of heartbeats of this registration that nobody has acknowledged, in order.
        self._unacknowledged: deque[tuple[int, int]] = deque(maxlen=MOST_UNACKNOWLEDGED)

    @property
    def end(self) -> int | None:
        """When the coordinator may have given everything up."""
        return None if self._counted_from is None else self._counted_from + self._lease

    @property
    def margin_end(self) -> int | None:
        """When exclusive attempts are stopped: a tenth of the lease before its end, to have time to stop in."""
        return None if self.end is None else self.end - self._lease // 10

    def welcomed(self, lease: int, registered_at: int) -> None:
        """A registration was answered."""
        self._lease = lease
        self._counted_from = registered_at
        self._unacknowledged.clear()

    def sent(self, sequence: int, now: int) -> None:
        """A heartbeat was sent."""
        self._unacknowledged.append((sequence, now))

    def acknowledged(self, sequence: int) -> None:
        """A heartbeat was acknowledged, and what went before it has come or is lost."""
        while self._unacknowledged and self._unacknowledged[0][0] <= sequence:
            number, sent_at = self._unacknowledged.popleft()
            if number == sequence:
                self._counted_from = sent_at
