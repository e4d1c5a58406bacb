"""Results that ended here and that nobody has acknowledged.

They are sent again after each registration, and when they have waited for long; those of another journal are
set aside, since their attempts bear the same numbers and mean other work. Those that wait for longer than usual
are kept where they outlive the process: its successor finds them, and sends them as its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ..model.attempts import AttemptReference, AttemptResult
from ..model.outgoing import Parked

#: Of more journals results are kept, and not told.
MOST_PARKED_JOURNALS = 16


@dataclass(frozen=True, slots=True)
class KeptResults:
    """Results that outlived the process that had them, by the journal that they belong to."""

    journal_id: str
    results: tuple[AttemptResult, ...]


@dataclass(slots=True)
class _Entry:
    result: AttemptResult
    #: From when on it waits.
    since: int
    #: When it was last sent; None when that was before this registration.
    sent_at: int | None
    is_kept: bool = False


class Outbox:
    """What a worker has still to tell."""

    def __init__(self, kept: Iterable[KeptResults] = ()) -> None:
        """:param kept: what a process before this one has left; the last journal is the present."""
        self._entries: dict[AttemptReference, _Entry] = {}
        #: In the order in which they came: those that have yet to be kept.
        self._unkept: dict[AttemptReference, None] = {}
        self._parked: dict[str, dict[AttemptReference, _Entry]] = {}
        last = None
        for each in kept:
            last = each.journal_id
            journal = self._parked.setdefault(last, {})
            for result in each.results:
                journal.setdefault(result.attempt, _Entry(result, 0, None, is_kept=True))
        if last is not None:
            self._unpark(last)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, attempt: AttemptReference) -> bool:
        return attempt in self._entries

    @property
    def attempts(self) -> tuple[AttemptReference, ...]:
        return tuple(sorted(self._entries))

    @property
    def parked(self) -> tuple[Parked, ...]:
        """Those that wait for journals that are not the present one: the first few in order of their ids."""
        return tuple(
            Parked(journal, tuple(sorted(self._parked[journal])))
            for journal in sorted(self._parked)[:MOST_PARKED_JOURNALS])

    @property
    def parked_count(self) -> int:
        return sum(len(each) for each in self._parked.values())

    def add(
        self, result: AttemptResult, sent_at: int | None, now: int, is_kept: bool = False
    ) -> None:
        """
        :param sent_at: None when it has yet to be sent.
        :param is_kept: whether it outlives the process from the beginning.
        """
        self._add(_Entry(result, now, sent_at, is_kept))

    def _add(self, entry: _Entry) -> None:
        attempt = entry.result.attempt
        self._entries[attempt] = entry
        self._unkept.pop(attempt, None)
        if not entry.is_kept:
            self._unkept[attempt] = None

    def acknowledge(self, attempts: Iterable[AttemptReference]) -> tuple[AttemptReference, ...]:
        """:returns: those that were kept, and need not be any longer."""
        kept = []
        for attempt in attempts:
            entry = self._entries.pop(attempt, None)
            self._unkept.pop(attempt, None)
            if entry is not None and entry.is_kept:
                kept.append(attempt)
        return tuple(kept)

    def forget_sending(self) -> None:
        """A new registration: everything has yet to be sent."""
        for entry in self._entries.values():
            entry.sent_at = None

    def change(self, journal: str, other: str) -> None:
        """Sets what is here aside, and takes back what was set aside for another journal."""
        if self._entries:
            self._parked[journal] = self._entries
        self._entries = {}
        self._unkept = {}
        self._unpark(other)

    def _unpark(self, journal: str) -> None:
        unparked = self._parked.pop(journal, {})
        for attempt in sorted(unparked):
            one = unparked[attempt]
            self._add(_Entry(one.result, 0, None, one.is_kept))

    def due(self, patience: int, now: int) -> list[AttemptResult]:
        """What was not sent in this registration, and what has been waiting for so long since."""
        found = []
        for attempt in sorted(self._entries):
            entry = self._entries[attempt]
            if entry.sent_at is None or entry.sent_at + patience <= now:
                entry.sent_at = now
                found.append(entry.result)
        return found

    @property
    def unkept_since(self) -> int | None:
        """Since when the first of those that are not kept has waited."""
        first = next(iter(self._unkept), None)
        return None if first is None else self._entries[first].since

    def keep(self, waiting_since: int | None) -> tuple[AttemptResult, ...]:
        """Those that have waited since a moment or longer, or all of them: they are kept from now on."""
        kept = []
        for attempt in list(self._unkept):
            entry = self._entries[attempt]
            if waiting_since is not None and entry.since > waiting_since:
                break
            entry.is_kept = True
            del self._unkept[attempt]
            kept.append(entry.result)
        return tuple(kept)
