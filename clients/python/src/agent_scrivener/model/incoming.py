"""What the coordinator says to a worker. `docs/protocol.md` tells the conversation."""

from dataclasses import dataclass, field

from .attempts import AttemptReference


@dataclass(frozen=True, slots=True)
class Redial:
    """Where the coordinator wants to be dialled, while its key is being changed."""

    #: The new public key: 32 bytes.
    key: bytes
    #: Zero stands for the endpoint that the worker was started with.
    port: int


@dataclass(frozen=True, slots=True)
class Welcome:
    """The coordinator takes a worker on."""

    journal_id: str
    coordinator_incarnation: int
    epoch: int
    protocol_version: int
    lease_ns: int
    heartbeat_interval_ns: int
    maximum_result_bytes: int
    #: Of the registration that is answered; zero says nothing.
    registration_number: int = 0
    stop: tuple[AttemptReference, ...] = ()
    takes_output: bool = False
    redial: Redial | None = None


@dataclass(frozen=True, slots=True)
class HeartbeatAcknowledged:
    """Answers one heartbeat."""

    epoch: int
    sequence: int
    #: The interval to heartbeat at from now on; zero changes nothing.
    heartbeat_interval_ns: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """What the attempts of a session have in common."""

    number: int
    session_id: str
    query: str = ""
    traceparent: str = ""
    tracestate: str = ""


@dataclass(frozen=True, slots=True)
class Dependency:
    """The result of a task that another one depends on."""

    task_id: str
    task_type: str
    #: JSON; empty for the value null.
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Item:
    """An attempt to start."""

    attempt: AttemptReference
    agent_index: int
    task_id: str
    task_type: str
    #: Zero means without limit; so in the one below.
    timeout_ns: int = 0
    progress_timeout_ns: int = 0
    description: str = ""
    #: JSON; empty for the empty object.
    parameters: bytes = b""
    inputs: tuple[Dependency, ...] = ()
    #: What the attempt before it kept.
    checkpoint: bytes = b""
    slots: int = 1
    is_exclusive: bool = False
    is_at_most_once: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """An attempt to start, with its session."""

    item: Item
    session: Session


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Attempts to start."""

    epoch: int
    sessions: tuple[Session, ...]
    items: tuple[Item, ...]
    #: Grows within an epoch; zero says nothing.
    number: int = 0


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop these, and prove it."""

    epoch: int
    attempts: tuple[AttemptReference, ...]


@dataclass(frozen=True, slots=True)
class Recall:
    """Hand back those of these that have not begun."""

    epoch: int
    attempts: tuple[AttemptReference, ...]


@dataclass(frozen=True, slots=True)
class ResultsCommitted:
    """The results of these are on disk, or will never be taken."""

    epoch: int
    attempts: tuple[AttemptReference, ...]


@dataclass(frozen=True, slots=True)
class Introduce:
    """I don't know you: register."""


@dataclass(frozen=True, slots=True)
class Drain:
    """Take nothing new, finish, and leave."""

    epoch: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The worker's last message cannot be taken."""

    code: str
    reason: str = ""
    is_final: bool = field(default=False)


Incoming = (
    Welcome | HeartbeatAcknowledged | Dispatch | Cancel | Recall | ResultsCommitted | Introduce
    | Drain | Refused
)
