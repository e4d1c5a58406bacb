"""What holds one agent, wherever its function runs."""

from typing import Protocol

from ..model.attempts import AttemptReference
from ..model.incoming import Assignment


class AgentHost(Protocol):
    """One agent. The loop's thread asks; what comes of it is reported, and nothing here waits."""

    def start(self, assignment: Assignment) -> None:
        """Has the agent begin. Its end is reported."""

    def stop(self, attempt: AttemptReference) -> None:
        """Stops an attempt that was started and whose end was not reported yet."""

    def forget(self, attempt: AttemptReference) -> None:
        """The end of an attempt has been heard."""

    def initialize(self) -> None:
        """How it went is reported."""

    def check_health(self) -> None:
        """What it says is reported."""

    def begin_closing(self) -> None:
        """Nothing is started any more; what runs is stopped."""

    async def shut_down(self, patience: float) -> None:
        """In the event loop, after `begin_closing`: returns when nothing of the agent runs any more, or what runs
        did not end within so many seconds."""
