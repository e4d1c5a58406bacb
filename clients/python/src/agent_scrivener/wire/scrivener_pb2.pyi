from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor
FAILURE_CLASS_CANCELLED: FailureClass
FAILURE_CLASS_INVALID_INPUT: FailureClass
FAILURE_CLASS_PERMANENT: FailureClass
FAILURE_CLASS_TIMEOUT: FailureClass
FAILURE_CLASS_TRANSIENT: FailureClass
FAILURE_CLASS_UNSPECIFIED: FailureClass
FAILURE_CLASS_WORKER_LOST: FailureClass
SOURCE_KIND_ACADEMIC_PAPER: SourceKind
SOURCE_KIND_DOCUMENTATION: SourceKind
SOURCE_KIND_OTHER: SourceKind
SOURCE_KIND_WEB_ARTICLE: SourceKind

class AgentOffer(_message.Message):
    __slots__ = ["capabilities", "name", "slots", "tags", "version"]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    capabilities: _containers.RepeatedScalarFieldContainer[str]
    name: str
    slots: int
    tags: _containers.RepeatedScalarFieldContainer[str]
    version: str
    def __init__(self, name: _Optional[str] = ..., capabilities: _Optional[_Iterable[str]] = ..., tags: _Optional[_Iterable[str]] = ..., slots: _Optional[int] = ..., version: _Optional[str] = ...) -> None: ...

class Annex(_message.Message):
    __slots__ = ["failure", "findings", "proposed_tasks", "usage"]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    PROPOSED_TASKS_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    failure: Failure
    findings: Findings
    proposed_tasks: bytes
    usage: Usage
    def __init__(self, findings: _Optional[_Union[Findings, _Mapping]] = ..., usage: _Optional[_Union[Usage, _Mapping]] = ..., failure: _Optional[_Union[Failure, _Mapping]] = ..., proposed_tasks: _Optional[bytes] = ...) -> None: ...

class Attempts(_message.Message):
    __slots__ = ["attempts", "sessions", "tasks"]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    TASKS_FIELD_NUMBER: _ClassVar[int]
    attempts: _containers.RepeatedScalarFieldContainer[int]
    sessions: _containers.RepeatedScalarFieldContainer[int]
    tasks: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, sessions: _Optional[_Iterable[int]] = ..., tasks: _Optional[_Iterable[int]] = ..., attempts: _Optional[_Iterable[int]] = ...) -> None: ...

class Cancel(_message.Message):
    __slots__ = ["attempts", "epoch"]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    attempts: Attempts
    epoch: int
    def __init__(self, epoch: _Optional[int] = ..., attempts: _Optional[_Union[Attempts, _Mapping]] = ...) -> None: ...

class Checkpoints(_message.Message):
    __slots__ = ["arena", "attempts", "epoch", "lengths"]
    ARENA_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    LENGTHS_FIELD_NUMBER: _ClassVar[int]
    arena: bytes
    attempts: Attempts
    epoch: int
    lengths: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, epoch: _Optional[int] = ..., attempts: _Optional[_Union[Attempts, _Mapping]] = ..., lengths: _Optional[_Iterable[int]] = ..., arena: _Optional[bytes] = ...) -> None: ...

class Citation(_message.Message):
    __slots__ = ["number", "source", "uses"]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    USES_FIELD_NUMBER: _ClassVar[int]
    number: int
    source: str
    uses: int
    def __init__(self, number: _Optional[int] = ..., source: _Optional[str] = ..., uses: _Optional[int] = ...) -> None: ...

class CoordinatorEnvelope(_message.Message):
    __slots__ = ["cancel", "dispatch", "drain", "heartbeat_acknowledged", "introduce", "recall", "refused", "results_committed", "welcome"]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    DISPATCH_FIELD_NUMBER: _ClassVar[int]
    DRAIN_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_ACKNOWLEDGED_FIELD_NUMBER: _ClassVar[int]
    INTRODUCE_FIELD_NUMBER: _ClassVar[int]
    RECALL_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    RESULTS_COMMITTED_FIELD_NUMBER: _ClassVar[int]
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    cancel: Cancel
    dispatch: Dispatch
    drain: Drain
    heartbeat_acknowledged: HeartbeatAcknowledged
    introduce: Introduce
    recall: Recall
    refused: Refused
    results_committed: ResultsCommitted
    welcome: Welcome
    def __init__(self, welcome: _Optional[_Union[Welcome, _Mapping]] = ..., heartbeat_acknowledged: _Optional[_Union[HeartbeatAcknowledged, _Mapping]] = ..., dispatch: _Optional[_Union[Dispatch, _Mapping]] = ..., cancel: _Optional[_Union[Cancel, _Mapping]] = ..., results_committed: _Optional[_Union[ResultsCommitted, _Mapping]] = ..., introduce: _Optional[_Union[Introduce, _Mapping]] = ..., drain: _Optional[_Union[Drain, _Mapping]] = ..., refused: _Optional[_Union[Refused, _Mapping]] = ..., recall: _Optional[_Union[Recall, _Mapping]] = ...) -> None: ...

class Death(_message.Message):
    __slots__ = ["attempts", "exit_status", "has_exited", "incarnation", "journal_id", "log_attempts", "log_lines", "signal"]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    EXIT_STATUS_FIELD_NUMBER: _ClassVar[int]
    HAS_EXITED_FIELD_NUMBER: _ClassVar[int]
    INCARNATION_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_ID_FIELD_NUMBER: _ClassVar[int]
    LOG_ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    LOG_LINES_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_FIELD_NUMBER: _ClassVar[int]
    attempts: Attempts
    exit_status: int
    has_exited: bool
    incarnation: int
    journal_id: str
    log_attempts: _containers.RepeatedScalarFieldContainer[int]
    log_lines: _containers.RepeatedScalarFieldContainer[str]
    signal: int
    def __init__(self, journal_id: _Optional[str] = ..., incarnation: _Optional[int] = ..., signal: _Optional[int] = ..., has_exited: bool = ..., exit_status: _Optional[int] = ..., attempts: _Optional[_Union[Attempts, _Mapping]] = ..., log_attempts: _Optional[_Iterable[int]] = ..., log_lines: _Optional[_Iterable[str]] = ...) -> None: ...

class Dispatch(_message.Message):
    __slots__ = ["agent_indices", "arena", "at_most_once", "attempts", "checkpoint_lengths", "description_lengths", "epoch", "exclusive", "input_counts", "input_indices", "input_payload_lengths", "input_task_id_lengths", "input_types", "number", "parameter_lengths", "progress_timeout_nanoseconds", "query_lengths", "session_id_lengths", "session_numbers", "session_traceparents", "session_tracestates", "slots", "task_id_lengths", "task_types", "timeout_nanoseconds", "type_lengths"]
    AGENT_INDICES_FIELD_NUMBER: _ClassVar[int]
    ARENA_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    AT_MOST_ONCE_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_LENGTHS_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_LENGTHS_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    EXCLUSIVE_FIELD_NUMBER: _ClassVar[int]
    INPUT_COUNTS_FIELD_NUMBER: _ClassVar[int]
    INPUT_INDICES_FIELD_NUMBER: _ClassVar[int]
    INPUT_PAYLOAD_LENGTHS_FIELD_NUMBER: _ClassVar[int]
    INPUT_TASK_ID_LENGTHS_FIELD_NUMBER: _ClassVar[int]
    INPUT_TYPES_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PARAMETER_LENGTHS_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_TIMEOUT_NANOSECONDS_FIELD_NUMBER: _ClassVar[int]
    QUERY_LENGTHS_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_LENGTHS_FIELD_NUMBER: _ClassVar[int]
    SESSION_NUMBERS_FIELD_NUMBER: _ClassVar[int]
    SESSION_TRACEPARENTS_FIELD_NUMBER: _ClassVar[int]
    SESSION_TRACESTATES_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    TASK_ID_LENGTHS_FIELD_NUMBER: _ClassVar[int]
    TASK_TYPES_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_NANOSECONDS_FIELD_NUMBER: _ClassVar[int]
    TYPE_LENGTHS_FIELD_NUMBER: _ClassVar[int]
    agent_indices: _containers.RepeatedScalarFieldContainer[int]
    arena: bytes
    at_most_once: _containers.RepeatedScalarFieldContainer[bool]
    attempts: Attempts
    checkpoint_lengths: _containers.RepeatedScalarFieldContainer[int]
    description_lengths: _containers.RepeatedScalarFieldContainer[int]
    epoch: int
    exclusive: _containers.RepeatedScalarFieldContainer[bool]
    input_counts: _containers.RepeatedScalarFieldContainer[int]
    input_indices: _containers.RepeatedScalarFieldContainer[int]
    input_payload_lengths: _containers.RepeatedScalarFieldContainer[int]
    input_task_id_lengths: _containers.RepeatedScalarFieldContainer[int]
    input_types: _containers.RepeatedScalarFieldContainer[int]
    number: int
    parameter_lengths: _containers.RepeatedScalarFieldContainer[int]
    progress_timeout_nanoseconds: _containers.RepeatedScalarFieldContainer[int]
    query_lengths: _containers.RepeatedScalarFieldContainer[int]
    session_id_lengths: _containers.RepeatedScalarFieldContainer[int]
    session_numbers: _containers.RepeatedScalarFieldContainer[int]
    session_traceparents: _containers.RepeatedScalarFieldContainer[str]
    session_tracestates: _containers.RepeatedScalarFieldContainer[str]
    slots: _containers.RepeatedScalarFieldContainer[int]
    task_id_lengths: _containers.RepeatedScalarFieldContainer[int]
    task_types: _containers.RepeatedScalarFieldContainer[int]
    timeout_nanoseconds: _containers.RepeatedScalarFieldContainer[int]
    type_lengths: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, epoch: _Optional[int] = ..., arena: _Optional[bytes] = ..., type_lengths: _Optional[_Iterable[int]] = ..., session_numbers: _Optional[_Iterable[int]] = ..., session_id_lengths: _Optional[_Iterable[int]] = ..., query_lengths: _Optional[_Iterable[int]] = ..., input_task_id_lengths: _Optional[_Iterable[int]] = ..., input_types: _Optional[_Iterable[int]] = ..., input_payload_lengths: _Optional[_Iterable[int]] = ..., attempts: _Optional[_Union[Attempts, _Mapping]] = ..., agent_indices: _Optional[_Iterable[int]] = ..., timeout_nanoseconds: _Optional[_Iterable[int]] = ..., task_id_lengths: _Optional[_Iterable[int]] = ..., task_types: _Optional[_Iterable[int]] = ..., description_lengths: _Optional[_Iterable[int]] = ..., parameter_lengths: _Optional[_Iterable[int]] = ..., input_counts: _Optional[_Iterable[int]] = ..., input_indices: _Optional[_Iterable[int]] = ..., progress_timeout_nanoseconds: _Optional[_Iterable[int]] = ..., exclusive: _Optional[_Iterable[bool]] = ..., checkpoint_lengths: _Optional[_Iterable[int]] = ..., slots: _Optional[_Iterable[int]] = ..., at_most_once: _Optional[_Iterable[bool]] = ..., session_traceparents: _Optional[_Iterable[str]] = ..., session_tracestates: _Optional[_Iterable[str]] = ..., number: _Optional[int] = ...) -> None: ...

class DocumentFacts(_message.Message):
    __slots__ = ["is_final", "quality_score", "sections", "title", "word_count"]
    IS_FINAL_FIELD_NUMBER: _ClassVar[int]
    QUALITY_SCORE_FIELD_NUMBER: _ClassVar[int]
    SECTIONS_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    WORD_COUNT_FIELD_NUMBER: _ClassVar[int]
    is_final: bool
    quality_score: float
    sections: _containers.RepeatedScalarFieldContainer[str]
    title: str
    word_count: int
    def __init__(self, title: _Optional[str] = ..., word_count: _Optional[int] = ..., sections: _Optional[_Iterable[str]] = ..., is_final: bool = ..., quality_score: _Optional[float] = ...) -> None: ...

class Drain(_message.Message):
    __slots__ = ["epoch"]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    def __init__(self, epoch: _Optional[int] = ...) -> None: ...

class Draining(_message.Message):
    __slots__ = ["epoch"]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    def __init__(self, epoch: _Optional[int] = ...) -> None: ...

class Enrol(_message.Message):
    __slots__ = ["name", "pool", "token"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    name: str
    pool: str
    token: bytes
    def __init__(self, pool: _Optional[str] = ..., name: _Optional[str] = ..., token: _Optional[bytes] = ...) -> None: ...

class EnrolmentAnswer(_message.Message):
    __slots__ = ["refused", "worker_id"]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    WORKER_ID_FIELD_NUMBER: _ClassVar[int]
    refused: Refused
    worker_id: str
    def __init__(self, worker_id: _Optional[str] = ..., refused: _Optional[_Union[Refused, _Mapping]] = ...) -> None: ...

class Evidence(_message.Message):
    __slots__ = ["quote", "section", "source"]
    QUOTE_FIELD_NUMBER: _ClassVar[int]
    SECTION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    quote: str
    section: str
    source: str
    def __init__(self, quote: _Optional[str] = ..., source: _Optional[str] = ..., section: _Optional[str] = ...) -> None: ...

class Failure(_message.Message):
    __slots__ = ["code", "failure_class", "log_tail", "message", "stack_trace", "worker"]
    CODE_FIELD_NUMBER: _ClassVar[int]
    FAILURE_CLASS_FIELD_NUMBER: _ClassVar[int]
    LOG_TAIL_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    STACK_TRACE_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    code: str
    failure_class: FailureClass
    log_tail: _containers.RepeatedScalarFieldContainer[str]
    message: str
    stack_trace: str
    worker: str
    def __init__(self, failure_class: _Optional[_Union[FailureClass, str]] = ..., code: _Optional[str] = ..., message: _Optional[str] = ..., stack_trace: _Optional[str] = ..., worker: _Optional[str] = ..., log_tail: _Optional[_Iterable[str]] = ...) -> None: ...

class Findings(_message.Message):
    __slots__ = ["citations", "document", "insights", "sources"]
    CITATIONS_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    INSIGHTS_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    citations: _containers.RepeatedCompositeFieldContainer[Citation]
    document: DocumentFacts
    insights: _containers.RepeatedCompositeFieldContainer[Insight]
    sources: _containers.RepeatedCompositeFieldContainer[Source]
    def __init__(self, sources: _Optional[_Iterable[_Union[Source, _Mapping]]] = ..., insights: _Optional[_Iterable[_Union[Insight, _Mapping]]] = ..., citations: _Optional[_Iterable[_Union[Citation, _Mapping]]] = ..., document: _Optional[_Union[DocumentFacts, _Mapping]] = ...) -> None: ...

class Goodbye(_message.Message):
    __slots__ = ["epoch"]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    def __init__(self, epoch: _Optional[int] = ...) -> None: ...

class HealthTable(_message.Message):
    __slots__ = ["agent_indices", "arena", "message_lengths", "states"]
    AGENT_INDICES_FIELD_NUMBER: _ClassVar[int]
    ARENA_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_LENGTHS_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    agent_indices: _containers.RepeatedScalarFieldContainer[int]
    arena: bytes
    message_lengths: _containers.RepeatedScalarFieldContainer[int]
    states: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, agent_indices: _Optional[_Iterable[int]] = ..., states: _Optional[_Iterable[int]] = ..., message_lengths: _Optional[_Iterable[int]] = ..., arena: _Optional[bytes] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ["epoch", "health", "held", "memory_bytes", "processor_load_permille", "progress", "progress_arena", "progress_message_lengths", "progress_permille", "sequence"]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    HEALTH_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    PROCESSOR_LOAD_PERMILLE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_ARENA_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_MESSAGE_LENGTHS_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_PERMILLE_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    health: HealthTable
    held: int
    memory_bytes: int
    processor_load_permille: int
    progress: Attempts
    progress_arena: bytes
    progress_message_lengths: _containers.RepeatedScalarFieldContainer[int]
    progress_permille: _containers.RepeatedScalarFieldContainer[int]
    sequence: int
    def __init__(self, epoch: _Optional[int] = ..., sequence: _Optional[int] = ..., held: _Optional[int] = ..., processor_load_permille: _Optional[int] = ..., memory_bytes: _Optional[int] = ..., progress: _Optional[_Union[Attempts, _Mapping]] = ..., progress_permille: _Optional[_Iterable[int]] = ..., progress_message_lengths: _Optional[_Iterable[int]] = ..., progress_arena: _Optional[bytes] = ..., health: _Optional[_Union[HealthTable, _Mapping]] = ...) -> None: ...

class HeartbeatAcknowledged(_message.Message):
    __slots__ = ["epoch", "heartbeat_interval_nanoseconds", "sequence"]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_INTERVAL_NANOSECONDS_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    heartbeat_interval_nanoseconds: int
    sequence: int
    def __init__(self, epoch: _Optional[int] = ..., sequence: _Optional[int] = ..., heartbeat_interval_nanoseconds: _Optional[int] = ...) -> None: ...

class Insight(_message.Message):
    __slots__ = ["confidence_score", "related_sources", "summary", "supporting_evidence", "tags", "topic"]
    CONFIDENCE_SCORE_FIELD_NUMBER: _ClassVar[int]
    RELATED_SOURCES_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    SUPPORTING_EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    confidence_score: float
    related_sources: _containers.RepeatedScalarFieldContainer[str]
    summary: str
    supporting_evidence: _containers.RepeatedCompositeFieldContainer[Evidence]
    tags: _containers.RepeatedScalarFieldContainer[str]
    topic: str
    def __init__(self, topic: _Optional[str] = ..., summary: _Optional[str] = ..., supporting_evidence: _Optional[_Iterable[_Union[Evidence, _Mapping]]] = ..., confidence_score: _Optional[float] = ..., related_sources: _Optional[_Iterable[str]] = ..., tags: _Optional[_Iterable[str]] = ...) -> None: ...

class Introduce(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class Output(_message.Message):
    __slots__ = ["arena", "attempts", "dropped", "epoch", "lengths"]
    ARENA_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    DROPPED_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    LENGTHS_FIELD_NUMBER: _ClassVar[int]
    arena: bytes
    attempts: Attempts
    dropped: _containers.RepeatedScalarFieldContainer[int]
    epoch: int
    lengths: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, epoch: _Optional[int] = ..., attempts: _Optional[_Union[Attempts, _Mapping]] = ..., lengths: _Optional[_Iterable[int]] = ..., dropped: _Optional[_Iterable[int]] = ..., arena: _Optional[bytes] = ...) -> None: ...

class ParkedResults(_message.Message):
    __slots__ = ["attempts", "journal_id"]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_ID_FIELD_NUMBER: _ClassVar[int]
    attempts: Attempts
    journal_id: str
    def __init__(self, journal_id: _Optional[str] = ..., attempts: _Optional[_Union[Attempts, _Mapping]] = ...) -> None: ...

class Recall(_message.Message):
    __slots__ = ["attempts", "epoch"]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    attempts: Attempts
    epoch: int
    def __init__(self, epoch: _Optional[int] = ..., attempts: _Optional[_Union[Attempts, _Mapping]] = ...) -> None: ...

class Refused(_message.Message):
    __slots__ = ["code", "is_final", "reason"]
    CODE_FIELD_NUMBER: _ClassVar[int]
    IS_FINAL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    code: str
    is_final: bool
    reason: str
    def __init__(self, code: _Optional[str] = ..., reason: _Optional[str] = ..., is_final: bool = ...) -> None: ...

class Register(_message.Message):
    __slots__ = ["agents", "death", "health", "host", "incarnation", "journal_id", "maximum_protocol_version", "minimum_protocol_version", "outbox", "parked", "pool", "process_id", "registration_number", "resource_amounts", "resource_names", "running", "software_version", "taken", "tells_deaths", "worker_id"]
    AGENTS_FIELD_NUMBER: _ClassVar[int]
    DEATH_FIELD_NUMBER: _ClassVar[int]
    HEALTH_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    INCARNATION_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_ID_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    OUTBOX_FIELD_NUMBER: _ClassVar[int]
    PARKED_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    PROCESS_ID_FIELD_NUMBER: _ClassVar[int]
    REGISTRATION_NUMBER_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_AMOUNTS_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_NAMES_FIELD_NUMBER: _ClassVar[int]
    RUNNING_FIELD_NUMBER: _ClassVar[int]
    SOFTWARE_VERSION_FIELD_NUMBER: _ClassVar[int]
    TAKEN_FIELD_NUMBER: _ClassVar[int]
    TELLS_DEATHS_FIELD_NUMBER: _ClassVar[int]
    WORKER_ID_FIELD_NUMBER: _ClassVar[int]
    agents: _containers.RepeatedCompositeFieldContainer[AgentOffer]
    death: Death
    health: HealthTable
    host: str
    incarnation: int
    journal_id: str
    maximum_protocol_version: int
    minimum_protocol_version: int
    outbox: Attempts
    parked: _containers.RepeatedCompositeFieldContainer[ParkedResults]
    pool: str
    process_id: int
    registration_number: int
    resource_amounts: _containers.RepeatedScalarFieldContainer[int]
    resource_names: _containers.RepeatedScalarFieldContainer[str]
    running: Attempts
    software_version: str
    taken: TakenDispatches
    tells_deaths: bool
    worker_id: str
    def __init__(self, worker_id: _Optional[str] = ..., incarnation: _Optional[int] = ..., host: _Optional[str] = ..., process_id: _Optional[int] = ..., software_version: _Optional[str] = ..., minimum_protocol_version: _Optional[int] = ..., maximum_protocol_version: _Optional[int] = ..., journal_id: _Optional[str] = ..., agents: _Optional[_Iterable[_Union[AgentOffer, _Mapping]]] = ..., running: _Optional[_Union[Attempts, _Mapping]] = ..., outbox: _Optional[_Union[Attempts, _Mapping]] = ..., registration_number: _Optional[int] = ..., health: _Optional[_Union[HealthTable, _Mapping]] = ..., resource_names: _Optional[_Iterable[str]] = ..., resource_amounts: _Optional[_Iterable[int]] = ..., parked: _Optional[_Iterable[_Union[ParkedResults, _Mapping]]] = ..., tells_deaths: bool = ..., death: _Optional[_Union[Death, _Mapping]] = ..., pool: _Optional[str] = ..., taken: _Optional[_Union[TakenDispatches, _Mapping]] = ...) -> None: ...

class Released(_message.Message):
    __slots__ = ["attempts", "epoch"]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    attempts: Attempts
    epoch: int
    def __init__(self, epoch: _Optional[int] = ..., attempts: _Optional[_Union[Attempts, _Mapping]] = ...) -> None: ...

class Results(_message.Message):
    __slots__ = ["arena", "attempts", "epoch", "failure_lengths", "findings_lengths", "payload_lengths", "proposed_tasks_lengths", "run_time_nanoseconds", "usage_lengths"]
    ARENA_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    FAILURE_LENGTHS_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_LENGTHS_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_LENGTHS_FIELD_NUMBER: _ClassVar[int]
    PROPOSED_TASKS_LENGTHS_FIELD_NUMBER: _ClassVar[int]
    RUN_TIME_NANOSECONDS_FIELD_NUMBER: _ClassVar[int]
    USAGE_LENGTHS_FIELD_NUMBER: _ClassVar[int]
    arena: bytes
    attempts: Attempts
    epoch: int
    failure_lengths: _containers.RepeatedScalarFieldContainer[int]
    findings_lengths: _containers.RepeatedScalarFieldContainer[int]
    payload_lengths: _containers.RepeatedScalarFieldContainer[int]
    proposed_tasks_lengths: _containers.RepeatedScalarFieldContainer[int]
    run_time_nanoseconds: _containers.RepeatedScalarFieldContainer[int]
    usage_lengths: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, epoch: _Optional[int] = ..., arena: _Optional[bytes] = ..., attempts: _Optional[_Union[Attempts, _Mapping]] = ..., run_time_nanoseconds: _Optional[_Iterable[int]] = ..., payload_lengths: _Optional[_Iterable[int]] = ..., findings_lengths: _Optional[_Iterable[int]] = ..., usage_lengths: _Optional[_Iterable[int]] = ..., failure_lengths: _Optional[_Iterable[int]] = ..., proposed_tasks_lengths: _Optional[_Iterable[int]] = ...) -> None: ...

class ResultsCommitted(_message.Message):
    __slots__ = ["attempts", "epoch"]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    attempts: Attempts
    epoch: int
    def __init__(self, epoch: _Optional[int] = ..., attempts: _Optional[_Union[Attempts, _Mapping]] = ...) -> None: ...

class Source(_message.Message):
    __slots__ = ["authors", "confidence", "kind", "locator", "published", "title"]
    AUTHORS_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    LOCATOR_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    authors: _containers.RepeatedScalarFieldContainer[str]
    confidence: float
    kind: SourceKind
    locator: str
    published: str
    title: str
    def __init__(self, locator: _Optional[str] = ..., title: _Optional[str] = ..., kind: _Optional[_Union[SourceKind, str]] = ..., confidence: _Optional[float] = ..., authors: _Optional[_Iterable[str]] = ..., published: _Optional[str] = ...) -> None: ...

class TakenDispatches(_message.Message):
    __slots__ = ["epoch", "number"]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    number: int
    def __init__(self, epoch: _Optional[int] = ..., number: _Optional[int] = ...) -> None: ...

class Usage(_message.Message):
    __slots__ = ["cost_micros", "cpu_microseconds", "input_tokens", "output_tokens", "peak_memory_bytes"]
    COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    CPU_MICROSECONDS_FIELD_NUMBER: _ClassVar[int]
    INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    PEAK_MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    cost_micros: int
    cpu_microseconds: int
    input_tokens: int
    output_tokens: int
    peak_memory_bytes: int
    def __init__(self, input_tokens: _Optional[int] = ..., output_tokens: _Optional[int] = ..., cost_micros: _Optional[int] = ..., cpu_microseconds: _Optional[int] = ..., peak_memory_bytes: _Optional[int] = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ["coordinator_incarnation", "epoch", "heartbeat_interval_nanoseconds", "journal_id", "lease_nanoseconds", "maximum_result_bytes", "protocol_version", "redial_key", "redial_port", "registration_number", "stop", "takes_output"]
    COORDINATOR_INCARNATION_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_INTERVAL_NANOSECONDS_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_NANOSECONDS_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_RESULT_BYTES_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    REDIAL_KEY_FIELD_NUMBER: _ClassVar[int]
    REDIAL_PORT_FIELD_NUMBER: _ClassVar[int]
    REGISTRATION_NUMBER_FIELD_NUMBER: _ClassVar[int]
    STOP_FIELD_NUMBER: _ClassVar[int]
    TAKES_OUTPUT_FIELD_NUMBER: _ClassVar[int]
    coordinator_incarnation: int
    epoch: int
    heartbeat_interval_nanoseconds: int
    journal_id: str
    lease_nanoseconds: int
    maximum_result_bytes: int
    protocol_version: int
    redial_key: bytes
    redial_port: int
    registration_number: int
    stop: Attempts
    takes_output: bool
    def __init__(self, journal_id: _Optional[str] = ..., coordinator_incarnation: _Optional[int] = ..., epoch: _Optional[int] = ..., protocol_version: _Optional[int] = ..., lease_nanoseconds: _Optional[int] = ..., heartbeat_interval_nanoseconds: _Optional[int] = ..., maximum_result_bytes: _Optional[int] = ..., stop: _Optional[_Union[Attempts, _Mapping]] = ..., takes_output: bool = ..., redial_key: _Optional[bytes] = ..., redial_port: _Optional[int] = ..., registration_number: _Optional[int] = ...) -> None: ...

class WorkerEnvelope(_message.Message):
    __slots__ = ["checkpoints", "draining", "goodbye", "heartbeat", "output", "register", "released", "results"]
    CHECKPOINTS_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    GOODBYE_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    REGISTER_FIELD_NUMBER: _ClassVar[int]
    RELEASED_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    checkpoints: Checkpoints
    draining: Draining
    goodbye: Goodbye
    heartbeat: Heartbeat
    output: Output
    register: Register
    released: Released
    results: Results
    def __init__(self, register: _Optional[_Union[Register, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., results: _Optional[_Union[Results, _Mapping]] = ..., released: _Optional[_Union[Released, _Mapping]] = ..., draining: _Optional[_Union[Draining, _Mapping]] = ..., goodbye: _Optional[_Union[Goodbye, _Mapping]] = ..., checkpoints: _Optional[_Union[Checkpoints, _Mapping]] = ..., output: _Optional[_Union[Output, _Mapping]] = ...) -> None: ...

class SourceKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class FailureClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
