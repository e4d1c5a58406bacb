"""When running attempts have to be looked at.

Each that has a timeout of any kind has one entry; progress only moves what is found when the entry falls due.
Entries of attempts that have ended are left until they come to the head, or are too many.
"""

import heapq
from collections.abc import Callable

from ..model.attempts import AttemptReference

#: No more entries of attempts that have ended than of others, but for so many.
SLACK = 1_024


class AttemptTimers:
    """Attempts by when they are due."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, AttemptReference]] = []

    @property
    def first(self) -> tuple[int, AttemptReference] | None:
        return self._entries[0] if self._entries else None

    def add(self, due: int, attempt: AttemptReference) -> None:
        heapq.heappush(self._entries, (due, attempt))

    def remove_first(self) -> None:
        heapq.heappop(self._entries)

    def compact(self, live: int, is_live: Callable[[AttemptReference], bool]) -> None:
        """Drops what has ended, when that is much of it."""
        if len(self._entries) > 2 * live + SLACK:
            self._entries = [entry for entry in self._entries if is_live(entry[1])]
            heapq.heapify(self._entries)
