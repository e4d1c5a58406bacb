"""The process of an agent, from without: a thread that starts it, gives it attempts, hears it, and buries it.

A thread for each, since the kernel's word that a child dies with whoever has started it is about threads, and since a
child that does not read must hold up nobody else.
"""

import logging
import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from ..agent.decorator import Agent
from ..agent.outcomes import cancelled, failed
from ..model.attempts import Outcome
from ..model.failure import Failure, FailureClass
from ..wire.errors import WireError
from ..wire.limits import WireLimits
from ..wire.results import decode_result
from .child import Done, Order, Ready, StopOrder, Told, child_main
from .guard import Guard
from .processes import descendants, kill_session, kill_tree
from .reports import Attempt

#: How long a process may take to end when nothing is left for it to do.
LEAVE_SECONDS = 2.0
#: How often the kernel is asked whether a process lives that says nothing.
DEATH_LOOK_SECONDS = 1.0
_FAULTS = {
    os.EX_USAGE: FailureClass.INVALID_INPUT, os.EX_DATAERR: FailureClass.INVALID_INPUT,
    os.EX_SOFTWARE: FailureClass.PERMANENT, os.EX_CONFIG: FailureClass.PERMANENT,
}
_context = multiprocessing.get_context("spawn")
_log = logging.getLogger("agent_scrivener.worker")


class ChildProcess:
    """One process of an agent, and again one when it has died. It executes one attempt at a time."""

    def __init__(
        self, agent: Agent, guard: Guard, limits: Callable[[], WireLimits],
        on_free: Callable[["ChildProcess"], None],
    ) -> None:
        """:param on_free: called when it has nothing to do, from its own thread."""
        self._agent = agent
        self._guard = guard
        self._limits = limits
        self._on_free = on_free
        self._orders: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        #: Held while something is said to the process. The lock may be taken within it, and never the other way round.
        self._sending = threading.Lock()
        self._process: Any = None
        self._connection: Connection | None = None
        #: What it executes and was given.
        self._given: Attempt | None = None
        self._has_begun = False
        #: Kills what does not stop.
        self._timer: threading.Timer | None = None
        self._thread = threading.Thread(
            target=self._run, name=f"process of {agent.name}", daemon=True)
        self._thread.start()

    # The worker asks

    def give(self, attempt: Attempt) -> None:
        """Has it execute an attempt. It must be free."""
        self._orders.put(lambda: self._execute(attempt))

    def prepare(self, on_ready: Callable[[Ready], None]) -> None:
        """Has it be there, with the agent initialized. It must be free."""
        self._orders.put(lambda: self._prepare(on_ready))

    def stop(self, attempt: Attempt) -> None:
        """Interrupts the attempt, and kills its process when it does not end within the agent's grace.

        May have to wait for a process that does not read; it is killed nevertheless.
        """
        with self._lock:
            if attempt.is_stopping:
                return
            attempt.is_stopping = True
            if self._given is not attempt:
                # It does not begin any more, or has just ended.
                return
            connection = self._connection if self._has_begun else None
            self._timer = threading.Timer(self._agent.grace_seconds, self._kill, [attempt])
            self._timer.daemon = True
            self._timer.start()
        if connection is None:
            # Its process is being started, which may take longer than the grace.
            return
        try:
            with self._sending:
                connection.send(StopOrder(attempt.reference))
        except OSError:
            # It is about to be found dead.
            return
        with self._lock:
            if self._given is attempt and self._process is not None:
                os.kill(self._process.pid, signal.SIGTERM)

    def leave(self) -> None:
        """It ends when it has done what it was given."""
        self._orders.put(None)

    def wait(self, deadline: float) -> bool:
        """Whether it has ended by then (`time.monotonic`)."""
        self._thread.join(max(0.0, deadline - time.monotonic()))
        return not self._thread.is_alive()

    def kill(self) -> None:
        """There is no more time for it to end."""
        with self._lock:
            if self._process is not None:
                self._kill_process()
        self._thread.join(LEAVE_SECONDS)

    def _kill(self, attempt: Attempt) -> None:
        with self._lock:
            if self._given is attempt and self._process is not None:
                _log.warning("%s does not stop; its process is killed", self._agent.name)
                # Nobody waits for it before the lock is free: the number is still its own.
                self._kill_process()

    def _kill_process(self) -> None:
        """All that there is of it; under the lock."""
        if self._process.exitcode is None:
            kill_tree(self._process.pid)
        else:
            kill_session(self._process.pid)

    # Its thread

    def _run(self) -> None:
        while (order := self._orders.get()) is not None:
            order()
        self._dismiss()

    def _prepare(self, on_ready: Callable[[Ready], None]) -> None:
        try:
            ready = self._ensure()
        except Exception as error:
            _log.exception("the process of %s cannot be started", self._agent.name)
            ready = Ready(f"its process cannot be started: {error}")
        self._on_free(self)
        on_ready(ready)

    def _execute(self, attempt: Attempt) -> None:
        began = time.monotonic_ns()
        try:
            outcome, run_time = self._attempted(attempt)
        except Exception as error:
            _log.exception("the process of %s cannot be spoken with", self._agent.name)
            self._bury()
            outcome, run_time = failed(error), time.monotonic_ns() - began
        with self._lock:
            self._given, self._has_begun = None, False
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        # First: what follows from the end may want it.
        self._on_free(self)
        attempt.end(run_time, outcome)

    def _ensure(self) -> Ready:
        """Has a process be there."""
        # Not `is_alive`, which waits for a dead one: its number must stay its own until it is buried.
        if self._process is not None and not self._has_died():
            return Ready()
        self._bury()
        own, other = _context.Pipe()
        process = _context.Process(
            target=child_main, args=(self._agent, other, os.getpid()),
            name=f"agent {self._agent.name}")
        try:
            process.start()
        except OSError as error:
            own.close()
            return Ready(f"no process can be started: {error}")
        finally:
            other.close()
        with self._lock:
            self._process, self._connection = process, own
        assert process.pid is not None
        self._guard.watch(process.pid)
        try:
            ready = self._received(own)
        except (EOFError, OSError):
            return Ready(f"its process has ended with {self._bury()} before it was ready")
        if ready.failure is not None:
            self._bury()
        return ready  # type: ignore[no-any-return]

    def _attempted(self, attempt: Attempt) -> tuple[Outcome, int]:
        began = time.monotonic_ns()
        with self._lock:
            if attempt.is_stopping:
                return cancelled("stopped before it began"), 0
            self._given = attempt
        ready = self._ensure()
        if ready.failure is not None:
            failure = Failure(FailureClass.TRANSIENT, "agent_not_started", ready.failure)
            return Outcome(failure=failure), 0
        connection = self._connection
        assert connection is not None
        try:
            with self._sending:
                # Inside: a stop that sees it as begun comes after its order.
                with self._lock:
                    if attempt.is_stopping:
                        return cancelled("stopped before it began"), 0
                    self._has_begun = True
                connection.send(Order(attempt.assignment, self._limits()))
            return self._listen(connection, attempt)
        except (EOFError, OSError, WireError):
            return self._found_dead(), time.monotonic_ns() - began

    def _listen(self, connection: Connection, attempt: Attempt) -> tuple[Outcome, int]:
        """What the attempt says, and what it comes to."""
        while True:
            match self._received(connection):
                case Told(reference, what, values):
                    # What attempts before it have left running says nothing of this one.
                    if reference == attempt.reference:
                        getattr(attempt, what)(*values)
                case Done(result, has_children, has_threads):
                    ended = decode_result(result)
                    # Of what was stopped nothing may live on; what an agent keeps for its next attempts may.
                    if attempt.is_stopping and (
                            has_threads or has_children and descendants(self._process.pid)):
                        self._bury()
                    return ended.outcome, ended.run_time_ns

    def _received(self, connection: Connection) -> Any:
        """What the process says next. What it has forked may hold the connection open: the kernel is asked as well.

        :raises EOFError: when it is dead.
        """
        while not connection.poll(DEATH_LOOK_SECONDS):
            if self._has_died() and not connection.poll(0):
                raise EOFError
        return connection.recv()

    def _has_died(self) -> bool:
        """Without waiting for it, which would make its number anybody's."""
        if not hasattr(os, "waitid"):
            return self._process.exitcode is not None
        try:
            return os.waitid(
                os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:
            return True

    def _found_dead(self) -> Outcome:
        """Whose fault a death is, by the table of programs (docs/agents.md)."""
        code = self._bury()
        if code < 0:
            how, failure_class, word = (
                f"by {signal.Signals(-code).name}", FailureClass.TRANSIENT, "signal")
        else:
            how, word = f"with status {code}", "exit_code"
            failure_class = _FAULTS.get(code, FailureClass.TRANSIENT)
        return Outcome(failure=Failure(
            failure_class, word, f"the process of {self._agent.name} has ended {how}"))

    def _bury(self) -> int:
        """Sees to it that nothing of the process lives; how it ended."""
        with self._lock:
            process, connection = self._process, self._connection
            if process is None or connection is None:
                return 0
            self._kill_process()
            self._guard.release(process.pid)
            process.join()
            code = process.exitcode
            process.close()
            connection.close()
            self._process = self._connection = None
            return int(code or 0)

    def _dismiss(self) -> None:
        """Lets it shut its agent down, for a while."""
        if self._process is None:
            return
        if self._connection is not None:
            try:
                self._connection.send(None)
            except OSError:
                pass
        self._process.join(LEAVE_SECONDS)
        self._bury()
