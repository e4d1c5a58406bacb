"""What can happen to a worker, and what it has its shell do."""

from dataclasses import dataclass

from ..model.attempts import AttemptProgress, AttemptReference, AttemptResult
from ..model.incoming import Assignment, Incoming, Welcome
from ..model.outgoing import HealthState, Outgoing


@dataclass(frozen=True, slots=True)
class Received:
    """A message of the coordinator."""

    message: Incoming


@dataclass(frozen=True, slots=True)
class Reconnected:
    """The shell has made a new connection of its own accord: nobody there knows of a registration."""


@dataclass(frozen=True, slots=True)
class Ended:
    """An agent has returned, for whatever reason."""

    result: AttemptResult


@dataclass(frozen=True, slots=True)
class Progressed:
    """A running attempt says how far it has come."""

    progress: AttemptProgress


@dataclass(frozen=True, slots=True)
class Checkpointed:
    """An attempt keeps something for the next attempt at its task."""

    attempt: AttemptReference
    kept: bytes


@dataclass(frozen=True, slots=True)
class Initialized:
    """An agent's initialization has returned; with what it said when it failed."""

    agent_index: int
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class HealthChecked:
    """An agent's health check has returned."""

    agent_index: int
    state: HealthState
    message: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the worker uses of its host, for the next heartbeats."""

    processor_load_permille: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class DrainRequested:
    """Finish what runs, take nothing new, and leave."""


@dataclass(frozen=True, slots=True)
class StopAll:
    """There is no more time for that: stop what still runs, and hand it back."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


Event = (
    Received | Reconnected | Ended | Progressed | Checkpointed | Initialized | HealthChecked
    | Measured | DrainRequested | StopAll | Tick
)


@dataclass(frozen=True, slots=True)
class Send:
    """Say this to the coordinator."""

    message: Outgoing


@dataclass(frozen=True, slots=True)
class Start:
    """Have the agent begin. Its end comes as an event."""

    assignment: Assignment


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop the agent. Its end comes as an event."""

    attempt: AttemptReference


@dataclass(frozen=True, slots=True)
class Initialize:
    """Initialize an agent. How that went comes as an event."""

    agent_index: int


@dataclass(frozen=True, slots=True)
class CheckHealth:
    """Ask an agent how it is. What it says comes as an event."""

    agent_index: int


@dataclass(frozen=True, slots=True)
class Keep:
    """Keep results where they outlive the process, until they are forgotten."""

    journal_id: str
    results: tuple[AttemptResult, ...]


@dataclass(frozen=True, slots=True)
class Forget:
    """These were acknowledged."""

    journal_id: str
    attempts: tuple[AttemptReference, ...]


@dataclass(frozen=True, slots=True)
class ForgetDeath:
    """A coordinator has heard what the process before this one died of."""


@dataclass(frozen=True, slots=True)
class Reconnect:
    """The connection is doubtful: make a new one."""


@dataclass(frozen=True, slots=True)
class Registered:
    """For the log, and for whoever waits for the worker to be ready."""

    welcome: Welcome


@dataclass(frozen=True, slots=True)
class Fail:
    """Refused for good."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Nothing is held any more."""


Effect = (
    Send | Start | Stop | Initialize | CheckHealth | Keep | Forget | ForgetDeath | Reconnect
    | Registered | Fail | Leave
)
