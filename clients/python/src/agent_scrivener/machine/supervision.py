"""Who of the worker's agents can work.

The worker alone initializes them and asks them how they are; the coordinator hears of every change at once, and
sends nothing to one that cannot work.
"""

from ..model.outgoing import HealthState
from .events import CheckHealth, Effect, Initialize
from .stopping import Stops
from .supervised import Step


class Supervision(Stops):
    """The part of the machine that looks after agents.

    When one is no longer what it was, a heartbeat says so at once, and after it what waits for an agent that
    cannot work is handed back; what has begun on it goes on.
    """

    def _initialized(self, index: int, failure: str | None, now: int) -> None:
        if not 0 <= index < len(self._agents):
            return
        agent = self._agents[index]
        before = agent.state
        agent.initialized(
            failure, now, self._configuration.health_check_interval, self._random)
        self._note_health(before, agent.state)

    def _health_checked(self, index: int, state: HealthState, message: str, now: int) -> None:
        if not 0 <= index < len(self._agents):
            return
        agent = self._agents[index]
        before = agent.state
        agent.health_checked(
            state, message, now, self._configuration.health_check_interval, self._random)
        self._note_health(before, agent.state)

    def _supervise_agents(self, now: int, effects: list[Effect]) -> None:
        """Does with the agents what is due."""
        due = self._agents_due
        if due is None or due > now:
            return
        for index, agent in enumerate(self._agents):
            before = agent.state
            step = agent.advance(now, self._configuration.health_check_timeout)
            self._note_health(before, agent.state)
            if step is Step.INITIALIZE:
                effects.append(Initialize(index))
            elif step is Step.CHECK_HEALTH:
                effects.append(CheckHealth(index))

    def _note_health(self, before: HealthState, after: HealthState) -> None:
        if before is not after:
            self._owes_health = True
