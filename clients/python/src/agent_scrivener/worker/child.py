"""The process of an agent, from within: executes one attempt after the other, and stops it when it is told to.

The worker says what to do over a connection, and rings with SIGTERM when it has said that an attempt is to stop: the
handler looks whether that is meant which is being executed, and raises there, out of whatever the function waits for.
"""

import asyncio
import inspect
import os
import resource
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any

from ..agent.call import arguments
from ..agent.decorator import Agent
from ..agent.outcomes import cancelled, failed, succeeded
from ..agent.stopped import AttemptStopped
from ..model.attempts import AttemptReference, AttemptResult, Outcome
from ..model.incoming import Assignment
from ..model.usage import Usage
from ..wire.limits import WireLimits
from ..wire.results import encode_result
from .hooks import may_be_mended
from .processes import dead_children, die_with_parent, has_children


@dataclass(frozen=True, slots=True)
class Order:
    """Execute this."""

    assignment: Assignment
    limits: WireLimits


@dataclass(frozen=True, slots=True)
class StopOrder:
    """Stop this, if it is still being executed."""

    attempt: AttemptReference


@dataclass(frozen=True, slots=True)
class Ready:
    """The agent is initialized, or why it is not, and whether another try might help."""

    failure: str | None = None
    may_be_mended: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """What a function says through its context: `report`, `emit`, `keep` or `log`, and with what."""

    attempt: AttemptReference
    what: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """The attempt has ended."""

    #: A `Results` message with the one result.
    result: bytes
    #: Whether processes that it may have started are still there.
    has_children: bool
    #: Whether threads or tasks that it has started are still there.
    has_threads: bool = False


class _Channel:
    """What one attempt says (`AttemptChannel`), also when another one is being executed by then."""

    def __init__(self, child: "Child", attempt: AttemptReference) -> None:
        self._child = child
        self._attempt = attempt

    def report(self, permille: int, message: str) -> None:
        self._tell("report", permille, message)

    def emit(self, text: str) -> None:
        self._tell("emit", text)

    def keep(self, kept: bytes) -> None:
        self._tell("keep", kept)

    def log(self, level: int, text: str) -> None:
        self._tell("log", level, text)

    def is_cancelled(self) -> bool:
        return self._child.is_stopping(self._attempt)

    def _tell(self, what: str, *values: Any) -> None:
        self._child.say(Told(self._attempt, what, values))


class Child:
    """The agent's process."""

    def __init__(self, agent: Agent, connection: Connection) -> None:
        self._agent = agent
        self._connection = connection
        self._lock = threading.Lock()
        #: What is being executed, while its function may be interrupted.
        self._current: AttemptReference | None = None
        self._stop_is_due = False
        self._was_interrupted = False
        #: The main thread is in the middle of a message, which must not be left half said or half heard.
        self._is_saying = False
        self._is_hearing = False
        self._orders: list[Order | None] = []
        self._task: asyncio.Task[Any] | None = None
        #: Children that were dead when the last attempt ended.
        self._dead: set[int] = set()
        #: One loop for all that the agent does here.
        self._runner = asyncio.Runner()

    def run(self) -> None:
        """Until the connection ends, or the worker has nothing more to do."""
        signal.signal(signal.SIGTERM, self._on_signal)
        with self._runner:
            if not self._initialize():
                return
            while (order := self._next()) is not None:
                self._execute(order)
            if self._agent.shutdown is not None:
                self._finish(self._agent.shutdown())

    def _initialize(self) -> bool:
        try:
            if self._agent.initialize is not None:
                self._finish(self._agent.initialize())
        except Exception as error:
            self.say(Ready(str(error) or type(error).__name__, may_be_mended(error)))
            return False
        self.say(Ready())
        return True

    def _next(self) -> Order | None:
        while not self._orders:
            self._hear()
        return self._orders.pop(0)

    def _hear(self) -> None:
        """Takes one message. What is to stop and does not run has ended already."""
        self._is_hearing = True
        try:
            message = self._connection.recv()
        except (EOFError, OSError):
            message = None
        finally:
            self._is_hearing = False
        if isinstance(message, StopOrder):
            if message.attempt == self._current:
                self._stop_is_due = True
        else:
            self._orders.append(message)

    # Executing

    def _execute(self, order: Order) -> None:
        reference = order.assignment.item.attempt
        began, cpu = time.monotonic_ns(), _cpu_microseconds()
        before = self._others
        self._stop_is_due = self._was_interrupted = False
        self._current = reference
        try:
            # What came before the handler knew whom it was for.
            self._take_stops()
            outcome = succeeded(self._call(order.assignment), order.limits)
        except (AttemptStopped, asyncio.CancelledError):
            self._current = None
            outcome = cancelled()
        except BaseException as error:
            self._current = None
            outcome = failed(error)
        self._current = None
        usage = _measured(outcome.usage, _cpu_microseconds() - cpu)
        result = AttemptResult(
            reference, time.monotonic_ns() - began, replace(outcome, usage=usage))
        self._reap()
        self.say(Done(
            encode_result(result), has_children(),
            bool(self._others - before)))

    @property
    def _others(self) -> set[Any]:
        """What runs in this process beside its main thread's function: threads, and tasks of the loop."""
        tasks = asyncio.all_tasks(self._runner.get_loop()) if self._agent.is_async else ()
        return {*threading.enumerate(), *tasks}

    def _reap(self) -> None:
        """Daemons that an agent has left behind are this process's children, and nobody waits for them. Whoever was
        dead when the attempt before ended is none that somebody is about to wait for."""
        if not has_children():
            return
        dead = dead_children()
        for process in dead & self._dead:
            with suppress(ChildProcessError):
                os.waitpid(process, os.WNOHANG)
        self._dead = dead - self._dead

    def _call(self, assignment: Assignment) -> Any:
        given = arguments(
            self._agent, assignment, _Channel(self, assignment.item.attempt))
        if not self._agent.is_async:
            return self._agent.function(**given)
        return self._runner.run(self._await(given))

    async def _await(self, given: dict[str, Any]) -> Any:
        """In the loop a stop is a cancellation."""
        self._task = asyncio.current_task()
        try:
            if self._stop_is_due:
                raise AttemptStopped
            return await self._agent.function(**given)
        finally:
            self._task = None

    # Stopping

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        # Whoever is in the middle of hearing hears of it next.
        if self._current is not None and not self._is_hearing:
            self._take_stops()

    def _take_stops(self) -> None:
        """Raises in the main thread when what it executes is to stop."""
        while not self._stop_is_due and self._connection.poll(0):
            self._hear()
            if self._orders and self._orders[-1] is None:
                break
        if self._stop_is_due and not self._is_saying:
            self._interrupt()

    def _interrupt(self) -> None:
        if self._was_interrupted:
            # Once: it is cleaning up.
            return
        self._was_interrupted = True
        if not self._agent.is_async:
            raise AttemptStopped
        # Never through the loop's own code: what waits there would run with the next attempt. This may be a handler in
        # the middle of one of its steps.
        if self._task is not None:
            self._task.get_loop().call_soon_threadsafe(self._task.cancel)

    # Saying

    def is_stopping(self, attempt: AttemptReference) -> bool:
        """Also of one that is over, and has left something behind."""
        return self._stop_is_due or self._current != attempt

    def say(self, message: Ready | Told | Done) -> None:
        """From any thread. Half a message would end the conversation: a stop waits for its end."""
        is_main = threading.current_thread() is threading.main_thread()
        with self._lock:
            if is_main:
                self._is_saying = True
            try:
                self._connection.send(message)
            finally:
                if is_main:
                    self._is_saying = False
        if is_main and self._stop_is_due and self._current is not None:
            self._interrupt()

    def _finish(self, returned: Any) -> None:
        """Of a hook, async or not."""
        if inspect.isawaitable(returned):
            self._runner.run(_await(returned))


def child_main(agent: Agent, connection: Connection, parent: int) -> None:
    """Where the agent's process begins."""
    os.setsid()
    die_with_parent(parent)
    # Its end is how the worker hears of a death: nothing that the agent starts may hold it.
    os.set_inheritable(connection.fileno(), False)
    os.register_at_fork(after_in_child=lambda: _let_go(connection))
    Child(agent, connection).run()


def _let_go(connection: Connection) -> None:
    """In what an agent has forked: stops are for the agent."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    connection.close()


async def _await(returned: Any) -> None:
    await returned


def _cpu_microseconds() -> int:
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return int(sum(each.ru_utime + each.ru_stime for each in usage) * 1e6)


def _measured(usage: Usage, cpu_microseconds: int) -> Usage:
    """What the agent has said itself goes before what was measured."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    return replace(
        usage, cpu_microseconds=usage.cpu_microseconds or max(0, cpu_microseconds),
        peak_memory_bytes=usage.peak_memory_bytes or peak)
