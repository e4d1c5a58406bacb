"""An agent of the Agent2Agent protocol that counts the words of a message.

  python wordcount.py --port 9999

Its card is at http://127.0.0.1:9999/.well-known/agent-card.json. Needs the packages a2a-sdk[http-server] (1.x) and
uvicorn.
"""

import argparse
import asyncio

import uvicorn
from a2a.server.agent_execution.agent_executor import AgentExecutor
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_agent_card_routes, create_jsonrpc_routes
from a2a.server.tasks.inmemory_task_store import InMemoryTaskStore
from a2a.server.tasks.task_updater import TaskUpdater
from a2a.types import (
    AgentCapabilities, AgentCard, AgentInterface, AgentSkill, Part, Task, TaskState, TaskStatus)
from starlette.applications import Starlette


class WordCount(AgentExecutor):
    """Counts; for a text that begins with `sleep` it thinks until it is cancelled."""

    async def execute(self, context, event_queue):
        text = context.get_user_input()
        await event_queue.enqueue_event(Task(
            id=context.task_id, context_id=context.context_id,
            status=TaskStatus(state=TaskState.TASK_STATE_SUBMITTED), history=[context.message]))
        updater = TaskUpdater(event_queue, context.task_id, context.context_id)
        await updater.start_work(updater.new_agent_message([Part(text="counting")]))
        if text.startswith("fail"):
            await updater.failed(updater.new_agent_message([Part(text="as you wish")]))
            return
        if text.startswith("sleep"):
            await asyncio.sleep(600)
        await updater.add_artifact([Part(text=f"{len(text.split())} words")], name="count")
        await updater.complete()

    async def cancel(self, context, event_queue):
        updater = TaskUpdater(event_queue, context.task_id, context.context_id)
        await updater.cancel()


def card(url):
    return AgentCard(
        name="Word count", description="Counts words.", version="1.0.0",
        capabilities=AgentCapabilities(streaming=True), default_input_modes=["text/plain"],
        default_output_modes=["text/plain"],
        skills=[AgentSkill(id="count", name="Count", description="Counts words.", tags=["text"])],
        supported_interfaces=[AgentInterface(
            url=url, protocol_binding="JSONRPC", protocol_version="1.0")])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=9999)
    port = parser.parse_args().port
    described = card(f"http://127.0.0.1:{port}/a2a")
    handler = DefaultRequestHandler(
        agent_executor=WordCount(), task_store=InMemoryTaskStore(), agent_card=described)
    app = Starlette(routes=[
        *create_agent_card_routes(agent_card=described),
        *create_jsonrpc_routes(request_handler=handler, rpc_url="/a2a")])
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
