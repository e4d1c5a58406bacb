"""Agents in Python for Agent Scrivener: `@agent` on a function, and a `Worker` that joins a pool with it.

`agent_scrivener.client` has clients of the coordinator's HTTP API.
"""

from typing import TYPE_CHECKING, Any

from .agent.context import AgentContext
from .agent.decorator import Agent, agent
from .agent.input import Input
from .agent.result import AgentResult
from .agent.stopped import AttemptStopped
from .model.failure import AgentFailure, FailureClass
from .model.findings import (
    Citation,
    DocumentFacts,
    Evidence,
    Findings,
    Insight,
    Source,
    SourceKind,
)
from .model.usage import Usage
from .version import VERSION as __version__

if TYPE_CHECKING:
    from .worker.errors import ConfigurationError, RefusedError, WorkerError
    from .worker.worker import Worker

_LAZY = {
    "Worker": "worker.worker", "WorkerError": "worker.errors",
    "ConfigurationError": "worker.errors", "RefusedError": "worker.errors",
}


def __getattr__(name: str) -> Any:
    """The worker is loaded when it is asked for: agents' own processes and tests do without its sockets."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)


__all__ = [
    "Agent", "AgentContext", "AgentFailure", "AgentResult", "AttemptStopped", "Citation",
    "ConfigurationError", "DocumentFacts", "Evidence", "FailureClass", "Findings", "Input",
    "Insight", "RefusedError", "Source", "SourceKind", "Usage", "Worker", "WorkerError",
    "__version__", "agent",
]
