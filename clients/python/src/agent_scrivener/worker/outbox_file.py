"""Results that outlive their worker: an append-only file in the worker's folder.

    "ScrvPyO1"
    then records:  length 4 bytes, checksum 8 bytes (BLAKE2b of what follows), little-endian
                   kind 1 byte: 1 kept, 2 forgotten
                   journal id: length 1 byte, UTF-8
                   kept: a `Results` message with the one result; forgotten: an `Attempts` message

It is read once, when the worker starts, and written anew when most of it is forgotten. A record that is cut short, or
whose checksum does not fit, is the end of the file: the process or the machine died while it was written, and whatever
it was about will be done again.
"""

import fcntl
import hashlib
import logging
import os
import struct
import weakref
from collections.abc import Iterable
from contextlib import suppress

from google.protobuf.message import DecodeError

from ..machine.outbox import KeptResults
from ..model.attempts import AttemptReference, AttemptResult
from ..wire import scrivener_pb2 as pb
from ..wire.columns import attempts_message, references
from ..wire.errors import WireError
from ..wire.results import ANY_SIZE, decode_result, encode_result
from .errors import ConfigurationError
from .secret_file import sync_folder

HEADER = b"ScrvPyO1"
#: When most of the file is forgotten, and it is larger than this, it is written anew.
REWRITE_BYTES = 4 << 20
KEPT, FORGOTTEN = 1, 2
_PREFIX = struct.Struct("<I8s")
_sync = getattr(os, "fdatasync", os.fsync)
_Key = tuple[str, AttemptReference]
_log = logging.getLogger("agent_scrivener.worker")


#: A lock is the open file's: whatever is forked would hold it, beyond the worker's own end.
_open_files: "weakref.WeakSet[OutboxFile]" = weakref.WeakSet()


class OutboxFile:
    """The file of results that were not acknowledged. The loop's thread alone uses it.

    A disk that fails takes nothing from what is in memory: it is said once, and no more is kept.
    """

    @classmethod
    def open(cls, folder: str) -> "OutboxFile | None":
        """None when another process has it: one that hangs must not keep its successor from working.

        :raises ConfigurationError: when it cannot be used, or is no such file.
        """
        path = os.path.join(folder, "outbox")
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
                _log.warning(
                    "another process has the worker's folder: results are not kept across a "
                    "restart (%s)", path)
                return None
            return cls(path, file)
        except OSError as error:
            raise ConfigurationError(
                f"the worker's outbox {path} cannot be used: {error.strerror}") from error

    def __init__(self, path: str, file: int) -> None:
        self._path = path
        self._file = file
        _open_files.add(self)
        self._size = 0
        #: The records that count: where each is, and how long.
        self._live: dict[_Key, tuple[int, int]] = {}
        self._live_bytes = 0
        self._is_broken = False
        #: What counts, by journal; the one that was written last comes last.
        self.kept: tuple[KeptResults, ...] = self._recover()

    def close(self) -> None:
        _open_files.discard(self)
        # For whoever was started meanwhile and has not closed it yet.
        fcntl.flock(self._file, fcntl.LOCK_UN)
        os.close(self._file)

    # Writing

    def keep(self, results: Iterable[tuple[str, AttemptResult]]) -> None:
        """They are on disk when it returns, unless the disk fails.

        :param results: each with its journal's id.
        """
        records = []
        position = self._size
        for journal_id, result in results:
            record = _record(KEPT, journal_id, encode_result(result))
            self._add((journal_id, result.attempt), position, len(record))
            records.append(record)
            position += len(record)
        self._append(b"".join(records), is_synced=True)

    def forget(self, journal_id: str, attempts: tuple[AttemptReference, ...]) -> None:
        """Lost, it leads to results that are sent once more."""
        for attempt in attempts:
            self._remove((journal_id, attempt))
        body = attempts_message(attempts).SerializeToString()
        self._append(_record(FORGOTTEN, journal_id, body), is_synced=False)
        if self._size > REWRITE_BYTES and self._size > 2 * self._live_bytes:
            self._rewrite()

    def _add(self, key: _Key, position: int, length: int) -> None:
        self._remove(key)
        self._live[key] = (position, length)
        self._live_bytes += length

    def _remove(self, key: _Key) -> None:
        place = self._live.pop(key, None)
        if place is not None:
            self._live_bytes -= place[1]

    def _append(self, record: bytes, is_synced: bool) -> None:
        if self._is_broken or not record:
            return
        try:
            _write_all(self._file, record, self._size)
            self._size += len(record)
            if is_synced:
                _sync(self._file)
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        self._is_broken = True
        _log.error(
            "results cannot be kept across a restart any more (%s: %s)", self._path,
            error.strerror)

    def _rewrite(self) -> None:
        """Beside its place, and moved there when it is whole and on disk."""
        draft = self._path + ".new"
        try:
            new = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        except OSError:
            return
        try:
            moved, position = {}, len(HEADER)
            _write_all(new, HEADER, 0)
            for key, (old, length) in sorted(self._live.items(), key=lambda each: each[1]):
                _write_all(new, os.pread(self._file, length, old), position)
                moved[key] = (position, length)
                position += length
            _sync(new)
            fcntl.flock(new, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.replace(draft, self._path)
        except OSError:
            os.close(new)
            return
        os.close(self._file)
        self._file, self._size, self._live = new, position, moved
        try:
            sync_folder(os.path.dirname(self._path) or ".")
        except OSError as error:
            self._fail(error)

    # Reading

    def _recover(self) -> tuple[KeptResults, ...]:
        found = os.pread(self._file, os.fstat(self._file).st_size, 0)
        if not found:
            self._append(HEADER, is_synced=False)
            return ()
        if not found.startswith(HEADER):
            raise ConfigurationError(
                f"{self._path} is not the outbox of a worker in Python: move it away")
        self._size = len(HEADER)
        results: dict[_Key, AttemptResult] = {}
        journals: dict[str, None] = {}
        while (body := _read(found, self._size)) is not None:
            length = _PREFIX.size + len(body)
            try:
                self._replay(body, self._size, length, results, journals)
            except (WireError, DecodeError, UnicodeDecodeError, IndexError):
                # It is whole: those behind it count nevertheless.
                _log.error("a record of the outbox is not understood (%s)", self._path)
            self._size += length
        # What is behind it was never whole.
        if self._size < len(found):
            os.ftruncate(self._file, self._size)
        return tuple(
            KeptResults(journal, tuple(results[key] for key in own))
            for journal in journals
            if (own := sorted(key for key in self._live if key[0] == journal)))

    def _replay(
        self, body: bytes, position: int, length: int, results: dict[_Key, AttemptResult],
        journals: dict[str, None],
    ) -> None:
        """What one record says."""
        end = 2 + body[1]
        journal = body[2:end].decode()
        if body[0] == KEPT:
            result = decode_result(body[end:])
            key = (journal, result.attempt)
            self._add(key, position, length)
            results[key] = result
            journals.pop(journal, None)
            journals[journal] = None
        elif body[0] == FORGOTTEN:
            forgotten = pb.Attempts.FromString(body[end:])
            for attempt in references(forgotten, ANY_SIZE.attempt_references, "attempts"):
                self._remove((journal, attempt))
        else:
            raise WireError("out_of_range", "kind", "1…2", str(body[0]))


def _close_in_child() -> None:
    for each in list(_open_files):
        with suppress(OSError):
            os.close(each._file)
    # The number may be another file's when this process forks in its turn.
    _open_files.clear()


os.register_at_fork(after_in_child=_close_in_child)


def _record(kind: int, journal_id: str, content: bytes) -> bytes:
    journal = journal_id.encode()[:255]
    body = bytes([kind, len(journal)]) + journal + content
    return _PREFIX.pack(len(body), _checksum(body)) + body


def _read(found: bytes, position: int) -> bytes | None:
    """The body of the record at a place; None when there is no whole one."""
    if position + _PREFIX.size > len(found):
        return None
    length, checksum = _PREFIX.unpack_from(found, position)
    body = found[position + _PREFIX.size:position + _PREFIX.size + length]
    return body if len(body) == length >= 2 and checksum == _checksum(body) else None


def _checksum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=8).digest()


def _write_all(file: int, content: bytes, position: int) -> None:
    view = memoryview(content)
    while view:
        count = os.pwrite(file, view, position)
        view, position = view[count:], position + count
