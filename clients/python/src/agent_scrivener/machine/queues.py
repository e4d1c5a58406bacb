"""The slots of one agent, and what waits for them.

The coordinator may send more than fits: what waits begins as soon as a slot frees, without a round trip. First
come, first served: nothing overtakes an attempt that needs several slots, or it might never begin.
"""

from collections import OrderedDict

from ..model.attempts import AttemptReference
from ..model.incoming import Assignment


class AttemptQueue:
    """One agent's slots and queue."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self._taken = 0
        self._waiting: OrderedDict[AttemptReference, Assignment] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def next(self) -> Assignment | None:
        """The next in line, if there is room for it."""
        first = next(iter(self._waiting.values()), None)
        if first is None or first.item.slots > self.slots - self._taken:
            return None
        return first

    def append(self, assignment: Assignment) -> None:
        self._waiting[assignment.item.attempt] = assignment

    def take_next(self) -> Assignment:
        """Gives the next in line its slots. There has to be a `next`."""
        _, assignment = self._waiting.popitem(last=False)
        self._taken += assignment.item.slots
        return assignment

    def free(self, count: int) -> None:
        if count > self._taken:
            raise AssertionError(f"an agent frees {count} slots of {self._taken} that are taken")
        self._taken -= count

    def remove(self, attempt: AttemptReference) -> None:
        self._waiting.pop(attempt, None)

    def remove_all(self) -> list[AttemptReference]:
        attempts = list(self._waiting)
        self._waiting.clear()
        return attempts
