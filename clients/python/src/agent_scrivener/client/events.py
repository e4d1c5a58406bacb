"""Events out of a stream of lines of JSON, and where to go on when it breaks off."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .errors import CoordinatorError

#: A large pool is shown as one line.
LONGEST_LINE = 32 << 20
#: What ends a stream for good; every other end is followed by another connection.
LAST = "end"
MEDIA_TYPE = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event of a stream."""

    #: `snapshot`, `task`, `progress`, `log`, `end`, `reset`, …: see docs/api.md. There may be more.
    name: str
    data: Any = field(default_factory=dict)
    #: Where to go on behind it, for `since`; None where it is no such place.
    id: str | None = None


class LineReader:
    """Bytes in, events out, whatever the pieces in which they arrive. One for each connection."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, piece: bytes) -> Iterator[ServerEvent]:
        """:raises CoordinatorError: when a line is none, or too long: it would be so again."""
        lines = (self._rest + piece).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > LONGEST_LINE:
            raise CoordinatorError(f"a line of the stream has more than {LONGEST_LINE} bytes")
        for line in lines:
            # An empty line says that the connection lives.
            if line.strip():
                yield self._event(line)

    @staticmethod
    def _event(line: bytes) -> ServerEvent:
        try:
            event = json.loads(line)
            return ServerEvent(event["event"], event.get("data"), event.get("id"))
        except (ValueError, KeyError, TypeError) as error:
            raise CoordinatorError(f"a line of the stream is no event: {line[:200]!r}") from error


class Following:
    """Where a reader of a stream is, over its connections."""

    def __init__(self, since: str | None) -> None:
        self.since = since

    def note(self, event: ServerEvent) -> None:
        if event.id is not None:
            self.since = event.id

    def headers(self) -> dict[str, str]:
        headers = {"Accept": MEDIA_TYPE}
        if self.since is not None:
            headers["Last-Event-ID"] = self.since
        return headers
