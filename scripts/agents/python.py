"""Agents in Python: the package's own tests, also against the coordinator's programs, killed and started again; and the
steps of docs/agents/python.md."""

import os
import signal
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor

from trials.agent_pool import ROOT, task

PACKAGE = ROOT / "clients" / "python"
EXAMPLE = ROOT / "examples" / "agents" / "python" / "text_agents.py"
ALONE = ("tests/test_pool.py", "tests/test_keys.py")
GROUPS = [*([name] for name in ALONE), [f"--ignore={name}" for name in ALONE]]
PASSAGES = [
    "The write-ahead log is flushed to disk before a transaction commits.",
    "Before a transaction commits, the write-ahead log is flushed to disk.",
    "A checkpoint writes all dirty pages, so that recovery begins behind it.",
]


def check(pool):
    with pool.step("types are as they are declared (mypy, strict)"):
        run("-m", "mypy", "--no-error-summary", "--cache-dir", str(pool.folder / "mypy"))
    with pool.step("the package's own tests, and workers that join a real pool"):
        # Beside each other: those with a pool wait most of the time.
        with ThreadPoolExecutor(len(GROUPS)) as beside:
            list(beside.map(lambda group: run("-m", "pytest", *group, bin=pool.bin), GROUPS))
    with pool.step("a wheel that says that it is typed"):
        build(pool)
    with pool.step("from nothing to a task done"):
        steps(pool)
    with pool.step("the worker leaves when it is told to"):
        worker = pool.processes["py1"]
        worker.signal(signal.SIGTERM)
        pool.expect("its exit code", worker.child.wait(30), 0)


def run(*words, bin=None):
    """A tool on the package, in the environment of the parts."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    if bin is not None:
        environment["SCRIVENER_BIN"] = str(bin)
    outcome = subprocess.run(
        [sys.executable, *words], cwd=PACKAGE, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if outcome.returncode != 0:
        raise AssertionError(f"{' '.join(words)}:\n{outcome.stdout[-20_000:]}")


def build(pool):
    run("-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation",
        "--wheel-dir", str(pool.folder), ".")
    [wheel] = pool.folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    for name in ("py.typed", "wire/scrivener_pb2.py", "client/coordinator.py"):
        pool.expect(f"{name} is in the wheel", f"agent_scrivener/{name}" in names, True)
    pool.expect("tests in the wheel", [name for name in names if "test" in name], [])


def steps(pool):
    """What the page says, with the example's agents."""
    pool.python_worker("py1", EXAMPLE)
    ended = pool.run(
        task("terms", "key_terms", parameters={"passages": PASSAGES}),
        task("agreements", "near_duplicates", parameters={"passages": PASSAGES}),
        task("nothing", "key_terms"))
    terms = {each["term"]: each["passages"] for each in ended["terms"]["payload"]["terms"]}
    pool.expect("passages that speak of commits", terms.get("commits"), 2)
    pool.expect("passages that speak of writing", terms.get("write"), 3)
    [pair] = ended["agreements"]["payload"]["pairs"]
    pool.expect("what says the same", (pair["one"], pair["other"]), ("passage 1", "passage 2"))
    [insight] = ended["agreements"]["findings"]["insights"]
    pool.expect("its evidence", len(insight["supporting_evidence"]), 2)
    pool.expect_failure(ended["nothing"], "invalid_input", "no_passages")
