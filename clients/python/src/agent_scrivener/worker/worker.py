"""A worker: holds agents, joins a pool, and executes what it is given until it is told to stop."""

import asyncio
import logging
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from random import SystemRandom
from types import FrameType
from typing import Any

import zmq

from ..agent.decorator import Agent
from ..machine import MachineConfiguration, WorkerMachine
from ..machine.configuration import SECOND
from ..model.outgoing import AgentOffer
from ..version import VERSION
from .agent_host import AgentHost
from .black_box import BlackBox, open_black_box
from .credentials import WorkerCredentials
from .errors import ConfigurationError, WorkerError
from .guard import Guard
from .host_usage import memory_mebibytes
from .identity import next_incarnation, worker_id
from .line import CoordinatorLine
from .loop import WorkerLoop
from .loop_host import LoopHost
from .mailbox import Abandon, BeginDraining, Mailbox, Reload
from .outbox_file import OutboxFile
from .process_host import ProcessHost
from .reports import AgentReports
from .settings import WorkerSettings

#: Most results are acknowledged sooner, and need not be written.
KEEP_AFTER = 1 * SECOND
#: How long what has been cancelled may take to end when the worker has left.
PATIENCE_SECONDS = 1.0
MOST_AGENTS = 256
_log = logging.getLogger("agent_scrivener.worker")


class Worker:
    """A worker. `run()` from a program of its own, `await serve()` where there is an event loop already."""

    def __init__(
        self, agents: Sequence[Agent], *, coordinator: str = "tcp://127.0.0.1:7412",
        id: str | None = None, pool: str | None = None, data: str | None = None,
        slots: int = 4, tags: Sequence[str] = (), resources: Mapping[str, int] | None = None,
        health_check_seconds: float = 30.0, orphan_grace_seconds: float = 60.0,
        drain_seconds: float = 8.0, stop_seconds: float = 1.5,
        max_message_bytes: int = 8 << 20, coordinator_key: str | None = None,
        key: str | None = None, pool_token: str | None = None, enrol: str | None = None,
        on_registered: Callable[[], None] = lambda: None,
    ) -> None:
        """
        :param agents: functions with `@agent`, of distinct names.
        :param coordinator: where it listens for workers.
        :param id: the worker's name: stable across restarts, unique among workers, or within its pool. A replica
            that is given none makes one, and keeps it in its data folder.
        :param pool: the pool that the worker is a replica of; its id is then `pool/name`.
        :param data: a folder of the worker's own, for what must survive its restart; without one nothing does.
        :param slots: how many attempts each agent executes at once, 1…10,000, where the agent does not say.
        :param tags: of all its agents, for tasks that ask for them.
        :param resources: what tasks may take of the worker beside slots, such as `{"gpu": 2}`; the host's memory is
            offered where nothing is said of `memory_mib`.
        :param health_check_seconds: how often agents are asked how they are.
        :param orphan_grace_seconds: how long the worker works on when it hears nothing of its coordinator.
        :param drain_seconds: how long a stopping worker waits for what runs before it stops it.
        :param stop_seconds: how long it then waits for that to stop, beside the grace of its agents' processes.
        :param max_message_bytes: how large a message may be, as the coordinator has it.
        :param coordinator_key: a file with the coordinator's public key; without one the connection is in the clear.
        :param key: a file with the worker's own secret key, or `fd:N`.
        :param pool_token: a file with its pool's token, or `fd:N`, by which it enrols with a key that it makes.
        :param enrol: where replicas enrol; the port after the coordinator's when absent.
        :param on_registered: called each time that the worker has joined the pool, from a thread of its own.
        :raises ConfigurationError: when something is wrong with that, all of it at once.
        """
        self._agents = list(agents)
        self._on_registered = on_registered
        self._mailbox: Mailbox | None = None
        #: Set when the worker's loop has ended; agents may not have.
        self._has_left = threading.Event()
        if data is not None:
            _make_folder(data)
        if id is None and pool is None:
            raise ConfigurationError("a worker needs an id, or a pool")
        graces = [each.grace_seconds for each in self._agents if each.in_process]
        self.settings = WorkerSettings(
            coordinator=coordinator, worker_id=worker_id(pool, id, data), data=data, slots=slots,
            tags=tuple(tags), resources=dict(resources or {}),
            health_check_seconds=health_check_seconds,
            orphan_grace_seconds=orphan_grace_seconds, drain_seconds=drain_seconds,
            stop_seconds=stop_seconds, max_message_bytes=max_message_bytes,
            coordinator_key=coordinator_key, key=key, pool_token=pool_token, enrol=enrol)
        mistakes = self.settings.mistakes + self._agent_mistakes()
        if mistakes:
            raise ConfigurationError("; ".join(mistakes))
        # What runs in processes has its grace.
        self.settings = replace(self.settings, stop_seconds=stop_seconds + max(graces, default=0))

    def _agent_mistakes(self) -> list[str]:
        names = [each.name for each in self._agents]
        found = [f"two agents are called {name}" for name in set(names) if names.count(name) > 1]
        if not 1 <= len(names) <= MOST_AGENTS:
            found.append(f"a worker has 1…{MOST_AGENTS} agents, got {len(names)}")
        return found

    # Running

    def run(self) -> None:
        """Joins the pool and returns when the worker has left it.

        SIGTERM and SIGINT have it drain: it takes nothing new, finishes what runs, and leaves; a second one has it
        leave at once. SIGHUP has it read its keys again.

        :raises WorkerError: when the coordinator refuses the worker for good, or an agent can never start.
        """
        if multiprocessing.parent_process() is not None:
            raise ConfigurationError(
                "an agent's process runs its module again: put the worker under "
                "`if __name__ == \"__main__\":`")
        self._mailbox = Mailbox()
        self._take_signals()
        ended = threading.Event()
        self._has_left.clear()
        threading.Thread(
            target=self._watch_end, args=(ended,), name="end of the worker", daemon=True).start()
        try:
            with asyncio.Runner() as runner:
                try:
                    runner.run(self.serve())
                finally:
                    self._end_stragglers(runner)
        finally:
            ended.set()

    async def serve(self) -> None:
        """The same in a program's own event loop, where async agents then run. Cancelled, it leaves at once; `drain`
        has it leave in order. Signals are the program's."""
        loop = asyncio.get_running_loop()
        mailbox = self._mailbox = self._mailbox or Mailbox()
        guard = Guard()
        finished: asyncio.Future[None] = loop.create_future()
        hosts: list[AgentHost] = []
        thread = threading.Thread(
            target=self._work, name="worker loop", args=(loop, mailbox, guard, hosts, finished))
        thread.start()
        try:
            await asyncio.shield(finished)
        finally:
            # Where it has ended by itself, nobody hears of this.
            mailbox.post(Abandon())
            with suppress(Exception):
                await asyncio.shield(finished)
            for host in hosts:
                await host.shut_down(PATIENCE_SECONDS + self.settings.stop_seconds)
            await asyncio.to_thread(thread.join)
            guard.close()
            self._mailbox = None
            mailbox.close()

    def drain(self) -> None:
        """Has it take nothing new, finish what runs, and leave. From any thread."""
        if self._mailbox is not None:
            self._mailbox.post(BeginDraining())

    # The thread of the worker's loop

    def _work(
        self, loop: asyncio.AbstractEventLoop, mailbox: Mailbox, guard: Guard,
        hosts: list[AgentHost], finished: "asyncio.Future[None]",
    ) -> None:
        try:
            self._join_and_leave(loop, mailbox, guard, hosts)
        except BaseException as error:
            loop.call_soon_threadsafe(_finish, finished, error)
        else:
            loop.call_soon_threadsafe(_finish, finished, None)
        finally:
            self._has_left.set()

    def _join_and_leave(
        self, loop: asyncio.AbstractEventLoop, mailbox: Mailbox, guard: Guard,
        hosts: list[AgentHost],
    ) -> None:
        settings = self.settings
        incarnation = next_incarnation(settings.data)
        outbox = None if settings.data is None else OutboxFile.open(settings.data)
        # Only of whoever has the folder to itself.
        box = None
        if outbox is not None and settings.data is not None:
            slots = sum(offer.slots for offer in self._offers)
            box = open_black_box(settings.data, incarnation, slots)
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        has_left = False
        try:
            reports = AgentReports(mailbox, settings.worker_id, box)
            for index, each in enumerate(self._agents):
                hosts.append(
                    ProcessHost(index, each, loop, reports, mailbox, guard) if each.in_process
                    else LoopHost(index, each, loop, reports, mailbox))
            machine = WorkerMachine(
                self._configuration(incarnation, outbox is not None, box),
                outbox.kept if outbox is not None else (),
                box.untold if box is not None else None, SystemRandom().getrandbits(64))
            credentials = None if settings.coordinator_key is None else WorkerCredentials(settings)
            poller = zmq.Poller()
            line = CoordinatorLine(
                settings.coordinator, credentials, settings.max_message_bytes, context, poller)
            _log.info(
                "worker %s starts: %s at %s", settings.worker_id,
                ", ".join(each.name for each in self._agents), settings.coordinator)
            WorkerLoop(
                settings, machine, line, poller, mailbox, hosts, reports, outbox, box,
                self._on_registered).run()
            has_left = True
        except WorkerError:
            has_left = True
            raise
        finally:
            # Whatever else has ended it is a death, and a task may have to do with it.
            if box is not None and has_left:
                box.left()
            if outbox is not None:
                outbox.close()
            context.destroy(linger=500)

    @property
    def _offers(self) -> tuple[AgentOffer, ...]:
        return tuple(
            AgentOffer(
                each.name, each.capabilities,
                tuple(dict.fromkeys(self.settings.tags + each.tags)),
                each.slots or self.settings.slots, each.version)
            for each in self._agents)

    def _configuration(
        self, incarnation: int, has_outbox: bool, box: BlackBox | None
    ) -> MachineConfiguration:
        settings = self.settings
        resources = dict(settings.resources)
        memory = memory_mebibytes()
        if memory is not None:
            resources.setdefault("memory_mib", memory)
        return MachineConfiguration(
            worker_id=settings.worker_id, incarnation=incarnation, agents=self._offers,
            host=socket.gethostname(), process_id=os.getpid(),
            software_version=f"python/{VERSION}", resources=tuple(sorted(resources.items())),
            orphan_grace=int(settings.orphan_grace_seconds * SECOND),
            health_check_interval=int(settings.health_check_seconds * SECOND),
            keep_after=KEEP_AFTER if has_outbox else None,
            tells_deaths=box is not None and box.knows_last)

    # The process

    def _take_signals(self) -> None:
        """By the signals' own handlers and not the event loop's, which an agent may be holding up."""
        if threading.current_thread() is not threading.main_thread():
            return
        told = 0

        def on_stop(_number: int, _frame: FrameType | None) -> None:
            nonlocal told
            told += 1
            if self._mailbox is not None:
                self._mailbox.post(BeginDraining() if told == 1 else Abandon())

        def on_reload(_number: int, _frame: FrameType | None) -> None:
            if self._mailbox is not None:
                self._mailbox.post(Reload())

        signal.signal(signal.SIGTERM, on_stop)
        signal.signal(signal.SIGINT, on_stop)
        if self.settings.coordinator_key is not None:
            signal.signal(signal.SIGHUP, on_reload)

    def _watch_end(self, ended: threading.Event) -> None:
        """Has the process end that has left its pool: others have its work by then. From a thread of its own, since
        the event loop may be what is held up, and threads of its agents are waited for when it is closed."""
        self._has_left.wait()
        patience = PATIENCE_SECONDS + self.settings.stop_seconds
        # Of each agent: until its attempts have stopped, and then its `shutdown`.
        if not ended.wait(3 * PATIENCE_SECONDS + 2 * len(self._agents) * patience):
            _log.error("something does not stop; the process ends without it")
            logging.shutdown()
            os._exit(1)

    def _end_stragglers(self, runner: asyncio.Runner) -> None:
        """An agent that ignores its cancellation must not keep a program alive that has left its pool."""
        loop = runner.get_loop()
        left = asyncio.all_tasks(loop)
        if not left:
            return
        for task in left:
            task.cancel()
        _, pending = loop.run_until_complete(asyncio.wait(left, timeout=PATIENCE_SECONDS))
        if pending:
            _log.error("%s attempts do not stop; the process ends without them", len(pending))
            logging.shutdown()
            os._exit(1)


def _finish(finished: "asyncio.Future[None]", error: BaseException | None) -> None:
    if finished.done():
        return
    if error is None:
        finished.set_result(None)
    else:
        finished.set_exception(error)


def _make_folder(path: str) -> None:
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"the worker's data folder {path} cannot be used: {error.strerror}") from error


def all_agents(namespace: Mapping[str, Any]) -> list[Agent]:
    """The agents of a module, in the order in which they stand there."""
    return list({id(each): each for each in namespace.values() if isinstance(each, Agent)}.values())
