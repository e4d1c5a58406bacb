"""Workers in Python in a real pool: the coordinator's own programs, killed and started again.

`SCRIVENER_BIN` names the folder of the programs; without it these tests are left out.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from agent_scrivener.client import Coordinator

BIN = os.environ.get("SCRIVENER_BIN")
ROOT = Path(__file__).resolve().parents[3]
AGENTS = Path(__file__).with_name("pool_agents.py")
pytestmark = pytest.mark.skipif(BIN is None, reason="SCRIVENER_BIN names no programs")
sys.path.insert(0, str(ROOT / "scripts"))

from trials.agent_pool import AgentPool, task  # noqa: E402


@pytest.fixture
def pool(request):
    with AgentPool(BIN, request.node.name[:40], lease_seconds=3) as found:
        yield found
        # Shown when the test has failed.
        print(found.last_words())


def join(pool, name="py1", *arguments):
    return pool.python_worker(name, AGENTS, "--log-level", "info", *arguments)


def executions(entry):
    return entry["task"]["executions"]


def restart(pool, process):
    process.signal(signal.SIGKILL)
    process.child.wait()
    process.start()
    if process is pool.coordinator:
        pool.wait("the coordinator is ready again", lambda: pool.get("/readyz"))


def running(pool, session, name):
    pool.wait(f"{name} runs", lambda: pool.status(session, name) == "running")


def begun(pool, path, count=1):
    """The processes that have noted themselves there."""
    def lines():
        return path.read_text().split() if path.exists() else []

    pool.wait(f"{count} attempts have begun", lambda: len(lines()) >= count)
    return [int(line) for line in lines()]


def is_alive(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_a_graph_over_both_kinds_comes_to_its_sum(pool):
    join(pool, "py1", "--slots", "2")
    tasks = [
        task(f"t{number}", "process_kind" if number % 2 else "async_kind",
             [f"t{number - 1}"] if number else [], parameters={"add": number})
        for number in range(12)]
    ended = pool.run(*tasks)
    assert ended["t11"]["payload"] == {"sum": 66}
    assert all(len(executions(entry)) == 1 for entry in ended.values())


def test_more_than_there_are_slots_waits_for_its_turn(pool):
    join(pool, "py1", "--slots", "2")
    ended = pool.run(*[task(f"t{number}", "async_kind", parameters={"add": 1, "seconds": 0.01})
                       for number in range(100)])
    assert sum(entry["payload"]["sum"] for entry in ended.values()) == 100


def test_what_runs_is_not_done_again_when_the_coordinator_was_killed(pool, tmp_path):
    join(pool)
    note = tmp_path / "note"
    session = pool.submit(
        task("a", "process_kind", parameters={"seconds": 3, "add": 1, "note": str(note)}),
        task("b", "async_kind", parameters={"seconds": 3, "add": 2}))
    begun(pool, note)
    running(pool, session, "b")
    restart(pool, pool.coordinator)
    ended = pool.ended(session)
    assert [ended[name]["payload"]["sum"] for name in "ab"] == [1, 2]
    assert [len(executions(ended[name])) for name in "ab"] == [1, 1]


def test_what_ran_on_a_worker_that_was_killed_is_done_again_and_nothing_of_it_lives_on(
        pool, tmp_path):
    worker = join(pool)
    note = tmp_path / "note"
    session = pool.submit(task("a", "process_kind", parameters={
        "seconds": 2, "add": 1, "note": str(note), "child": True}))
    [process] = begun(pool, note)
    time.sleep(0.2)
    children = [int(each) for each in subprocess.run(
        ["pgrep", "-P", str(process)], capture_output=True, text=True).stdout.split()]
    assert children
    restart(pool, worker)
    assert pool.ended(session)["a"]["payload"] == {"sum": 1}
    lost, done = executions(pool.ended(session)["a"])
    assert (lost["failure"]["class"], lost["failure"]["code"]) == ("worker_lost", "worker_died")
    assert done["outcome"] == "completed"
    pool.wait("its processes are gone", lambda: not any(map(is_alive, [process, *children])))


def test_a_result_that_nobody_has_taken_outlives_its_worker(pool, tmp_path):
    worker = join(pool)
    session = pool.submit(task(
        "a", "process_kind", parameters={"seconds": 1, "add": 7}, delivery="at_most_once"))
    running(pool, session, "a")
    time.sleep(0.3)
    pool.coordinator.signal(signal.SIGKILL)
    pool.coordinator.child.wait()
    outbox = pool.folder / "py1" / "outbox"
    pool.wait("the result is kept", lambda: outbox.stat().st_size > 20)
    worker.signal(signal.SIGKILL)
    worker.child.wait()
    worker.start()
    pool.coordinator.start()
    ended = pool.ended(session)["a"]
    assert ended["payload"] == {"sum": 7}
    assert len(executions(ended)) == 1


def test_a_worker_that_meets_another_journal_keeps_what_belongs_to_the_first(pool, tmp_path):
    join(pool)
    session = pool.submit(task("a", "async_kind", parameters={"seconds": 2, "add": 7}))
    running(pool, session, "a")
    pool.coordinator.signal(signal.SIGKILL)
    pool.coordinator.child.wait()
    folder = pool.folder / "coordinator"
    time.sleep(2.5)
    folder.rename(pool.folder / "aside")
    pool.coordinator.start()
    pool.wait("it joins the other", lambda: pool.state("py1") == "connected")
    assert pool.run(task("a", "async_kind", parameters={"add": 1}))["a"]["payload"] == {"sum": 1}
    pool.coordinator.signal(signal.SIGKILL)
    pool.coordinator.child.wait()
    folder.rename(pool.folder / "other")
    (pool.folder / "aside").rename(folder)
    pool.coordinator.start()
    ended = pool.ended(session)["a"]
    assert ended["payload"] == {"sum": 7}
    assert len(executions(ended)) == 1


@pytest.mark.parametrize("kind", ["async_kind", "process_kind", "refusing"])
def test_a_cancelled_session_is_cancelled_when_its_agent_has_stopped(pool, kind):
    join(pool)
    session = pool.submit(task("a", kind, parameters={"seconds": 600}))
    running(pool, session, "a")
    time.sleep(0.5)
    pool.api.request("POST", f"/v1/sessions/{session}/cancel")
    ended = pool.ended(session)["a"]
    assert ended["task"]["status"] == "cancelled"
    assert executions(ended)[-1]["outcome"] == "cancelled"


def test_an_attempt_is_stopped_at_its_timeouts(pool):
    join(pool)
    ended = pool.run(
        task("late", "lasting", timeout_seconds=1, retry={"max_retry_attempts": 0}),
        task("silent", "lasting", progress_timeout_seconds=1, retry={"max_retry_attempts": 0}))
    for name, code in (("late", "task_timeout"), ("silent", "progress_timeout")):
        pool.expect_failure(ended[name], "timeout", code)


def test_the_next_attempt_goes_on_where_the_one_before_it_was(pool):
    join(pool)
    ended = pool.run(task("a", "stepwise", retry={"delay_seconds": 0.05}))
    assert ended["a"]["payload"] == 2
    assert len(executions(ended["a"])) == 3


def test_failures_are_told_as_what_they_were(pool):
    join(pool)
    once = {"max_retry_attempts": 0}
    ended = pool.run(
        task("fails", "async_kind", parameters={"fail": "no_good"}),
        task("large", "async_kind", parameters={"bytes": 2 << 20}),
        task("garbage", "process_kind", parameters={"garbage": True}),
        task("dies", "process_kind", parameters={"status": 3}, retry=once),
        task("wrong", "async_kind", parameters={"add": "x"}, retry=once))
    pool.expect_failure(ended["fails"], "permanent", "no_good")
    pool.expect_failure(ended["large"], "permanent", "result_too_large")
    pool.expect_failure(ended["garbage"], "permanent", "result_invalid_json")
    pool.expect_failure(ended["dies"], "transient", "exit_code")
    failure = pool.expect_failure(ended["wrong"], "transient", "agent_error")
    assert failure["worker"] == "py1"
    assert "pool_agents.py" in failure["stack_trace"]


def test_what_agents_say_can_be_read_while_they_run(pool):
    join(pool)
    session = pool.submit(task("a", "process_kind", parameters={"seconds": 2}))
    with Coordinator(pool.url) as coordinator:
        events = coordinator.task_log(session, "a")
        told = [event.data["text"] for event in events if event.name == "log"]
    assert "".join(told) == "attempt 1\n"


def test_a_worker_that_is_told_to_stop_finishes_what_runs_and_leaves(pool):
    worker = join(pool, "py1", "--slots", "1", "--drain-seconds", "30")
    session = pool.submit(
        task("runs", "process_kind", parameters={"seconds": 2, "add": 1}),
        task("waits", "process_kind", parameters={"add": 2}))
    running(pool, session, "runs")
    time.sleep(0.3)
    worker.signal(signal.SIGTERM)
    assert worker.child.wait(30) == 0
    assert pool.status(session, "runs") == "completed"
    assert pool.status(session, "waits") == "ready"
    assert pool.state("py1") == "lost"
    join(pool, "py2")
    assert pool.ended(session)["waits"]["payload"] == {"sum": 2}


def test_a_worker_that_has_no_time_left_hands_back_what_it_stops(pool):
    worker = join(pool, "py1", "--drain-seconds", "0.2")
    session = pool.submit(task("a", "async_kind", parameters={"seconds": 5, "add": 1}))
    running(pool, session, "a")
    worker.signal(signal.SIGTERM)
    assert worker.child.wait(30) == 0
    join(pool, "py2")
    first, second = executions(pool.ended(session)["a"])
    assert first["failure"]["code"] == "drained"
    assert second["outcome"] == "completed"


def test_a_worker_leaves_although_an_agent_refuses_to_stop(pool, tmp_path):
    worker = join(pool, "py1", "--drain-seconds", "0.2")
    note = tmp_path / "note"
    session = pool.submit(task("a", "refusing", parameters={"note": str(note)}))
    [process] = begun(pool, note)
    worker.signal(signal.SIGTERM)
    assert worker.child.wait(30) == 0
    assert not is_alive(process)
    assert pool.status(session, "a") == "ready"


def test_a_coordinator_has_a_worker_drain(pool):
    worker = join(pool)
    with Coordinator(pool.url) as coordinator:
        coordinator.drain_worker("py1")
    assert worker.child.wait(30) == 0


def test_a_newer_process_of_the_same_name_fences_the_older(pool):
    older = join(pool)
    newer = pool.add("again", [
        sys.executable, "-m", "agent_scrivener", str(AGENTS), "--coordinator", pool.endpoint,
        "--id", "py1"])
    newer.environment["PYTHONPATH"] = str(ROOT / "clients" / "python" / "src")
    newer.start()
    assert older.child.wait(30) == os.EX_CONFIG


def test_a_worker_that_was_frozen_for_longer_than_its_lease_takes_up_what_is_left(pool):
    worker = join(pool)
    session = pool.submit(*[
        task(f"t{number}", "async_kind", parameters={"seconds": 0.5, "add": 1})
        for number in range(20)])
    running(pool, session, "t0")
    worker.signal(signal.SIGSTOP)
    time.sleep(5)
    worker.signal(signal.SIGCONT)
    ended = pool.ended(session)
    assert {entry["task"]["status"] for entry in ended.values()} == {"completed"}


def test_settings_that_are_wrong_end_the_worker_before_it_joins(pool):
    command = [
        sys.executable, "-m", "agent_scrivener", str(AGENTS), "--id", "no name", "--slots", "0"]
    outcome = subprocess.run(
        command, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "clients" / "python" / "src")})
    assert outcome.returncode == os.EX_CONFIG
    assert "slots must be 1…10000" in outcome.stderr
