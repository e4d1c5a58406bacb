"""What a worker's process is doing, written down while it does it, in a file that is mapped into memory.

The pages outlive the process however it ends, and a store to memory is all that a note costs. The next process reads
what the last one was doing when it died, and tells the coordinator, which thus learns of tasks that kill whoever
executes them. What kills the process of an agent that has one is not a death of the worker, and is not told here.

    header     magic, incarnation, has left, how many attempts; the machine's boot id and the journal's as text
    attempts   so many × 16 bytes: session, task, attempt; attempt 0 is a place that is free
    log        so many × 512 bytes: number of the line, session, task, attempt, length, text

A death is not told when the whole machine went down: that was nobody's fault, and pages may be missing. What was read
is kept under another name until a coordinator has heard it.
"""

import logging
import mmap
import os
import struct
import threading

from ..model.attempts import AttemptReference
from ..model.outgoing import Death, LogLine

MAGIC = b"ScrvPyR1"
#: Magic, incarnation, has left, how many attempts there are places for; boot id; journal id.
_HEADER = struct.Struct("<8sqqq64s128s")
_ATTEMPT = struct.Struct("<qii")
_LINE = struct.Struct("<qqiii")
LINE_BYTES = 512
LINE_TEXT_BYTES = 448
LINES = 128
#: More run at once on no worker; what does is not written down.
MOST_ATTEMPTS = 1 << 20
_LEFT_OFFSET = 16
_JOURNAL_OFFSET = _HEADER.size - 128
NOTHING = AttemptReference(0, 0, 0)
_log = logging.getLogger("agent_scrivener.worker")


class BlackBox:
    """The record of one process. Attempts are the loop's; lines are logged from any thread."""

    def __init__(self, folder: str, incarnation: int, slots: int) -> None:
        """Reads what the process before this one has left, and begins anew.

        :raises OSError: when the file cannot be used: the worker does without.
        """
        self._folder = folder
        path = os.path.join(folder, "running")
        untold = path + ".untold"
        if not os.path.exists(untold) and os.path.exists(path):
            os.rename(path, untold)
        #: Whether what the process before this one was doing would be known.
        self.knows_last = False
        #: What has not been told of a process before this one.
        self.untold: Death | None = None
        self._read(untold)
        # What is given up by the coordinator makes room for others before it has stopped.
        self._capacity = min(2 * max(1, slots) + 64, MOST_ATTEMPTS)
        size = _HEADER.size + self._capacity * _ATTEMPT.size + LINES * LINE_BYTES
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            # Room for it has to be there: a store to a page that the disk has no room for is fatal.
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file, 0, size)
            else:
                os.truncate(file, size)
            self._memory = mmap.mmap(file, size)
        finally:
            os.close(file)
        _HEADER.pack_into(
            self._memory, 0, MAGIC, incarnation, 0, self._capacity, boot_id().encode(), b"")
        self._free = list(range(self._capacity - 1, -1, -1))
        self._places: dict[AttemptReference, int] = {}
        self._journal_id = ""
        self._line_lock = threading.Lock()
        self._line_count = 0

    # What happens

    def serves(self, journal_id: str) -> None:
        """From now on attempts are those of this journal."""
        if journal_id != self._journal_id:
            # What is still on its way out is of the one before.
            for attempt in list(self._places):
                self.ended(attempt)
        self._journal_id = journal_id
        struct.pack_into("<128s", self._memory, _JOURNAL_OFFSET, journal_id.encode())

    def began(self, attempt: AttemptReference) -> None:
        if self._free and attempt not in self._places:
            place = self._places[attempt] = self._free.pop()
            self._note(attempt, place)

    def ended(self, attempt: AttemptReference) -> None:
        place = self._places.pop(attempt, None)
        if place is not None:
            self._note(NOTHING, place)
            self._free.append(place)

    def _note(self, attempt: AttemptReference, place: int) -> None:
        _ATTEMPT.pack_into(self._memory, _HEADER.size + place * _ATTEMPT.size, *attempt)

    def log(self, text: str, attempt: AttemptReference) -> None:
        """Notes what an agent logs."""
        encoded = text.encode("utf-8", errors="replace")[:LINE_TEXT_BYTES]
        with self._line_lock:
            self._line_count += 1
            offset = (
                _HEADER.size + self._capacity * _ATTEMPT.size
                + self._line_count % LINES * LINE_BYTES)
            _LINE.pack_into(self._memory, offset, 0, *attempt, len(encoded))
            start = offset + _LINE.size
            self._memory[start:start + len(encoded)] = encoded
            # The number last: until it is there the line is none.
            struct.pack_into("<q", self._memory, offset, self._line_count)

    def left(self) -> None:
        """Nothing of this process need be told."""
        struct.pack_into("<q", self._memory, _LEFT_OFFSET, 1)

    def forget_untold(self) -> None:
        """A coordinator has heard of the process before this one."""
        try:
            os.unlink(os.path.join(self._folder, "running.untold"))
        except FileNotFoundError:
            pass

    # Reading

    def _read(self, path: str) -> None:
        """What a process was doing when it died."""
        try:
            with open(path, "rb") as file:
                found = file.read()
        except FileNotFoundError:
            return
        self.untold = self._death(found)
        if self.untold is None:
            os.unlink(path)

    def _death(self, found: bytes) -> Death | None:
        """None when there is nothing to tell, or nothing that can be read."""
        if len(found) < _HEADER.size:
            return None
        magic, incarnation, has_left, capacity, boot, journal = _HEADER.unpack_from(found)
        lines_at = _HEADER.size + capacity * _ATTEMPT.size
        if magic != MAGIC or not 1 <= capacity <= MOST_ATTEMPTS or incarnation < 0 or (
                len(found) != lines_at + LINES * LINE_BYTES):
            return None
        self.knows_last = True
        attempts = tuple(
            attempt for place in range(capacity)
            if _is_one(attempt := AttemptReference(
                *_ATTEMPT.unpack_from(found, _HEADER.size + place * _ATTEMPT.size))))
        if has_left or _text(boot) != boot_id() or not attempts:
            return None
        lines = []
        for place in range(LINES):
            offset = lines_at + place * LINE_BYTES
            number, session, task, attempt, length = _LINE.unpack_from(found, offset)
            if number > 0 and 0 <= length <= LINE_TEXT_BYTES:
                start = offset + _LINE.size
                # Whole: a replaced half character may take more room than there was.
                text = found[start:start + length].decode("utf-8", errors="ignore")
                reference = AttemptReference(session, task, attempt)
                lines.append((number, LogLine(text, reference if _is_one(reference) else None)))
        return Death(
            _text(journal), incarnation, attempts, tuple(line for _, line in sorted(
                lines, key=lambda each: each[0])))


def _is_one(attempt: AttemptReference) -> bool:
    return attempt.session > 0 and attempt.task >= 0 and attempt.attempt > 0


def _text(padded: bytes) -> str:
    return padded.split(b"\0", 1)[0].decode("utf-8", errors="replace")


def boot_id() -> str:
    """Another one each time the machine starts; empty where nobody tells."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def open_black_box(folder: str, incarnation: int, slots: int) -> BlackBox | None:
    """None where the file cannot be used, which is said."""
    try:
        return BlackBox(folder, incarnation, slots)
    except OSError as error:
        _log.warning(
            "what runs cannot be written down: a death of this process will not be told (%s: %s)",
            folder, error.strerror)
        return None
