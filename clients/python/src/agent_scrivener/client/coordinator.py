"""A coordinator, as a program without an event loop speaks with it."""

import time
from collections.abc import Iterator
from typing import Any

import httpx

from . import calls
from .access import find_access
from .calls import JSON, Call
from .errors import CoordinatorError
from .events import LAST, Following, LineReader, ServerEvent
from .patience import Patience
from .routes import Routes, field_of
from .transport import answer, lost, problem, request, retry_after, settings

#: Of a session that is over.
ENDED = ("completed", "failed", "cancelled")
#: How often a session that is waited for is looked at: soon at first.
FIRST_LOOK_SECONDS, LOOK_SECONDS = 0.05, 1.0


class Coordinator(Routes[JSON, list[JSON]]):
    """A client of the HTTP API, which waits through restarts of the coordinator. From any thread."""

    def __init__(
        self, url: str | None = None, *, token_file: str | None = None,
        ca_certificate: str | None = None, patience_seconds: float | None = 60.0,
    ) -> None:
        """
        :param url: where its API is; when absent what `SCRIVENER_COORDINATOR` says, or http://127.0.0.1:7411.
        :param token_file: has an API token, and nobody else can read it; or `fd:N`. When absent, what
            `SCRIVENER_TOKEN_FILE` names, or the usual file where there is one.
        :param ca_certificate: authorities whose certificates are trusted, in PEM; those of the system when absent.
        :param patience_seconds: how long to try again when nobody answers, or the answer is to come back later. 0
            tries once, None for ever.
        :raises ConfigurationError: when a file cannot be used.
        """
        self._access = find_access(url, token_file, ca_certificate)
        self._patience = patience_seconds
        self._http = httpx.Client(**settings(self._access))

    def __enter__(self) -> "Coordinator":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def _ask(self, call: Call) -> JSON:
        patience = Patience(self._patience)
        while True:
            try:
                found: JSON = answer(self._http.send(request(self._http, call)))
                return found
            except (httpx.HTTPError, CoordinatorError) as error:
                wait = patience.next(retry_after(error, call.is_repeatable))
                if wait is None:
                    raise lost(error) from error
            time.sleep(wait)

    def _ask_for(self, call: Call, field: str) -> list[JSON]:
        return list(field_of(self._ask(call), field))

    def all_sessions(self, *, status: str | None = None) -> Iterator[JSON]:
        """All sessions, page by page."""
        after = None
        while True:
            page = self.sessions(status=status, limit=200, after=after)
            yield from page["sessions"]
            after = page.get("next")
            if after is None:
                return

    def wait(self, session: str, timeout: float | None = None) -> JSON:
        """Waits for a session's end, over restarts of the coordinator.

        :raises TimeoutError: when it has not ended in time.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        pause = FIRST_LOOK_SECONDS
        while (found := self.session(session))["status"] not in ENDED:
            if deadline is not None and time.monotonic() + pause > deadline:
                raise TimeoutError(f"{session} has not ended within {timeout} s")
            time.sleep(pause)
            pause = min(2 * pause, LOOK_SECONDS)
        return found

    # Streams

    def events(
        self, session: str, *, since: str | None = None, only_progress: bool = False,
        log: bool = False,
    ) -> Iterator[ServerEvent]:
        """What happens in a session, as it happens, until its end. A stream that breaks off is taken up where it was:
        of what has an id nothing is missed and nothing repeated, also over a restart of the coordinator.

        :param since: go on behind the event of this id.
        :param log: also what agents say.
        """
        kinds = ("progress" if only_progress else "all") + (",log" if log else "")
        return self._follow(calls.get("sessions", session, "events", events=kinds), since)

    def pool_events(self, *, since: str | None = None) -> Iterator[ServerEvent]:
        """What happens to sessions and workers as wholes, for as long as somebody reads."""
        return self._follow(calls.get("events"), since)

    def task_log(
        self, session: str, task: str, *, attempt: int | None = None, since: str | None = None
    ) -> Iterator[ServerEvent]:
        """What an agent says while it runs, until the task has ended."""
        return self._follow(calls.get(
            "sessions", session, "tasks", task, "log", follow=True, attempt=attempt), since)

    def _follow(self, call: Call, since: str | None) -> Iterator[ServerEvent]:
        patience, following = Patience(self._patience), Following(since)
        while True:
            began: float | None = None
            least: float | None = None
            try:
                for event in self._connection(call, following):
                    began = began or time.monotonic()
                    following.note(event)
                    yield event
                    if event.name == LAST:
                        return
                reason: Exception = CoordinatorError("the stream has ended early")
            except (httpx.HTTPError, CoordinatorError) as error:
                reason = error
                least = retry_after(error, is_repeatable=True)
            if began is not None:
                patience.restored(time.monotonic() - began)
            wait = patience.next(least)
            if wait is None:
                raise lost(reason)
            time.sleep(wait)

    def _connection(self, call: Call, following: Following) -> Iterator[ServerEvent]:
        asked = request(self._http, call)
        asked.headers.update(following.headers())
        response = self._http.send(asked, stream=True)
        try:
            if not response.is_success:
                response.read()
                raise problem(response)
            reader = LineReader()
            for piece in response.iter_raw():
                yield from reader.feed(piece)
        finally:
            response.close()

    def is_ready(self) -> bool:
        """Whether it serves requests; asked once."""
        try:
            found: Any = self._http.get("/readyz")
        except httpx.HTTPError:
            return False
        return bool(found.is_success)
