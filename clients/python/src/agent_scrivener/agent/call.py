"""How a function is called for an attempt, wherever it runs."""

from typing import Any

from ..model.incoming import Assignment
from ..wire.json_text import decode_json
from .context import AgentContext, AttemptChannel
from .decorator import Agent
from .input import Input


def arguments(agent: Agent, assignment: Assignment, channel: AttemptChannel) -> dict[str, Any]:
    """What the function asks for."""
    item = assignment.item
    offered: dict[str, Any] = {}
    if "parameters" in agent.wants:
        offered["parameters"] = decode_json(item.parameters, absent={})
    if "inputs" in agent.wants:
        offered["inputs"] = [
            Input(each.task_id, each.task_type, decode_json(each.payload, absent=None))
            for each in item.inputs]
    if "context" in agent.wants:
        offered["context"] = context(assignment, channel)
    return offered


def context(assignment: Assignment, channel: AttemptChannel) -> AgentContext:
    """The surroundings of an attempt that begins now."""
    item, session = assignment.item, assignment.session
    return AgentContext(
        session_id=session.session_id, query=session.query, task_id=item.task_id,
        task_type=item.task_type, description=item.description, attempt=item.attempt.attempt,
        seconds_left=item.timeout_ns / 1e9 if item.timeout_ns else None,
        previous_checkpoint=item.checkpoint, traceparent=session.traceparent,
        tracestate=session.tracestate, channel=channel)
