"""Agents in processes of their own: real ones, which are interrupted, killed, and die."""

import asyncio
import os
import signal
import subprocess
import threading
import time

import process_agents
import pytest
from agent_scrivener.machine.events import Checkpointed, Ended, Initialized, Progressed
from agent_scrivener.model.attempts import AttemptReference
from agent_scrivener.model.failure import FailureClass
from agent_scrivener.model.incoming import Assignment, Item, Session
from agent_scrivener.wire.json_text import encode_json
from agent_scrivener.worker.guard import Guard
from agent_scrivener.worker.mailbox import Abandon, Mailbox
from agent_scrivener.worker.process_host import ProcessHost
from agent_scrivener.worker.processes import descendants
from agent_scrivener.worker.reports import AgentReports

PATIENCE = 60


class Bench:
    """A host, and what it reports."""

    def __init__(self, agent):
        self.mailbox = Mailbox()
        self.reports = AgentReports(self.mailbox, "w1", None)
        self.guard = Guard()
        self.host = ProcessHost(
            0, agent, asyncio.new_event_loop(), self.reports, self.mailbox, self.guard)
        self.posts = []
        self.count = 0

    def start(self, parameters=None):
        self.count += 1
        attempt = AttemptReference(1, 0, self.count)
        item = Item(
            attempt, 0, "t", "kind",
            parameters=encode_json(parameters or {}, 128, "parameters"))
        self.host.start(Assignment(item, Session(1, "s-1")))
        return attempt

    def wait_for(self, kind, patience=PATIENCE):
        """The next report of a kind."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            self.posts += self.mailbox.drain()
            for post in self.posts:
                if isinstance(post, kind):
                    self.posts.remove(post)
                    return post
            time.sleep(0.005)
        raise AssertionError(f"no {kind.__name__}")

    def output(self):
        """What has been said, once something has."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            said = self.reports.output.take()
            if said:
                return said[0].text
            time.sleep(0.005)
        raise AssertionError("nothing was said")

    def outcome(self):
        result = self.wait_for(Ended).result
        self.host.forget(result.attempt)
        return result.outcome

    def run(self, parameters=None):
        self.start(parameters)
        return self.outcome()

    def close(self):
        self.host.begin_closing()
        asyncio.run(self.host.shut_down(10))
        self.guard.close()
        self.mailbox.close()


@pytest.fixture
def bench():
    made = []

    def make(agent):
        made.append(Bench(agent))
        return made[-1]

    yield make
    for each in made:
        each.close()


def is_alive(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_an_attempt_is_executed_and_its_usage_measured(bench):
    outcome = bench(process_agents.echo).run({"a": [1]})
    assert outcome.payload == b'{"a":[1]}'
    assert outcome.usage.peak_memory_bytes > 1 << 20


def test_an_agent_is_ready_when_its_process_is(bench):
    world = bench(process_agents.echo)
    world.host.initialize()
    assert world.wait_for(Initialized).failure is None


def test_a_process_serves_one_attempt_after_the_other(bench):
    world = bench(process_agents.counting)
    assert [world.run().payload for _ in range(3)] == [b"1", b"2", b"3"]


def test_attempts_run_beside_each_other(bench):
    world = bench(process_agents.asynchronous)
    for _ in range(2):
        world.start({"seconds": 0.2})
    assert [world.outcome().payload for _ in range(2)] == [b'"slept"'] * 2


def test_a_failure_is_told_with_what_was_said(bench):
    world = bench(process_agents.failing)
    failure = world.run().failure
    assert (failure.failure_class, failure.code, failure.worker) == (
        FailureClass.PERMANENT, "no_good", "w1")
    assert failure.log_tail == ("info about to fail",)
    assert world.wait_for(Progressed).progress.permille == 500
    assert world.wait_for(Checkpointed).kept == b"kept"


def test_a_stop_interrupts_the_function_which_cleans_up(bench, tmp_path):
    world = bench(process_agents.obedient)
    attempt = world.start({"path": str(tmp_path / "clean")})
    world.output()
    world.host.stop(attempt)
    assert world.outcome().failure.failure_class is FailureClass.CANCELLED
    assert (tmp_path / "clean").exists()


def test_an_async_function_in_a_process_is_cancelled(bench):
    world = bench(process_agents.asynchronous)
    attempt = world.start({"seconds": 60})
    time.sleep(0.5)
    world.host.stop(attempt)
    assert world.outcome().failure.failure_class is FailureClass.CANCELLED
    assert world.run({"seconds": 0}).payload == b'"slept"'


@pytest.mark.parametrize("agent", [process_agents.deaf, process_agents.in_c])
def test_who_does_not_stop_is_killed_and_only_then_is_it_said(bench, agent):
    world = bench(agent)
    attempt = world.start()
    process = int(world.output())
    world.host.stop(attempt)
    assert world.outcome().failure is not None
    assert not is_alive(process)


def test_nothing_that_a_stopped_attempt_has_started_lives_on(bench):
    world = bench(process_agents.parent)
    attempt = world.start()
    processes = [int(each) for each in world.output().split()]
    # The daemon is one by now.
    time.sleep(0.3)
    assert all(map(is_alive, processes))
    world.host.stop(attempt)
    assert world.outcome().failure is not None
    assert not any(map(is_alive, processes))


def test_a_death_is_noticed_while_what_it_has_forked_lives(bench):
    world = bench(process_agents.forking)
    world.start()
    child = int(world.output())
    assert world.outcome().failure.code == "signal"
    # It is in the session of the dead one.
    assert not is_alive(child)


def test_a_thread_that_an_attempt_has_left_says_nothing_for_the_next(bench):
    world = bench(process_agents.haunted)
    assert world.run({"ghost": True}).failure is None
    assert world.run().failure is None
    assert not any(isinstance(post, Checkpointed) for post in world.posts)


def test_a_thread_that_a_stopped_attempt_has_left_dies_with_its_process(bench):
    world = bench(process_agents.haunted)
    attempt = world.start({"ghost": True, "long": True})
    process = int(world.output())
    world.host.stop(attempt)
    assert world.outcome().failure.failure_class is FailureClass.CANCELLED
    assert not is_alive(process)


def test_a_stop_that_comes_too_late_stops_nobody_else(bench):
    world = bench(process_agents.echo)
    for number in range(30):
        attempt = world.start({"n": number})
        thread = threading.Thread(target=world.host.stop, args=(attempt,))
        thread.start()
        world.outcome()
        thread.join()
        assert world.run({"after": number}).payload == b'{"after":%d}' % number


@pytest.mark.parametrize(("parameters", "failure_class", "code", "told"), [
    ({"signal": "SIGSEGV"}, FailureClass.TRANSIENT, "signal", "SIGSEGV"),
    ({"signal": "SIGKILL"}, FailureClass.TRANSIENT, "signal", "SIGKILL"),
    ({"status": 1}, FailureClass.TRANSIENT, "exit_code", "status 1"),
    ({"status": 65}, FailureClass.INVALID_INPUT, "exit_code", "status 65"),
    ({"status": 70}, FailureClass.PERMANENT, "exit_code", "status 70"),
])
def test_the_death_of_a_process_fails_its_attempt_and_no_other(
        bench, parameters, failure_class, code, told):
    world = bench(process_agents.dying)
    for _ in range(2):
        failure = world.run(parameters).failure
        assert (failure.failure_class, failure.code) == (failure_class, code)
        assert told in failure.message


def test_a_process_that_died_while_it_was_idle_is_replaced(bench):
    world = bench(process_agents.counting)
    world.run()
    process = next(iter(world.guard._sessions))
    os.kill(process, signal.SIGKILL)
    while is_alive(process):
        time.sleep(0.005)
    assert world.run().payload == b"1"


def test_an_agent_that_can_never_start_ends_the_worker(bench):
    world = bench(process_agents.hopeless)
    world.host.initialize()
    assert "no model" in str(world.wait_for(Abandon).error)


def test_an_agent_whose_process_dies_at_once_is_not_ready(bench):
    world = bench(process_agents.echo)
    world.host._agent = process_agents.stillborn
    world.host.initialize()
    assert "before it was ready" in world.wait_for(Initialized).failure


def test_the_guard_kills_what_is_left_when_its_worker_dies():
    child = subprocess.Popen(
        ["sh", "-c", "sleep 60 & wait"], start_new_session=True, stdout=subprocess.DEVNULL)
    guard = Guard()
    guard.watch(child.pid)
    while not descendants(child.pid):
        time.sleep(0.01)
    left = [child.pid, *descendants(child.pid)]
    guard.close()
    child.wait()
    assert not any(map(is_alive, left))


def test_without_a_guard_nothing_is_started_and_what_there_is_can_be_buried(monkeypatch):
    """The host has no more processes to give: an attempt whose end nobody tells would hang for ever."""
    guard = Guard()
    nobody = (1 << 22) + 1
    guard.watch(nobody)
    guard._process.kill()
    guard._process.wait()

    def refused(*_, **__):
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(subprocess, "Popen", refused)
    guard.release(nobody)
    with pytest.raises(BlockingIOError):
        guard.watch(nobody)
    guard.release(nobody)
    guard.close()


def test_a_guard_that_was_killed_is_replaced_by_one_that_knows_all():
    children = [
        subprocess.Popen(["sleep", "60"], start_new_session=True) for _ in range(2)]
    guard = Guard()
    guard.watch(children[0].pid)
    guard._process.kill()
    guard._process.wait()
    guard.watch(children[1].pid)
    guard.close()
    for child in children:
        assert child.wait() == -signal.SIGKILL
