"""By which keys a worker takes its coordinator for the one that it means, and where it dials.

Beside the keys that it was started with there is the one that the coordinator itself has introduced, over a connection
that another good key has made certain. When that one has proved good, those before it are worth nothing any more:
whoever has got hold of an old key is the reason why keys are changed.
"""

from dataclasses import dataclass, replace

from ..machine.configuration import SECOND
from ..model.incoming import Redial
from .keys import is_key, key_of

#: A line that was introduced and did not answer is not tried again for so long.
AVOIDANCE = 60 * SECOND
MOST_SUPERSEDED = 64


@dataclass(frozen=True, slots=True)
class Line:
    """Where to dial, and by which key."""

    endpoint: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a coordinator's changes of its key."""

    #: The key that the coordinator has introduced last.
    key: bytes
    #: 0 for the endpoint that the worker was started with.
    port: int
    #: Keys that it has taken the place of.
    superseded: tuple[bytes, ...] = ()

    @property
    def text(self) -> bytes:
        """A line `key port`, then the keys that it has taken the place of."""
        lines = [self.key + f" {self.port}".encode(), *self.superseded[-MOST_SUPERSEDED:]]
        return b"\n".join(lines) + b"\n"

    @classmethod
    def read(cls, text: bytes) -> "Memory | None":
        lines = [line.strip() for line in text.split(b"\n") if line.strip()]
        first = lines[0].split() if lines else []
        if len(first) != 2 or not is_key(first[0]) or not first[1].isdigit():
            return None
        if int(first[1]) > 65_535:
            return None
        return cls(first[0], int(first[1]), tuple(key for key in lines[1:] if is_key(key)))


class TrustedCoordinator:
    """The coordinator's keys, as a worker knows them."""

    def __init__(
        self, endpoint: str, keys: tuple[bytes, ...], memory: Memory | None = None
    ) -> None:
        """
        :param endpoint: the one that the worker was started with.
        :param keys: at least one.
        """
        self.endpoint = endpoint
        self._configured = keys
        self.memory = memory
        self._place = 0
        self._avoided: tuple[Line, int] | None = None

    @property
    def lines(self) -> list[Line]:
        """All lines that may lead to the coordinator, in the order in which they are tried."""
        lines = []
        memory = self.memory
        if memory is not None:
            if memory.port != 0:
                lines.append(Line(
                    f"{self.endpoint.rpartition(':')[0]}:{memory.port}", memory.key))
            lines.append(Line(self.endpoint, memory.key))
        for key in self._configured:
            if memory is None or (key != memory.key and key not in memory.superseded):
                lines.append(Line(self.endpoint, key))
        return lines

    @property
    def line(self) -> Line:
        """The line to dial. There always is one: what takes another key's place is one itself."""
        lines = self.lines
        return lines[self._place % len(lines)]

    # What happens

    def fail(self, now: int) -> None:
        """Nobody has answered on the present line: the next one is tried."""
        count = len(self.lines)
        if self.memory is not None and self._place % count == 0:
            self._avoided = (self.line, now + AVOIDANCE)
        self._place = (self._place + 1) % count

    def learn(self, redial: Redial, now: int) -> bool:
        """The coordinator asks to be dialled otherwise; whether there is another line now."""
        before, known = self.line, self.memory
        key = key_of(redial.key)
        superseded = known.superseded if known is not None else ()
        self.memory = Memory(
            key, redial.port, tuple(each for each in superseded if each != key))
        first = self.lines[0]
        if self._avoided is not None and self._avoided[0] == first and now < self._avoided[1]:
            self.memory = known
            return False
        self._place = 0
        return first != before

    def confirm(self) -> bool:
        """The coordinator has nothing to change about the present line; whether there is something else to be
        remembered now."""
        before, current = self.memory, self.line
        if before is None or current.key != before.key:
            return False
        # What stands behind it in the file is there to take its place one day.
        older = self._configured
        if before.key in older:
            older = older[:older.index(before.key)]
        after = replace(
            before,
            superseded=before.superseded
            + tuple(key for key in older if key not in before.superseded),
            # The change is over: the second endpoint is no more.
            port=0 if current.endpoint == self.endpoint else before.port)
        self.memory = after
        lines = self.lines
        self._place = lines.index(current) if current in lines else 0
        return after != before

    def reconfigure(self, keys: tuple[bytes, ...]) -> bool:
        """Somebody has changed the file that the worker was started with; whether there is another line now."""
        if keys == self._configured:
            return False
        before = self.line
        self._configured = keys
        lines = self.lines
        self._place = lines.index(before) if before in lines else 0
        return self.line != before
