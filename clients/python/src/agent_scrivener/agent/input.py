"""The result of a dependency, as an agent sees it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Input:
    """What a task that this one depends on has come to."""

    task_id: str
    task_type: str
    payload: Any = None
