"""The agents of the workers in Python: what the echo agent of the others does (Sources/ScrivenerAgents), in the event
loop and in a process of its own. Both take the same tasks."""

import asyncio
import os
import signal
import time

from agent_scrivener import AgentFailure, FailureClass, agent

# A sleeping agent says so often that it lives.
STEP_SECONDS = 0.5


@agent(name="echo", capabilities=["noop"])
async def echo(parameters, inputs, context):
    """In the event loop."""
    begin(parameters, context)
    for step, done in steps(parameters):
        try:
            await asyncio.sleep(step)
        except asyncio.CancelledError:
            if not parameters.get("stubborn"):
                raise
        context.progress(done)
    return end(parameters, inputs, context)


@agent(name="echo-process", capabilities=["noop"], grace_seconds=1)
def echo_process(parameters, inputs, context):
    """In a process of its own."""
    begin(parameters, context)
    for step, done in steps(parameters):
        try:
            time.sleep(step)
        except BaseException:
            if not parameters.get("stubborn"):
                raise
        context.progress(done)
    return end(parameters, inputs, context)


def begin(parameters, context):
    if "emit" in parameters:
        context.emit(parameters["emit"].replace("{attempt}", str(context.attempt)))


def steps(parameters):
    """How long to sleep, piece by piece, and how much of it lies behind then."""
    seconds = min(float(parameters.get("sleep_seconds", 0)), 86_400)
    finish = time.monotonic() + seconds
    while (left := finish - time.monotonic()) > 0:
        step = min(left, STEP_SECONDS)
        yield step, 1 - max(0, left - step) / seconds


def end(parameters, inputs, context):
    if "log" in parameters:
        context.logger.info(parameters["log"])
    if "crash" in parameters:
        crash(parameters["crash"])
    fail(parameters, context)
    if "add" not in parameters:
        return parameters
    return {"sum": parameters["add"] + sum(own_sum(each) for each in inputs)}


def own_sum(given):
    if not isinstance(given.payload, dict) or "sum" not in given.payload:
        raise AgentFailure.invalid_input("no_sum", f"{given.task_id} has no sum to add")
    return given.payload["sum"]


def fail(parameters, context):
    kind = parameters.get("fail")
    if kind is None or context.attempt > parameters.get("fail_attempts", context.attempt):
        return
    try:
        failure_class = FailureClass[kind.upper()]
    except KeyError:
        raise AgentFailure.invalid_input(
            "unknown_failure_class", f"no failure class {kind}") from None
    raise AgentFailure("asked_for", "failed as asked", failure_class)


def crash(way):
    """Takes its process along."""
    if way.startswith("SIG"):
        os.kill(os.getpid(), signal.Signals[way])
    elif way == "abort":
        os.abort()
    elif way.startswith("exit:"):
        os._exit(int(way.removeprefix("exit:")))
