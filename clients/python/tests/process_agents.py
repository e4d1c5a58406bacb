"""Agents that run in processes of their own, for tests."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time

from agent_scrivener import AgentFailure, agent

STATE = {"calls": 0}


def begin():
    STATE["ready"] = True


@agent(initialize=begin)
def echo(parameters):
    return parameters


@agent(grace_seconds=0.5)
def obedient(parameters, context):
    """Cleans up when it is stopped."""
    context.emit("began")
    try:
        time.sleep(60)
    finally:
        open(parameters["path"], "w").close()


@agent(grace_seconds=0.5)
def deaf(parameters, context):
    """Stops for nothing but SIGKILL."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    context.emit(str(os.getpid()))
    while True:
        time.sleep(60)


@agent(grace_seconds=0.5)
def in_c(context):
    """Never comes back to the interpreter."""
    context.emit(str(os.getpid()))
    sum(range(10**14))


@agent(grace_seconds=0.5)
def parent(context):
    """Leaves a child, and a daemon, behind when it is stopped."""
    child = subprocess.Popen(["sleep", "60"])
    daemon = subprocess.Popen(
        [sys.executable, "-c", "import os, time; os.setsid(); time.sleep(60)"])
    context.emit(f"{child.pid} {daemon.pid}")
    time.sleep(60)


@agent(grace_seconds=0.5)
def forking(context):
    """Is killed while something that it has forked holds all that it had open."""
    reader, _ = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(reader, 1)
        os._exit(0)
    context.emit(str(child))
    os.kill(os.getpid(), signal.SIGKILL)


@agent(grace_seconds=0.5)
def haunted(parameters, context):
    """Leaves a thread behind, which speaks when another attempt is being executed."""
    if parameters.get("ghost"):
        def speak():
            STATE["spoken"].wait()
            context.checkpoint(b'"of another"')

        STATE["spoken"] = threading.Event()
        STATE["ghost"] = threading.Thread(target=speak, daemon=True)
        STATE["ghost"].start()
        if parameters.get("long"):
            context.emit(str(os.getpid()))
            time.sleep(60)
    else:
        STATE["spoken"].set()
        STATE["ghost"].join()


@agent(process=True)
async def asynchronous(parameters):
    await asyncio.sleep(parameters["seconds"])
    return "slept"


@agent
def counting():
    """What a process keeps between its attempts."""
    STATE["calls"] += 1
    return STATE["calls"]


@agent
def dying(parameters):
    if "signal" in parameters:
        os.kill(os.getpid(), signal.Signals[parameters["signal"]])
    os._exit(parameters["status"])


@agent
def failing(context):
    context.logger.info("about to fail")
    context.progress(0.5, "half")
    context.checkpoint(b"kept")
    raise AgentFailure.permanent("no_good", "it is no good")


def refuse():
    raise AgentFailure.permanent("no_model", "there is no model")


@agent(initialize=refuse)
def hopeless():
    pass


@agent(initialize=lambda: os._exit(9))
def stillborn():
    pass
