"""An agent whose attempts run in processes of their own, as many as there are slots in use at once."""

import asyncio
import pickle
import threading
import time

from ..agent.decorator import Agent
from ..model.attempts import AttemptReference
from ..model.incoming import Assignment
from .child import Ready
from .child_process import ChildProcess
from .errors import ConfigurationError
from .guard import Guard
from .loop_host import HealthChecks
from .mailbox import Abandon, Mailbox
from .reports import AgentReports, Attempt


def check_agent(agent: Agent) -> None:
    """:raises ConfigurationError: when a process of its own could not find it."""
    try:
        found = pickle.loads(pickle.dumps(agent))
    except (pickle.PicklingError, AttributeError, ImportError) as error:
        found = error
    if found is not agent:
        raise ConfigurationError(
            f"{agent.name}: a function that runs in a process of its own has to be defined at the top "
            f"of its module, under its own name: {found}")


class ProcessHost:
    """An agent in processes (`AgentHost`)."""

    def __init__(
        self, index: int, agent: Agent, loop: asyncio.AbstractEventLoop, reports: AgentReports,
        mailbox: Mailbox, guard: Guard,
    ) -> None:
        check_agent(agent)
        self._index = index
        self._agent = agent
        self._reports = reports
        self._mailbox = mailbox
        self._guard = guard
        self._health = HealthChecks(index, agent, loop, reports)
        self._has_worked = False
        self._lock = threading.Lock()
        self._all: list[ChildProcess] = []
        self._free: list[ChildProcess] = []
        # The worker's loop alone.
        self._running: dict[AttemptReference, tuple[Attempt, ChildProcess]] = {}

    # The worker's loop asks

    def start(self, assignment: Assignment) -> None:
        attempt = Attempt(assignment, self._reports)
        child = self._child()
        self._running[attempt.reference] = (attempt, child)
        child.give(attempt)

    def stop(self, attempt: AttemptReference) -> None:
        if attempt in self._running:
            started, child = self._running[attempt]
            # A process that is stopped does not read, and what is said to it may have to wait.
            threading.Thread(target=child.stop, args=(started,), daemon=True).start()

    def forget(self, attempt: AttemptReference) -> None:
        self._running.pop(attempt, None)

    def initialize(self) -> None:
        self._child().prepare(self._is_ready)

    def check_health(self) -> None:
        self._health.begin()

    def begin_closing(self) -> None:
        for attempt in list(self._running):
            self.stop(attempt)
        with self._lock:
            for child in self._all:
                child.leave()

    async def shut_down(self, patience: float) -> None:
        await asyncio.to_thread(self._wait, time.monotonic() + patience)

    def _wait(self, deadline: float) -> None:
        for child in self._all:
            if not child.wait(deadline):
                child.kill()

    # Processes

    def _child(self) -> ChildProcess:
        with self._lock:
            if self._free:
                return self._free.pop()
            child = ChildProcess(
                self._agent, self._guard, lambda: self._reports.limits, self._is_free)
            self._all.append(child)
            return child

    def _is_free(self, child: ChildProcess) -> None:
        with self._lock:
            self._free.append(child)

    def _is_ready(self, ready: Ready) -> None:
        if ready.failure is None:
            self._has_worked = True
        elif not ready.may_be_mended and not self._has_worked:
            self._mailbox.post(Abandon(ConfigurationError(
                f"{self._agent.name} cannot start: {ready.failure}")))
            return
        self._reports.initialized(self._index, ready.failure)
