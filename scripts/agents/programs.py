"""Programs as agents: each attempt a process, one process for all of them, and everything that goes wrong."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from trials.agent_pool import PATIENCE, task

ONCE = {"retry": {"max_retry_attempts": 0}}

# One process an attempt: what it does is in its parameters.
RUN = '''
import json, os, signal, subprocess, sys, time
request = json.load(open(os.environ["SCRIVENER_REQUEST"])) if "SCRIVENER_REQUEST" in os.environ \\
    else json.load(sys.stdin)
what = request["parameters"].get("do", "count")
if what == "count":
    for half in (0.5, 1):
        print(json.dumps({"progress": half, "message": "counting"}), file=sys.stderr)
    open("left-behind", "w").write("x")
    print(json.dumps({"payload": {"words": len(request["parameters"].get("text", "").split()),
                                  "folder": os.getcwd()},
                      "usage": {"input_tokens": 7}}))
elif what == "kill": os.kill(os.getpid(), signal.SIGKILL)
elif what == "crash": os.abort()
elif what == "hang": time.sleep(600)
elif what == "garbage": print("loading model...")
elif what == "oversize": print(json.dumps("x" * 200_000))
elif what == "slow":
    for letter in '"slow"':
        print(letter, end="", flush=True)
        time.sleep(0.2)
elif what == "memory":
    held = b"x" * (300 << 20)
    time.sleep(60)
elif what == "spin":
    while True: pass
elif what == "refuse":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(["sleep", "600"])
    open(request["parameters"]["pids"], "w").write(f"{os.getpid()} {child.pid}")
    time.sleep(600)
elif what == "resume":
    if "checkpoint" in request: print(json.dumps(request["checkpoint"]))
    else:
        print(json.dumps({"checkpoint": {"page": 3}}), file=sys.stderr, flush=True)
        time.sleep(1)
        sys.exit(75)
'''

# One process for all attempts, each in a thread.
SERVE = '''
import json, os, sys, threading
lock, stops = threading.Lock(), {}
def say(**message):
    with lock: print(json.dumps(message), flush=True)
def run(id, do, stop):
    if do == "count": say(type="result", id=id, payload=os.getpid())
    elif do == "crash": os.abort()
    elif do == "garbage": print("a stray print", flush=True)
    elif do == "typo": say(type="results", id=id)
    elif do == "oversize": say(type="result", id=id, payload="x" * 200_000)
    elif do == "wait":
        say(type="progress", id=id, progress=0.5)
        stop.wait()
        say(type="stopped", id=id)
say(type="ready", health=True)
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "start":
        do = message["task"]["parameters"].get("do", "count")
        stop = stops[message["id"]] = threading.Event()
        if do == "deaf": stops[message["id"]] = threading.Event(); continue
        threading.Thread(target=run, args=(message["id"], do, stop), daemon=True).start()
    elif message["type"] == "cancel": stops[message["id"]].set()
    elif message["type"] == "health": say(type="health", id=message["id"], status="healthy")
'''


def check(pool):
    run, serve = pool.file("run.py", RUN), pool.file("serve.py", SERVE)
    with pool.step("from nothing to a task"):
        pool.agents_worker("programs", json.dumps({"agents": agents(run, serve)}))
        first_task(pool)
    failures(pool)
    goes_on(pool)
    refusal(pool)
    served(pool)
    worker_death(pool, run, serve)
    sandbox(pool, run)


def agents(run, serve):
    def program(name, script, **fields):
        return {"name": name, "command": [sys.executable, str(script)],
                "max_output_bytes": 100_000, "termination_grace_seconds": 1, **fields}

    return [
        program("run", run, slots=8),
        program("filed", run, request="file", tags=["files"], version="1"),
        program("bounded", run, max_memory_mib=128, max_cpu_seconds=1, max_wall_seconds=20),
        program("brief", run, max_wall_seconds=0.5),
        program("serve", serve, mode="serve", slots=8),
        program("least", serve, mode="serve", max_wall_seconds=0.5),
    ]


def ask(pool, agent, do="count", **fields):
    parameters = {"do": do, **fields.pop("parameters", {})}
    return pool.run(task("t", "program", assigned_agent=agent, parameters=parameters, **fields))["t"]


def first_task(pool):
    entry = ask(pool, "run", parameters={"text": "to be or not to be"})
    pool.expect("words", entry["payload"]["words"], 6)
    if os.path.exists(entry["payload"]["folder"]):
        raise AssertionError("the folder of the attempt is still there")
    pool.expect("of a file", ask(pool, "filed", parameters={"text": "a b"})["payload"]["words"], 2)


def failures(pool):
    with pool.step("a program that is killed, crashes, hangs, talks nonsense, says too much"):
        for agent, do, failure_class, code in [
                ("run", "kill", "transient", "signal"), ("run", "crash", "transient", "signal"),
                ("brief", "hang", "timeout", "child_wall_time_limit"),
                ("run", "garbage", "permanent", "invalid_output"),
                ("run", "oversize", "permanent", "child_output_too_large"),
                ("bounded", "memory", "permanent", "child_memory_limit"),
                ("bounded", "spin", "permanent", "child_cpu_limit")]:
            pool.expect_failure(ask(pool, agent, do, **ONCE), failure_class, code)
        pool.expect("slow output", ask(pool, "run", "slow")["payload"], "slow")


def goes_on(pool):
    with pool.step("an attempt goes on where another was"):
        entry = ask(pool, "run", "resume", retry={"max_retry_attempts": 2})
        pool.expect("its checkpoint", entry["payload"], {"page": 3})


def is_alive(pid):
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def refusal(pool):
    with pool.step("one that refuses to stop, with a child: cancelled when both are dead"):
        pids = pool.folder / "pids"
        session = pool.submit(task(
            "t", "program", assigned_agent="run",
            parameters={"do": "refuse", "pids": str(pids)}))
        pool.wait("it runs", lambda: pids.exists() and len(pids.read_text().split()) == 2)
        started = pids.read_text().split()
        cancel(pool, session)
        pool.ended(session)
        for pid in started:
            if is_alive(pid):
                raise AssertionError(f"{pid} lives after cancelled was shown")


def cancel(pool, session):
    status, answer = pool.api.request("POST", f"/v1/sessions/{session}/cancel")
    if status >= 300:
        raise AssertionError(f"not cancelled: {status}: {answer}")


def served(pool):
    with pool.step("one process serves all, crashes, and serves on"):
        first = ask(pool, "serve")["payload"]
        pool.expect("the same process", ask(pool, "serve")["payload"], first)
        for do, failure_class, code in [
                ("crash", "transient", "served_process_ended"),
                ("garbage", "permanent", "invalid_output"),
                ("typo", "permanent", "invalid_output"),
                ("oversize", "permanent", "child_output_too_large")]:
            pool.expect_failure(ask(pool, "serve", do, **ONCE), failure_class, code)
        pool.expect_failure(
            ask(pool, "least", "wait", **ONCE), "timeout", "child_wall_time_limit")
        pool.expect_failure(
            ask(pool, "least", "deaf", **ONCE), "timeout", "child_wall_time_limit")
    with pool.step("one that it does not stop costs the process, and only itself"):
        before = ask(pool, "serve")["payload"]
        waiting = pool.submit(task(
            "t", "program", assigned_agent="serve", parameters={"do": "wait"}, **ONCE))
        deaf = pool.submit(task("t", "program", assigned_agent="serve", parameters={"do": "deaf"}))
        for session in (waiting, deaf):
            pool.wait("it runs", lambda: pool.status(session, "t") == "running")
        # Whether the program has read of both.
        pool.expect("the same process", ask(pool, "serve")["payload"], before)
        cancel(pool, deaf)
        pool.ended(deaf)
        if is_alive(before):
            raise AssertionError("the process lives after cancelled was shown")
        pool.expect_failure(pool.ended(waiting)["t"], "transient", "served_process_killed")


def worker_death(pool, run, serve):
    with pool.step("a worker that is killed: nothing of its programs is left, and the task runs again"):
        pids = pool.folder / "orphans"
        session = pool.submit(task(
            "t", "program", assigned_agent="run",
            parameters={"do": "refuse", "pids": str(pids)}))
        pool.wait("it runs", lambda: pids.exists() and len(pids.read_text().split()) == 2)
        started = pids.read_text().split() + [str(ask(pool, "serve")["payload"])]
        pids.unlink()
        pool.processes["programs"].signal(signal.SIGKILL)
        pool.wait("they are dead", lambda: not any(map(is_alive, started)))
        pool.join("programs")
        pool.wait("it runs again", lambda: pids.exists() and len(pids.read_text().split()) == 2)
        cancel(pool, session)
        pool.ended(session)


def sandbox(pool, run):
    described = json.dumps({"agents": [{
        "name": "boxed", "command": [sys.executable, str(run)], "sandbox": "bubblewrap",
        "sandbox_paths": [str(run), sys.prefix, sys.base_prefix]}]})
    command = [
        str(pool.bin / "scrivener-worker"), *pool.identity("boxed"), "--agents", "noop",
        "--agents-file", str(pool.file("boxed.yaml", described))]
    with pool.step("a sandbox that is asked for, or no worker"):
        if shutil.which("bwrap") and subprocess.run(
                ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"],
                capture_output=True).returncode == 0:
            pool.join("boxed", command)
            entry = ask(pool, "boxed", parameters={"text": "a b c"})
            pool.expect("words", entry["payload"]["words"], 3)
        else:
            ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
            pool.expect("the exit code", ended.returncode, 78)
            if "bwrap" not in ended.stdout + ended.stderr:
                raise AssertionError(f"it does not say why: {ended.stderr}")
