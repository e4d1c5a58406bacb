"""An async agent: its attempts are tasks of the event loop, and are stopped by cancellation."""

import asyncio
import inspect
import logging
import time
from typing import Any

from ..agent.call import arguments
from ..agent.decorator import Agent
from ..agent.outcomes import cancelled, failed, succeeded
from ..model.attempts import AttemptReference, Outcome
from ..model.incoming import Assignment
from ..model.outgoing import HealthState
from .errors import ConfigurationError
from .hooks import may_be_mended
from .mailbox import Abandon, Mailbox
from .reports import AgentReports, Attempt

_log = logging.getLogger("agent_scrivener.worker")


class HealthChecks:
    """Asks an agent how it is, in the event loop."""

    def __init__(
        self, index: int, agent: Agent, loop: asyncio.AbstractEventLoop, reports: AgentReports
    ) -> None:
        self._index = index
        self._agent = agent
        self._loop = loop
        self._reports = reports

    def begin(self) -> None:
        if self._agent.health_check is None:
            self._reports.health_checked(self._index, HealthState.READY, "")
        else:
            run_in(self._loop, self._check())

    async def _check(self) -> None:
        assert self._agent.health_check is not None
        try:
            complaint = await self._agent.health_check()
        # Also one that ends as if it were cancelled: it would never be asked again.
        except BaseException as error:
            self._reports.health_checked(
                self._index, HealthState.FAILED, str(error) or type(error).__name__)
        else:
            state = HealthState.DEGRADED if complaint else HealthState.READY
            self._reports.health_checked(self._index, state, str(complaint) if complaint else "")


def run_in(loop: asyncio.AbstractEventLoop, work: Any) -> None:
    """Has the loop do something, from any thread. Once it is closed nobody waits for it."""
    try:
        asyncio.run_coroutine_threadsafe(work, loop)
    except RuntimeError:
        work.close()


class LoopHost:
    """An async agent (`AgentHost`)."""

    def __init__(
        self, index: int, agent: Agent, loop: asyncio.AbstractEventLoop, reports: AgentReports,
        mailbox: Mailbox,
    ) -> None:
        self._index = index
        self._agent = agent
        self._loop = loop
        self._reports = reports
        self._mailbox = mailbox
        self._health = HealthChecks(index, agent, loop, reports)
        self._has_worked = False
        # The event loop's alone.
        self._running: dict[AttemptReference, tuple[Attempt, asyncio.Task[Outcome]]] = {}

    # The worker's loop asks

    def start(self, assignment: Assignment) -> None:
        attempt = Attempt(assignment, self._reports)
        self._call(self._begin, attempt)

    def stop(self, attempt: AttemptReference) -> None:
        self._call(self._cancel, attempt)

    def forget(self, attempt: AttemptReference) -> None:
        """The event loop has forgotten it by then."""

    def initialize(self) -> None:
        run_in(self._loop, self._initialize())

    def check_health(self) -> None:
        self._health.begin()

    def begin_closing(self) -> None:
        self._call(self._cancel_all)

    async def shut_down(self, patience: float) -> None:
        running = [task for _, task in self._running.values()]
        if running:
            await asyncio.wait(running, timeout=patience)
        if self._agent.shutdown is not None and self._has_worked:
            try:
                await asyncio.wait_for(_result_of(self._agent.shutdown), patience)
            except Exception:
                _log.warning("%s does not shut down in order", self._agent.name, exc_info=True)

    def _call(self, function: Any, *values: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *values)
        except RuntimeError:
            # The event loop is closed, and so is the worker.
            pass

    # In the event loop

    def _begin(self, attempt: Attempt) -> None:
        began = time.monotonic_ns()
        task = self._loop.create_task(self._execute(attempt), name=f"attempt {attempt.reference}")
        self._running[attempt.reference] = (attempt, task)
        task.add_done_callback(lambda done: self._ended(attempt, began, done))

    async def _execute(self, attempt: Attempt) -> Outcome:
        try:
            returned = await self._agent.function(
                **arguments(self._agent, attempt.assignment, attempt))
            return succeeded(returned, self._reports.limits)
        except asyncio.CancelledError:
            raise
        # Also what would end the event loop with everybody in it.
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            return failed(error)

    def _ended(self, attempt: Attempt, began: int, task: asyncio.Task[Outcome]) -> None:
        """However it has ended, also before its function was called."""
        del self._running[attempt.reference]
        if task.cancelled():
            outcome = cancelled()
        else:
            error = task.exception()
            outcome = task.result() if error is None else failed(error)
        attempt.end(time.monotonic_ns() - began, outcome)

    def _cancel(self, reference: AttemptReference) -> None:
        if reference in self._running:
            attempt, task = self._running[reference]
            # Once: it may be cleaning up.
            if not attempt.is_stopping:
                attempt.is_stopping = True
                task.cancel()

    def _cancel_all(self) -> None:
        for reference in self._running:
            self._cancel(reference)

    async def _initialize(self) -> None:
        try:
            if self._agent.initialize is not None:
                await _result_of(self._agent.initialize)
        except BaseException as error:
            _log.warning("%s cannot start: %s", self._agent.name, error)
            if not self._has_worked and not may_be_mended(error):
                self._mailbox.post(Abandon(ConfigurationError(
                    f"{self._agent.name} cannot start: {error}")))
                return
            self._reports.initialized(self._index, str(error) or type(error).__name__)
        else:
            self._has_worked = True
            self._reports.initialized(self._index, None)


async def _result_of(hook: Any) -> None:
    returned = hook()
    if inspect.isawaitable(returned):
        await returned
