"""Columns of one table, and the arena that they cut up. What does not fit together is refused."""

from collections.abc import Sequence
from typing import Any

from ..model.attempts import AttemptReference
from .errors import WireError
from .limits import WireLimits
from .scrivener_pb2 import Attempts


def column(values: Sequence[Any], rows: int, field: str, absent: Any = None) -> Sequence[Any]:
    """A column, checked to be of the table's length; one that may be left out has something for absent."""
    if len(values) == rows:
        return values
    if absent is not None and len(values) == 0:
        return [absent] * rows
    raise WireError("columns_differ", field, str(rows), str(len(values)))


def natural(value: int, field: str) -> int:
    if value < 0:
        raise WireError("out_of_range", field, "0 or more", str(value))
    return value


def size(actual: int, limit: int, field: str) -> None:
    if actual > limit:
        raise WireError.too_large(field, limit, actual)


def references(message: Attempts, limit: int, field: str) -> tuple[AttemptReference, ...]:
    """A list of attempts out of its columns."""
    rows = len(message.sessions)
    size(rows, limit, field)
    column(message.tasks, rows, f"{field}.tasks")
    column(message.attempts, rows, f"{field}.attempts")
    found = tuple(map(AttemptReference, message.sessions, message.tasks, message.attempts))
    for session, task, attempt in found:
        if session < 1 or task < 0 or attempt < 1:
            raise WireError("out_of_range", field, "1, 0, 1 or more", f"{session}, {task}, {attempt}")
    return found


def attempts_message(attempts: Sequence[AttemptReference]) -> Attempts:
    """The columns of a list of attempts."""
    return Attempts(
        sessions=[each.session for each in attempts], tasks=[each.task for each in attempts],
        attempts=[each.attempt for each in attempts])


class ArenaReader:
    """Cuts the parts of a batch off its arena, in order."""

    def __init__(self, arena: bytes, limits: WireLimits) -> None:
        self._arena = arena
        self._position = 0
        self._limits = limits

    def part(self, length: int, limit: int, field: str) -> bytes:
        natural(length, field)
        size(length, limit, field)
        end = self._position + length
        if end > len(self._arena):
            raise WireError(
                "lengths_disagree", field, str(len(self._arena) - self._position), str(length))
        part = self._arena[self._position:end]
        self._position = end
        return part

    def text(self, length: int, field: str) -> str:
        return self._decoded(self.part(length, self._limits.text_bytes, field), field)

    def name(self, length: int, field: str) -> str:
        name = self._decoded(self.part(length, self._limits.identifier_bytes, field), field)
        if not name:
            raise WireError("empty", field, "not empty")
        return name

    def finish(self) -> None:
        if self._position != len(self._arena):
            raise WireError(
                "lengths_disagree", "arena", str(len(self._arena)), str(self._position))

    @staticmethod
    def _decoded(part: bytes, field: str) -> str:
        try:
            return part.decode("utf-8")
        except UnicodeDecodeError as error:
            raise WireError("invalid_utf8", field) from error
