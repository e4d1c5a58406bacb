"""A coordinator, as a program with an event loop speaks with it."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing

import httpx

from . import calls
from .access import find_access
from .calls import JSON, Call
from .errors import CoordinatorError
from .events import LAST, Following, LineReader, ServerEvent
from .patience import Patience
from .routes import Routes, field_of
from .transport import answer, lost, problem, request, retry_after, settings


class AsyncCoordinator(Routes[Awaitable[JSON], Awaitable[list[JSON]]]):
    """`Coordinator` for event loops: the same methods, awaited, and streams for `async for`."""

    def __init__(
        self, url: str | None = None, *, token_file: str | None = None,
        ca_certificate: str | None = None, patience_seconds: float | None = 60.0,
    ) -> None:
        """See `Coordinator`."""
        self._access = find_access(url, token_file, ca_certificate)
        self._patience = patience_seconds
        self._http = httpx.AsyncClient(**settings(self._access))

    async def __aenter__(self) -> "AsyncCoordinator":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def _ask(self, call: Call) -> JSON:
        patience = Patience(self._patience)
        while True:
            try:
                found: JSON = answer(await self._http.send(request(self._http, call)))
                return found
            except (httpx.HTTPError, CoordinatorError) as error:
                wait = patience.next(retry_after(error, call.is_repeatable))
                if wait is None:
                    raise lost(error) from error
            await asyncio.sleep(wait)

    async def _ask_for(self, call: Call, field: str) -> list[JSON]:
        return list(field_of(await self._ask(call), field))

    async def all_sessions(self, *, status: str | None = None) -> AsyncIterator[JSON]:
        """All sessions, page by page."""
        after = None
        while True:
            page = await self.sessions(status=status, limit=200, after=after)
            for session in page["sessions"]:
                yield session
            after = page.get("next")
            if after is None:
                return

    async def wait(self, session: str, timeout: float | None = None) -> JSON:
        """Waits for a session's end, over restarts of the coordinator.

        :raises TimeoutError: when it has not ended in time.
        """
        async with asyncio.timeout(timeout), aclosing(
                self.events(session, only_progress=True)) as events:
            async for event in events:
                if event.name == LAST:
                    break
        return await self.session(session)

    # Streams

    def events(
        self, session: str, *, since: str | None = None, only_progress: bool = False,
        log: bool = False,
    ) -> AsyncGenerator[ServerEvent, None]:
        """See `Coordinator.events`."""
        kinds = ("progress" if only_progress else "all") + (",log" if log else "")
        return self._follow(calls.get("sessions", session, "events", events=kinds), since)

    def pool_events(self, *, since: str | None = None) -> AsyncGenerator[ServerEvent, None]:
        """What happens to sessions and workers as wholes, for as long as somebody reads."""
        return self._follow(calls.get("events"), since)

    def task_log(
        self, session: str, task: str, *, attempt: int | None = None, since: str | None = None
    ) -> AsyncGenerator[ServerEvent, None]:
        """What an agent says while it runs, until the task has ended."""
        return self._follow(calls.get(
            "sessions", session, "tasks", task, "log", follow=True, attempt=attempt), since)

    async def _follow(self, call: Call, since: str | None) -> AsyncGenerator[ServerEvent, None]:
        patience, following = Patience(self._patience), Following(since)
        while True:
            began: float | None = None
            least: float | None = None
            try:
                async with aclosing(self._connection(call, following)) as events:
                    async for event in events:
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
            await asyncio.sleep(wait)

    async def _connection(self, call: Call, following: Following) -> AsyncGenerator[ServerEvent, None]:
        asked = request(self._http, call)
        asked.headers.update(following.headers())
        response = await self._http.send(asked, stream=True)
        try:
            if not response.is_success:
                await response.aread()
                raise problem(response)
            reader = LineReader()
            async for piece in response.aiter_raw():
                for event in reader.feed(piece):
                    yield event
        finally:
            await response.aclose()

    async def is_ready(self) -> bool:
        """Whether it serves requests; asked once."""
        try:
            found = await self._http.get("/readyz")
        except httpx.HTTPError:
            return False
        return found.is_success
