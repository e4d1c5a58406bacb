"""Clients of the coordinator's HTTP API (`docs/api.md`): `Coordinator`, and `AsyncCoordinator` for event loops.

They need httpx: `pip install agent-scrivener[client]`.
"""

from .async_coordinator import AsyncCoordinator
from .coordinator import Coordinator
from .errors import CoordinatorError, Problem, Unreachable
from .events import ServerEvent

__all__ = [
    "AsyncCoordinator", "Coordinator", "CoordinatorError", "Problem", "ServerEvent",
    "Unreachable",
]
