"""The agents of workers in Python that tests start beside a real coordinator."""

import asyncio
import os
import signal
import subprocess
import time

from agent_scrivener import AgentFailure, agent


@agent(capabilities=["async_kind"])
async def async_agent(parameters, inputs, context):
    """What `work` says, in the event loop."""
    context.emit(f"attempt {context.attempt}\n")
    await asyncio.sleep(parameters.get("seconds", 0))
    return finish(parameters, inputs, context)


@agent(capabilities=["process_kind"], grace_seconds=0.5)
def process_agent(parameters, inputs, context):
    """The same, in a process of its own."""
    context.emit(f"attempt {context.attempt}\n")
    if "note" in parameters:
        note(parameters["note"])
    if parameters.get("child"):
        subprocess.Popen(["sleep", "600"])
    time.sleep(parameters.get("seconds", 0))
    return finish(parameters, inputs, context)


def finish(parameters, inputs, context):
    if "fail" in parameters:
        raise AgentFailure.permanent(parameters["fail"], "as asked")
    if "status" in parameters:
        os._exit(parameters["status"])
    if "bytes" in parameters:
        return "x" * parameters["bytes"]
    if parameters.get("garbage"):
        return object()
    return {"sum": parameters.get("add", 0) + sum(each.payload["sum"] for each in inputs)}


@agent(grace_seconds=0.5)
def refusing(parameters):
    """Does not die when it is asked to."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "note" in parameters:
        note(parameters["note"])
    while True:
        time.sleep(600)


def note(path):
    """Which process has begun."""
    with open(path, "a") as file:
        file.write(f"{os.getpid()}\n")


@agent
def stepwise(context):
    """Goes on where the attempt before it was, and says how far that had come."""
    before = int(context.previous_checkpoint or b"0")
    context.checkpoint(str(before + 1).encode())
    if before < 2:
        # What it has kept is on its way by then.
        time.sleep(0.2)
        raise AgentFailure.transient("not_yet", f"step {before + 1}")
    return before


@agent
def lasting():
    """Says nothing of its progress."""
    time.sleep(600)
