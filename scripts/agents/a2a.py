"""Other systems' agents, and the pool as one: docs/agents/a2a.md, with the protocol's own package."""

import asyncio
import json
import signal
import sys
import uuid
from pathlib import Path

import httpx
from a2a.client import A2ACardResolver, ClientConfig, create_client
from a2a.types import (
    CancelTaskRequest, GetTaskRequest, Message, Part, Role, SendMessageRequest, TaskState)
from google.protobuf import json_format, struct_pb2

from trials.agent_pool import task
from trials.processes import free_port

EXAMPLE = Path(__file__).resolve().parent.parent.parent / "examples/agents/a2a/wordcount.py"
ONCE = {"max_retry_attempts": 0}


def check(pool):
    port = free_port()
    remote = pool.add("remote", [sys.executable, str(EXAMPLE), "--port", str(port)])
    remote.start()
    agents = [
        {"name": "words", "capabilities": ["words"], "a2a": {
            "url": f"http://127.0.0.1:{port}", "poll_seconds": 0.2}},
        {"name": "silent", "capabilities": ["silent"], "a2a": {
            "url": f"http://127.0.0.1:{free_port()}"}},
    ]
    with pool.step("a worker with another system's agent joins"):
        pool.agents_worker("w1", json.dumps({"agents": agents}))
    pool.worker("echo", "--agents", "echo")
    remote_agents(pool, remote)
    asyncio.run(pool_as_agent(pool))


def remote_agents(pool, remote):
    with pool.step("a task of another system's agent"):
        done = pool.run(task("t", "words", parameters={"text": "one two three"}))["t"]
    pool.expect("the text", done["payload"]["text"], "3 words")
    failed = pool.run(task("t", "words", parameters={"text": "fail"}, retry=ONCE))["t"]
    failure = pool.expect_failure(failed, "transient", "a2a_failed")
    pool.expect("the reason", "as you wish" in failure["message"], True)
    wrong = pool.run(task("t", "words", parameters={"text": 5}, retry=ONCE))["t"]
    pool.expect_failure(wrong, "invalid_input", "invalid_parameters")

    session = pool.submit(task("t", "words", parameters={"text": "sleep"}, retry=ONCE))
    pool.wait("it is at work", lambda: pool.status(session, "t") == "running")
    with pool.step("cancelled there, and then here"):
        pool.api.request("POST", f"/v1/sessions/{session}/cancel", {})
        pool.wait("it is cancelled", lambda: pool.status(session, "t") == "cancelled")

    session = pool.submit(task("t", "words", parameters={"text": "sleep"}, retry=ONCE))
    pool.wait("it is at work", lambda: pool.status(session, "t") == "running")
    with pool.step("killed there"):
        remote.signal(signal.SIGKILL)
        remote.child.wait()
        ended = pool.ended(session)["t"]
    failure = ended["task"]["executions"][-1]["failure"]
    pool.expect("the class", failure["class"], "transient")


async def pool_as_agent(pool):
    async with httpx.AsyncClient(timeout=60) as http:
        card = await A2ACardResolver(http, pool.url).get_agent_card()
        if "noop" not in [skill.id for skill in card.skills]:
            raise AssertionError(f"the card does not show noop: {card.skills}")
        client = await create_client(card, client_config=ClientConfig(httpx_client=http))
        with pool.step("the pool as an agent"):
            events = await follow(client, message({"task_type": "noop"}))
        first, last = events[0], events[-1]
        pool.expect("the first event", first.HasField("task"), True)
        pool.expect(
            "the end", last.status_update.status.state, TaskState.TASK_STATE_COMPLETED)
        again = await client.get_task(GetTaskRequest(id=first.task.id))
        pool.expect("the task", again.status.state, TaskState.TASK_STATE_COMPLETED)

        polling = await create_client(
            card, client_config=ClientConfig(httpx_client=http, streaming=False, polling=True))
        slow = message(
            {"task_type": "noop", "agent": "echo", "parameters": {"sleep_seconds": 600}})
        begun = (await follow(polling, slow))[0].task
        with pool.step("cancelled by another system"):
            cancelled = await client.cancel_task(CancelTaskRequest(id=begun.id))
        pool.expect("cancelled", cancelled.status.state, TaskState.TASK_STATE_CANCELED)


def message(data):
    value = struct_pb2.Value()
    json_format.ParseDict(data, value)
    return SendMessageRequest(message=Message(
        role=Role.ROLE_USER, message_id=str(uuid.uuid4()),
        parts=[Part(text="over A2A"), Part(data=value)]))


async def follow(client, request):
    return [event async for event in client.send_message(request)]
