"""Async agents, in the worker's event loop."""

import asyncio
import contextlib

from agent_scrivener import AgentFailure, agent
from agent_scrivener.machine.events import Ended, HealthChecked, Initialized
from agent_scrivener.model.attempts import AttemptReference
from agent_scrivener.model.failure import FailureClass
from agent_scrivener.model.incoming import Assignment, Item, Session
from agent_scrivener.model.outgoing import HealthState
from agent_scrivener.worker.loop_host import LoopHost
from agent_scrivener.worker.mailbox import Abandon, EndedSaying, Mailbox
from agent_scrivener.worker.reports import AgentReports

ONE = AttemptReference(1, 0, 1)


class Bench:
    """A host in the test's own event loop."""

    def __init__(self, agent):
        self.mailbox = Mailbox()
        self.reports = AgentReports(self.mailbox, "w1", None)
        self.host = LoopHost(
            0, agent, asyncio.get_running_loop(), self.reports, self.mailbox)

    def start(self):
        self.host.start(Assignment(Item(ONE, 0, "t", "kind"), Session(1, "s-1")))

    async def next(self, kind):
        for _ in range(2_000):
            for post in self.mailbox.drain():
                if isinstance(post, kind):
                    return post
            await asyncio.sleep(0.001)
        raise AssertionError(f"no {kind.__name__}")

    async def failure(self):
        return (await self.next(Ended)).result.outcome.failure


def in_loop(scenario):
    def test():
        asyncio.run(scenario())

    test.__doc__ = scenario.__doc__
    return test


@in_loop
async def test_a_function_is_awaited():
    @agent
    async def one():
        await asyncio.sleep(0.001)
        return [1]

    bench = Bench(one)
    bench.start()
    result = (await bench.next(Ended)).result
    assert result.outcome.payload == b"[1]"
    assert result.run_time_ns >= 1_000_000


@in_loop
async def test_what_it_said_goes_before_its_end():
    @agent
    async def talking(context):
        context.emit("a word")

    bench = Bench(talking)
    bench.start()
    await asyncio.sleep(0.01)
    kinds = [type(post) for post in bench.mailbox.drain()]
    assert kinds.index(EndedSaying) < kinds.index(Ended)


@in_loop
async def test_a_stop_is_a_cancellation_and_its_end_the_proof():
    cleaned = []

    @agent
    async def sleeping(context):
        try:
            await asyncio.sleep(60)
        finally:
            assert context.is_cancelled
            cleaned.append(True)

    bench = Bench(sleeping)
    bench.start()
    await asyncio.sleep(0.01)
    bench.host.stop(ONE)
    assert (await bench.failure()).failure_class is FailureClass.CANCELLED
    assert cleaned


@in_loop
async def test_a_stop_before_the_first_step_is_told_as_well():
    @agent
    async def never():
        raise AssertionError("it has begun")

    bench = Bench(never)
    bench.start()
    bench.host.stop(ONE)
    assert (await bench.failure()).failure_class is FailureClass.CANCELLED


@in_loop
async def test_who_ignores_a_cancellation_has_not_stopped():
    @agent
    async def stubborn():
        for _ in range(3):
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0.02)
        return "all the same"

    bench = Bench(stubborn)
    bench.start()
    await asyncio.sleep(0.01)
    bench.host.stop(ONE)
    assert (await bench.next(Ended)).result.outcome.payload == b'"all the same"'


@in_loop
async def test_an_agent_that_wants_to_end_the_process_fails_alone():
    @agent
    async def leaving():
        raise SystemExit(3)

    bench = Bench(leaving)
    bench.start()
    assert (await bench.failure()).code == "agent_error"


@in_loop
async def test_an_initialization_that_fails_is_told():
    async def begin():
        raise OSError("no disk")

    @agent(initialize=begin)
    async def late():
        pass

    bench = Bench(late)
    bench.host.initialize()
    assert (await bench.next(Initialized)).failure == "no disk"


@in_loop
async def test_what_can_never_start_ends_the_worker():
    def begin():
        raise AgentFailure.permanent("no_model", "there is none")

    @agent(initialize=begin)
    async def hopeless():
        pass

    bench = Bench(hopeless)
    bench.host.initialize()
    assert "no_model" in str((await bench.next(Abandon)).error)


@in_loop
async def test_an_agent_says_how_it_is():
    answers = [None, "slow", OSError("broken")]

    async def ask():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @agent(health_check=ask)
    async def asked():
        pass

    bench = Bench(asked)
    for state, message in (
            (HealthState.READY, ""), (HealthState.DEGRADED, "slow"),
            (HealthState.FAILED, "broken")):
        bench.host.check_health()
        found = await bench.next(HealthChecked)
        assert (found.state, found.message) == (state, message)


@in_loop
async def test_an_agent_is_shut_down_after_its_last_attempt():
    ended = []

    async def finish():
        ended.append(True)

    @agent(shutdown=finish)
    async def resting():
        await asyncio.sleep(60)

    bench = Bench(resting)
    bench.host.initialize()
    await bench.next(Initialized)
    bench.start()
    await asyncio.sleep(0.01)
    bench.host.begin_closing()
    await bench.host.shut_down(5)
    assert ended
