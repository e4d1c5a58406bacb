"""What an agent's author writes, and what becomes of what it returns."""

import logging
import pickle
import time

import process_agents
import pytest
from agent_scrivener import AgentContext, AgentFailure, AgentResult, FailureClass, Usage, agent
from agent_scrivener.agent.call import arguments
from agent_scrivener.agent.outcomes import failed, succeeded
from agent_scrivener.model.attempts import AttemptReference
from agent_scrivener.model.incoming import Assignment, Dependency, Item, Session
from agent_scrivener.wire.limits import WireLimits
from agent_scrivener.worker.errors import ConfigurationError
from agent_scrivener.worker.process_host import check_agent
from agent_scrivener.worker.worker import Worker, all_agents

LIMITS = WireLimits()


@agent
async def plain(parameters):
    return parameters


def test_a_function_is_an_agent_of_its_own_name():
    assert (plain.name, plain.capabilities, plain.in_process) == ("plain", ("plain",), False)


def test_a_function_that_is_not_async_has_a_process_of_its_own():
    assert process_agents.echo.in_process
    with pytest.raises(ValueError, match="could not be stopped"):
        agent(process=False)(process_agents.echo.function)


def test_an_agent_can_still_be_called():
    assert process_agents.echo({"a": 1}) == {"a": 1}


def test_a_process_of_its_own_finds_the_agent_by_its_name():
    assert pickle.loads(pickle.dumps(process_agents.echo)) is process_agents.echo

    @agent
    def hidden():
        pass

    with pytest.raises(ConfigurationError, match="top"):
        check_agent(hidden)


@pytest.mark.parametrize("options", [
    {"name": "a b"}, {"name": "x" * 129}, {"capabilities": [""]}, {"tags": [".."]},
    {"slots": 0}, {"slots": 10_001}, {"grace_seconds": -1}])
def test_what_nobody_would_take_is_refused_where_it_stands(options):
    with pytest.raises(ValueError):
        agent(**options)(process_agents.echo.function)


def test_an_agent_may_ask_for_what_there_is():
    with pytest.raises(TypeError, match="text"):
        @agent
        def wrong(text):
            pass


def test_agents_of_a_module_are_found_once_each():
    assert all_agents({"a": plain, "b": plain, "c": 1}) == [plain]


def assignment(**fields):
    item = Item(
        AttemptReference(1, 0, 3), 0, "t", "kind", parameters=b'{"n":1}',
        inputs=(Dependency("d", "kind", b"[2]"), Dependency("e", "kind")), **fields)
    return Assignment(item, Session(1, "s-1", "why?", "00-a-b-01", ""))


def test_a_function_gets_its_task():
    @agent
    async def all_of_it(parameters, inputs, context):
        pass

    given = arguments(all_of_it, assignment(timeout_ns=2_000_000_000, checkpoint=b"k"), None)
    context = given["context"]
    assert given["parameters"] == {"n": 1}
    assert [(each.task_id, each.payload) for each in given["inputs"]] == [("d", [2]), ("e", None)]
    assert (context.query, context.task_id, context.attempt) == ("why?", "t", 3)
    assert context.idempotency_key == "s-1/t"
    assert context.previous_checkpoint == b"k"
    assert 1 < context.seconds_left <= 2
    assert context.traceparent == "00-a-b-01"
    assert context.tracestate is None


def test_a_context_without_a_timeout_has_no_deadline():
    context = AgentContext()
    assert (context.deadline, context.seconds_left) == (None, None)
    assert AgentContext(seconds_left=5).deadline > time.monotonic()
    assert not context.is_cancelled


class Heard:
    """A channel that remembers."""

    def __init__(self):
        self.said = []

    def report(self, *values):
        self.said.append(("report", *values))

    def emit(self, *values):
        self.said.append(("emit", *values))

    def keep(self, *values):
        self.said.append(("keep", *values))

    def log(self, *values):
        self.said.append(("log", *values))

    def is_cancelled(self):
        return True


def test_a_context_passes_on_what_is_said():
    heard = Heard()
    context = AgentContext(channel=heard)
    context.progress(0.25, "a quarter")
    context.progress(float("nan"))
    context.progress(7, "ü" * 1_000)
    context.emit("text")
    context.checkpoint(bytearray(b"kept"))
    context.logger.info("%s of %d", "one", 2)
    assert heard.said[0] == ("report", 250, "a quarter")
    assert heard.said[1] == ("report", 0, "")
    assert heard.said[2] == ("report", 1_000, "ü" * 400)
    assert heard.said[3:] == [
        ("emit", "text"), ("keep", b"kept"), ("log", logging.INFO, "one of 2")]
    assert context.is_cancelled


def test_an_exception_is_logged_with_its_trace():
    heard = Heard()
    try:
        raise KeyError("x")
    except KeyError:
        AgentContext(channel=heard).logger.exception("went wrong")
    assert "Traceback" in heard.said[0][2]


def test_a_checkpoint_has_a_limit():
    with pytest.raises(AgentFailure) as failure:
        AgentContext().checkpoint(b"x" * ((1 << 20) + 1))
    assert failure.value.failure_class is FailureClass.PERMANENT


# Outcomes


def test_what_a_function_returns_is_its_payload():
    assert succeeded({"a": [1]}, LIMITS).payload == b'{"a":[1]}'
    assert succeeded(None, LIMITS).payload == b""


def test_a_result_has_more_than_a_payload():
    outcome = succeeded(AgentResult(
        1, usage=Usage(input_tokens=3), proposed_tasks=[{"task_id": "x"}]), LIMITS)
    assert (outcome.payload, outcome.usage.input_tokens) == (b"1", 3)
    assert outcome.proposed_tasks == b'{"tasks":[{"task_id":"x"}]}'


@pytest.mark.parametrize(("value", "code"), [
    (object(), "result_invalid_json"), (float("nan"), "result_invalid_json"),
    ("x" * (1 << 20), "result_too_large")])
def test_what_nobody_would_take_fails_for_good(value, code):
    failure = succeeded(value, LIMITS).failure
    assert (failure.failure_class, failure.code) == (FailureClass.PERMANENT, code)


def test_a_failure_says_whose_fault_it_was():
    failure = failed(AgentFailure.invalid_input("no_text", "there is no text")).failure
    assert (failure.failure_class, failure.code, failure.message) == (
        FailureClass.INVALID_INPUT, "no_text", "there is no text")


def test_any_other_exception_is_transient_and_says_where():
    try:
        raise ZeroDivisionError("by nothing")
    except ZeroDivisionError as error:
        failure = failed(error).failure
    assert (failure.failure_class, failure.code) == (FailureClass.TRANSIENT, "agent_error")
    assert failure.message == "ZeroDivisionError: by nothing"
    assert "test_agent.py" in failure.stack_trace


# Settings


def test_everything_that_is_wrong_with_a_worker_is_told_at_once():
    with pytest.raises(ConfigurationError) as refusal:
        Worker(
            [plain, plain], id="a b", coordinator="hub", slots=0, tags=["x y"],
            resources={"slots": 1}, key="k")
    for part in ("two agents", "id must", "coordinator must", "slots must", "tag", "option of",
                 "coordinator_key goes"):
        assert part in str(refusal.value)


def test_a_worker_needs_a_name_and_agents():
    with pytest.raises(ConfigurationError, match="id, or a pool"):
        Worker([plain])
    with pytest.raises(ConfigurationError, match="agents"):
        Worker([], id="w")
