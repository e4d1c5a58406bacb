"""Tools of MCP servers as agents, and the pool as an MCP server: docs/agents/mcp.md, with the protocol's own package."""

import asyncio
import json
import os
import socket
import sys
from pathlib import Path

from mcp import Client, StdioServerParameters

from trials.agent_pool import task
from trials.processes import free_port

EXAMPLE = Path(__file__).resolve().parent.parent.parent / "examples/agents/mcp/wordcount.py"
ONCE = {"max_retry_attempts": 0}
TEXT = "the cat and the dog and the bird"

# A server that does what it is told, in one tool.
MISBEHAVING = '''
import asyncio, os, signal, sys, time
from mcp.server import MCPServer
from mcp.server.mcpserver import Context

server = MCPServer("misbehaving")

@server.tool()
async def act(what: str, context: Context, mark: str = "") -> str:
    if mark:
        open(mark, "w").write(str(os.getpid()))
    if what == "kill": os.kill(os.getpid(), signal.SIGKILL)
    if what == "crash": os._exit(3)
    if what == "hang": await asyncio.sleep(600)
    if what == "refuse":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True: time.sleep(1)
    if what == "fail": raise ValueError("no such word")
    if what == "oversize": return "x" * 200_000
    if what == "slow":
        for step in range(1, 4):
            await asyncio.sleep(0.3)
            await context.report_progress(step, total=3, message="slowly")
    return "done"

server.run()
'''

GARBAGE = "print('Listening on port 80', flush=True); import time; time.sleep(60)"


def agent(name, tool, **mcp):
    return {"name": name, "capabilities": [name], "mcp": {"tool": tool, **mcp}}


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for_port(pool, port):
    def answers():
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return True
        except OSError:
            return False
    pool.wait(f"something listens on {port}", answers)


def check(pool):
    port = free_port()
    pool.add("server", [sys.executable, str(EXAMPLE), "--port", str(port)]).start()
    acting = pool.file("misbehaving.py", MISBEHAVING)
    quick = {"termination_grace_seconds": 0.5}
    agents = [
        agent("program", "count_words", command=[sys.executable, str(EXAMPLE)]),
        agent("service", "count_words", url=f"http://127.0.0.1:{port}/mcp"),
        agent("acting", "act", command=[sys.executable, str(acting)], max_output_bytes=100_000,
              **quick),
        agent("garbage", "act", command=[sys.executable, "-c", GARBAGE], **quick),
        agent("silent", "act", command=["/bin/sleep", "600"], timeout_seconds=1, **quick),
        agent("unknown", "nobody", command=[sys.executable, str(EXAMPLE)], **quick),
    ]
    wait_for_port(pool, port)
    with pool.step("a worker with tools joins"):
        pool.agents_worker("tools", json.dumps({"agents": agents}))
    pool.worker("echo", "--agents", "echo")
    tools_as_agents(pool)
    failures(pool)
    cancellations(pool)
    asyncio.run(pool_as_server(pool))


def tools_as_agents(pool):
    for kind in ("program", "service"):
        with pool.step(f"a tool of a {kind}"):
            done = pool.run(task("count", kind, parameters={"text": TEXT}))["count"]
        pool.expect(kind, done["payload"], {"words": 8, "most": ["the", "and", "bird"]})
    with pool.step("slow, with progress"):
        slow = pool.run(task("slow", "acting", parameters={"what": "slow"}))["slow"]
    pool.expect("slow", slow["payload"]["result"], "done")


def failures(pool):
    expected = {
        "kill": ("transient", "mcp_server_ended"), "crash": ("transient", "mcp_server_ended"),
        "fail": ("permanent", "tool_error"), "oversize": ("permanent", "child_output_too_large"),
    }
    tasks = [
        task(what, "acting", parameters={"what": what}, retry=ONCE) for what in expected]
    tasks += [
        task("arguments", "acting", parameters={"wat": 1}, retry=ONCE),
        task("garbage", "garbage", parameters={"what": "x"}, retry=ONCE),
        task("silent", "silent", parameters={"what": "x"}, retry=ONCE),
        task("unknown", "unknown", parameters={}, retry=ONCE),
    ]
    expected |= {
        "arguments": ("invalid_input", "tool_arguments"),
        "garbage": ("permanent", "invalid_output"), "silent": ("transient", "service_timeout"),
        "unknown": ("permanent", "tool_unknown"),
    }
    with pool.step("killed, crashed, failed, oversize, garbage, silent, unknown"):
        ended = pool.run(*tasks)
    for what, (failure_class, code) in expected.items():
        pool.expect_failure(ended[what], failure_class, code)


def cancellations(pool):
    for what in ("hang", "refuse"):
        mark = pool.folder / f"{what}.pid"
        session = pool.submit(
            task("t", "acting", parameters={"what": what, "mark": str(mark)}, retry=ONCE))
        pool.wait(f"{what} is at work", lambda: mark.exists() and mark.read_text())
        with pool.step(f"cancelled: {what}"):
            pool.api.request("POST", f"/v1/sessions/{session}/cancel", {})
            pool.wait("it is cancelled", lambda: pool.status(session, "t") == "cancelled")
        # What is shown as cancelled has been seen to stop.
        pool.expect(f"{what} lives", is_alive(int(mark.read_text())), False)


async def pool_as_server(pool):
    scrivener = pool.bin / "scrivener"
    bridge = StdioServerParameters(
        command=str(scrivener), args=["mcp", "--coordinator", pool.url])
    with pool.step("the pool as a server, over HTTP and stdio, in both eras"):
        for target, mode in [
            (f"{pool.url}/mcp", "auto"), (f"{pool.url}/mcp", "legacy"), (bridge, "auto"),
            (bridge, "legacy"),
        ]:
            async with Client(target, mode=mode) as client:
                expected = "2026-07-28" if mode == "auto" else "2025-11-25"
                pool.expect("the revision", client.protocol_version, expected)
                await use(pool, client)


async def use(pool, client):
    names = [tool.name for tool in (await client.list_tools()).tools]
    pool.expect("the tools", names, ["submit", "status", "results", "explain", "cancel"])
    state = (await client.call_tool("status", {})).structured_content
    if not any("noop" in each["capabilities"] for each in state["agents"]):
        raise AssertionError(f"the pool does not show its agents: {state['agents']}")
    told = []

    async def show(progress, total, message):
        told.append(progress)

    plan = {"query": "over MCP", "tasks": [
        {"task_id": "t", "task_type": "noop", "assigned_agent": "echo",
         "parameters": {"sleep_seconds": 0.5}}]}
    session = (await client.call_tool(
        "submit", {"plan": plan, "wait_seconds": 60}, progress_callback=show)).structured_content
    pool.expect("the session", session["status"], "completed")
    if not told:
        raise AssertionError("no progress was told")
    found = (await client.call_tool(
        "results", {"session_id": session["session_id"]})).structured_content
    pool.expect("its tasks", len(found["tasks"]), 1)
    wrong = await client.call_tool("submit", {"plan": {"query": "x", "tasks": []}})
    pool.expect("a plan without tasks", wrong.is_error, True)
    waits = {"query": "waits", "tasks": [
        {"task_id": "t", "task_type": "nobody_has_this"}]}
    open_session = (await client.call_tool("submit", {"plan": waits})).structured_content
    where = {"session_id": open_session["session_id"]}
    why = (await client.call_tool("explain", {**where, "task_id": "t"})).structured_content
    pool.expect("the reason", why["reason"], "unplaceable")
    await client.call_tool("cancel", where)
    ended = (await client.call_tool("results", {**where, "wait_seconds": 30})).structured_content
    pool.expect("cancelled", ended["session"]["status"], "cancelled")
