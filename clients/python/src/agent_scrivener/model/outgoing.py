"""What a worker says to its coordinator. `docs/protocol.md` tells the conversation."""

from dataclasses import dataclass
from enum import IntEnum

from .attempts import AttemptProgress, AttemptReference, AttemptResult


class HealthState(IntEnum):
    """How an agent is. The values are the protocol's."""

    INITIALIZING = 1
    READY = 2
    DEGRADED = 3
    FAILED = 4


@dataclass(frozen=True, slots=True)
class AgentHealth:
    """How one of the worker's agents is."""

    agent_index: int
    state: HealthState
    message: str = ""


@dataclass(frozen=True, slots=True)
class AgentOffer:
    """One agent of a worker."""

    name: str
    capabilities: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    slots: int = 1
    version: str = ""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line that was logged before a death, and by which attempt."""

    text: str
    attempt: AttemptReference | None = None


@dataclass(frozen=True, slots=True)
class Death:
    """A process of the worker that died without leaving."""

    journal_id: str
    incarnation: int
    attempts: tuple[AttemptReference, ...]
    log: tuple[LogLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Parked:
    """Attempts of a journal that the worker does not speak with now, and has results for."""

    journal_id: str
    attempts: tuple[AttemptReference, ...]


@dataclass(frozen=True, slots=True)
class TakenDispatches:
    """How far a process has come with its dispatches. What was dispatched behind that and is not claimed has
    not begun, and never will."""

    #: That of the last welcome; zero before the first.
    epoch: int
    #: The highest number of a dispatch in it; zero when none came.
    number: int


@dataclass(frozen=True, slots=True)
class Register:
    """Opens the conversation, and opens it again after any doubt."""

    worker_id: str
    pool: str
    incarnation: int
    registration_number: int
    host: str
    process_id: int
    software_version: str
    journal_id: str
    agents: tuple[AgentOffer, ...]
    health: tuple[AgentHealth, ...] = ()
    resources: tuple[tuple[str, int], ...] = ()
    running: tuple[AttemptReference, ...] = ()
    outbox: tuple[AttemptReference, ...] = ()
    parked: tuple[Parked, ...] = ()
    taken: TakenDispatches | None = None
    tells_deaths: bool = False
    death: Death | None = None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Renews the lease on all that the worker holds."""

    epoch: int
    sequence: int
    held: int
    processor_load_permille: int = 0
    memory_bytes: int = 0
    progress: tuple[AttemptProgress, ...] = ()
    health: tuple[AgentHealth, ...] = ()


@dataclass(frozen=True, slots=True)
class Results:
    """Attempts that ended."""

    epoch: int
    results: tuple[AttemptResult, ...]


@dataclass(frozen=True, slots=True)
class Released:
    """Attempts handed back before they began."""

    epoch: int
    attempts: tuple[AttemptReference, ...]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a running attempt keeps for the next attempt at its task."""

    epoch: int
    attempt: AttemptReference
    kept: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of what an attempt said, and how many bytes after it were left out."""

    attempt: AttemptReference
    text: str
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Output:
    """What agents of running attempts say while they run."""

    epoch: int
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Draining:
    """The worker takes nothing new; what runs is finished."""

    epoch: int


@dataclass(frozen=True, slots=True)
class Goodbye:
    """The worker leaves, holding nothing."""

    epoch: int


Outgoing = (
    Register | Heartbeat | Results | Released | Checkpoint | Output | Draining | Goodbye
)
