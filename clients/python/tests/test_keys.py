"""Workers in Python with keys, against the coordinator's own programs: listed, revoked, enrolled, and all keys changed
while they work. `SCRIVENER_BIN` names the folder of the programs."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

BIN = os.environ.get("SCRIVENER_BIN")
ROOT = Path(__file__).resolve().parents[3]
AGENTS = Path(__file__).with_name("pool_agents.py")
pytestmark = pytest.mark.skipif(BIN is None, reason="SCRIVENER_BIN names no programs")
sys.path.insert(0, str(ROOT / "scripts"))

from trials.agent_pool import AgentPool, task  # noqa: E402


@pytest.fixture
def pool():
    with AgentPool(BIN, "keys", lease_seconds=3, has_keys=True) as found:
        yield found
        # Shown when the test has failed.
        print(found.last_words())


def named(pool, name="py1", key=None):
    """The options of a worker with a key of its own."""
    return [
        "--coordinator-key", str(pool.key_folder / "coordinator.public"),
        "--key", str(key or pool.key_folder / f"{name}.secret")]


def replica(pool, token=None):
    return [
        "--pool", "research", "--coordinator-key", str(pool.key_folder / "coordinator.public"),
        "--pool-token", str(token or pool.key_folder / "research.token")]


def start(pool, name, *arguments):
    """A worker that may not be let in."""
    process = pool.add(name, [
        sys.executable, "-m", "agent_scrivener", str(AGENTS), *pool.identity(name), *arguments])
    process.environment["PYTHONPATH"] = str(ROOT / "clients" / "python" / "src")
    process.start()
    return process


def joins(pool, worker):
    pool.wait(f"{worker} joins", lambda: pool.state(worker) == "connected")


def works(pool):
    ended = pool.run(task("a", "async_kind", parameters={"add": 3}))
    assert ended["a"]["payload"] == {"sum": 3}


def logged(pool, name, text, count=1):
    pool.wait(f"{name} logs {text!r}", lambda: pool.log(name).count(text) >= count)


def test_a_worker_whose_key_is_listed_works_and_one_that_is_revoked_leaves(pool):
    pool.keys("add-worker", "py1")
    worker = start(pool, "py1", *named(pool))
    joins(pool, "py1")
    works(pool)
    pool.keys("revoke", "py1")
    assert worker.child.wait(30) == os.EX_CONFIG
    assert "access_revoked" in pool.log("py1")


def test_a_worker_that_is_not_listed_says_so_and_joins_when_it_is(pool):
    pool.keys("add-worker", "py1")
    pool.keys("add-worker", "py2")
    listed = (pool.key_folder / "workers").read_text()
    (pool.key_folder / "workers").write_text(
        "".join(line for line in listed.splitlines(True) if not line.startswith("py1 ")))
    start(pool, "py1", *named(pool))
    logged(pool, "py1", "does not know this worker's key")
    (pool.key_folder / "workers").write_text(listed)
    joins(pool, "py1")


def test_a_worker_cannot_take_another_ones_name(pool):
    pool.keys("add-worker", "py1")
    worker = start(pool, "py2", *named(pool, "py1"))
    assert worker.child.wait(30) == os.EX_CONFIG
    assert "access_denied" in pool.log("py2")


def test_a_workers_own_key_is_changed_while_it_works(pool):
    pool.keys("add-worker", "py1")
    start(pool, "py1", *named(pool))
    joins(pool, "py1")
    session = pool.submit(task("a", "process_kind", parameters={"add": 1, "seconds": 5}))
    new = pool.key_folder / "py1.new"
    pool.keys("add-worker", "py1", "--replace", "--output", str(new))
    time.sleep(2)
    os.replace(new, pool.key_folder / "py1.secret")
    logged(pool, "py1", "registered (", 2)
    pool.keys("revoke", "py1", "--old")
    ended = pool.ended(session)["a"]
    assert ended["payload"] == {"sum": 1}
    assert len(ended["task"]["executions"]) == 1


def test_a_replica_enrols_and_is_known_after_a_restart_of_either(pool):
    pool.keys("pool-token", "research")
    worker = start(pool, "r1", *replica(pool))
    joins(pool, "research/r1")
    works(pool)
    for process in (pool.coordinator, worker):
        process.signal(signal.SIGKILL)
        process.child.wait()
        process.start()
        pool.wait("the coordinator is ready", lambda: pool.get("/readyz"))
        pool.wait("it is back", lambda: pool.state("research/r1") == "connected")
        works(pool)
    assert pool.log("r1").count("enrolled as research/r1") == 1


def test_a_replica_whose_token_is_refused_says_so(pool):
    pool.keys("pool-token", "research")
    pool.keys("pool-token", "other")
    start(pool, "r1", *replica(pool, pool.key_folder / "other.token"))
    logged(pool, "r1", "does not enrol this worker (access_denied")


def test_a_pools_token_is_changed_while_its_replicas_work(pool):
    pool.keys("pool-token", "research")
    start(pool, "r1", *replica(pool))
    joins(pool, "research/r1")
    new = pool.key_folder / "research.new"
    pool.keys("pool-token", "research", "--output", str(new))
    time.sleep(2)
    os.replace(new, pool.key_folder / "research.token")
    logged(pool, "r1", "enrolled as research/r1", 2)
    pool.keys("revoke", "research", "--old")
    time.sleep(2)
    works(pool)


def test_the_coordinators_key_is_changed_while_workers_work(pool):
    pool.keys("add-worker", "py1")
    given = pool.folder / "coordinator.public"
    given.write_bytes((pool.key_folder / "coordinator.public").read_bytes())
    options = [
        "--coordinator-key", str(given), "--key", str(pool.key_folder / "py1.secret")]
    worker = start(pool, "py1", *options)
    joins(pool, "py1")
    session = pool.submit(task("a", "process_kind", parameters={"add": 1, "seconds": 8}))
    pool.wait("it runs", lambda: pool.status(session, "a") == "running")
    pool.keys("rotate")
    logged(pool, "py1", "the coordinator has another key")
    logged(pool, "py1", "registered (", 2)
    pool.keys("rotate", "--finish")
    logged(pool, "py1", "registered (", 3)
    ended = pool.ended(session)["a"]
    assert ended["payload"] == {"sum": 1}
    assert len(ended["task"]["executions"]) == 1
    # It remembers the key, which is not in the file that it was given.
    worker.signal(signal.SIGKILL)
    worker.child.wait()
    worker.start()
    joins(pool, "py1")
    works(pool)
