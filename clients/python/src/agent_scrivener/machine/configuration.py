"""Who a worker is and how patient it is: told once, when it starts."""

from dataclasses import dataclass

from ..model.outgoing import AgentOffer

MILLISECOND = 1_000_000
SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class MachineConfiguration:
    """Who a worker is. All spans are nanoseconds."""

    worker_id: str
    incarnation: int
    agents: tuple[AgentOffer, ...]
    host: str = ""
    process_id: int = 0
    software_version: str = ""
    resources: tuple[tuple[str, int], ...] = ()
    #: How long to wait for an answer to a registration.
    registration_timeout: int = 2 * SECOND
    maximum_reconnect_delay: int = 5 * SECOND
    #: How long a worker that hears nothing of its coordinator works on.
    orphan_grace: int = 60 * SECOND
    #: How long after an initialization or a health check an agent is asked again how it is.
    health_check_interval: int = 30 * SECOND
    #: An agent that does not say for so long how it is counts as failed.
    health_check_timeout: int = 10 * SECOND
    #: How many attempts wait on an agent for each of its slots; more are handed back.
    maximum_waiting_per_slot: int = 64
    #: How many attempts the worker holds altogether; more are handed back.
    maximum_held: int = 200_000
    #: A result that is not acknowledged for so long is kept where it outlives the process; none is
    #: when absent.
    keep_after: int | None = None
    #: Whether a process before this one could write down what it was doing.
    tells_deaths: bool = False

    @property
    def pool(self) -> str:
        """The pool that the worker is a replica of; empty where it is of none."""
        return self.worker_id.rpartition("/")[0]
