"""What an agent returned, or raised, as it is sent."""

import traceback
from typing import Any

from ..model.attempts import Outcome
from ..model.failure import LONGEST_STACK_TRACE, AgentFailure, Failure, FailureClass
from ..model.text import beginning
from ..wire.checks import check_outcome
from ..wire.errors import WireError
from ..wire.findings import encode_findings
from ..wire.json_text import encode_json
from ..wire.limits import WireLimits
from .result import AgentResult

LONGEST_MESSAGE = 2_000


def succeeded(returned: Any, limits: WireLimits) -> Outcome:
    """What a function returned; a failure where nobody would take it."""
    result = returned if isinstance(returned, AgentResult) else AgentResult(returned)
    try:
        payload = b"" if result.payload is None else encode_json(
            result.payload, limits.json_depth, "payload")
        proposed = b"" if not result.proposed_tasks else encode_json(
            {"tasks": result.proposed_tasks}, limits.json_depth, "proposed_tasks")
        outcome = Outcome(
            payload, encode_findings(result.findings, limits), result.usage, None, proposed)
        check_outcome(outcome, limits)
    except WireError as error:
        return refused(error)
    return outcome


def refused(error: WireError) -> Outcome:
    """A result that no coordinator would take fails its own attempt, and not its neighbours."""
    return Outcome(failure=Failure(
        FailureClass.PERMANENT, f"result_{error.code}", beginning(str(error), LONGEST_MESSAGE)))


def failed(error: BaseException) -> Outcome:
    """What a function raised."""
    if isinstance(error, AgentFailure):
        return Outcome(failure=Failure.of(error))
    trace = "".join(traceback.format_exception(error))
    text = beginning(f"{type(error).__name__}: {error}", LONGEST_MESSAGE)
    return Outcome(failure=Failure(
        FailureClass.TRANSIENT, "agent_error", text,
        stack_trace=beginning(trace[-LONGEST_STACK_TRACE // 4:], LONGEST_STACK_TRACE)))


def cancelled(message: str = "the agent stopped") -> Outcome:
    """The proof that it has stopped."""
    return Outcome(failure=Failure(FailureClass.CANCELLED, "cancelled", message))
