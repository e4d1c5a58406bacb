"""Bytes of the coordinator to what it says."""

from google.protobuf.message import DecodeError

from ..model.incoming import (
    Cancel,
    Drain,
    HeartbeatAcknowledged,
    Incoming,
    Introduce,
    Recall,
    Redial,
    Refused,
    ResultsCommitted,
    Welcome,
)
from ..model.text import beginning
from . import scrivener_pb2 as pb
from .columns import natural, references, size
from .dispatches import read_dispatch
from .errors import WireError
from .limits import WireLimits

CURVE_KEY_BYTES = 32


def decode(frame: bytes, limits: WireLimits) -> Incoming:
    """:raises WireError: when the frame is no message of this version, or exceeds a limit."""
    size(len(frame), limits.message_bytes, "message")
    try:
        envelope = pb.CoordinatorEnvelope.FromString(frame)
    except DecodeError as error:
        raise WireError("malformed") from error
    match envelope.WhichOneof("message"):
        case "welcome":
            return _welcome(envelope.welcome, limits)
        case "heartbeat_acknowledged":
            answer = envelope.heartbeat_acknowledged
            return HeartbeatAcknowledged(
                natural(answer.epoch, "epoch"), natural(answer.sequence, "sequence"),
                natural(
                    answer.heartbeat_interval_nanoseconds, "heartbeat_interval_nanoseconds"))
        case "dispatch":
            return read_dispatch(envelope.dispatch, limits)
        case "cancel":
            return Cancel(*_listed(envelope.cancel, limits))
        case "recall":
            return Recall(*_listed(envelope.recall, limits))
        case "results_committed":
            return ResultsCommitted(*_listed(envelope.results_committed, limits))
        case "introduce":
            return Introduce()
        case "drain":
            return Drain(natural(envelope.drain.epoch, "epoch"))
        case "refused":
            return _refused(envelope.refused, limits)
        case _:
            raise WireError("unknown_message")


def decode_enrolment(frame: bytes, limits: WireLimits) -> str | Refused:
    """The id that a replica's key is listed for, or why it is not."""
    try:
        answer = pb.EnrolmentAnswer.FromString(frame)
    except DecodeError as error:
        raise WireError("malformed") from error
    if answer.worker_id:
        return answer.worker_id
    if not answer.HasField("refused"):
        raise WireError("unknown_message")
    return _refused(answer.refused, limits)


def _listed(
    message: pb.Cancel | pb.Recall | pb.ResultsCommitted, limits: WireLimits
) -> tuple[int, tuple]:  # type: ignore[type-arg]
    found = references(message.attempts, limits.attempt_references, "attempts")
    return natural(message.epoch, "epoch"), found


def _refused(message: pb.Refused, limits: WireLimits) -> Refused:
    return Refused(
        beginning(message.code, limits.identifier_bytes),
        beginning(message.reason, limits.text_bytes), message.is_final)


def _welcome(message: pb.Welcome, limits: WireLimits) -> Welcome:
    if not message.journal_id or len(message.journal_id.encode()) > limits.identifier_bytes:
        raise WireError("out_of_range", "journal_id", f"1…{limits.identifier_bytes} bytes")
    for field in ("lease_nanoseconds", "heartbeat_interval_nanoseconds", "protocol_version"):
        if getattr(message, field) < 1:
            raise WireError("out_of_range", field, "1 or more", str(getattr(message, field)))
    redial = None
    if message.redial_key:
        if len(message.redial_key) != CURVE_KEY_BYTES or not 0 <= message.redial_port <= 65_535:
            raise WireError("out_of_range", "redial_key", "32 bytes, and a port")
        redial = Redial(message.redial_key, message.redial_port)
    return Welcome(
        journal_id=message.journal_id,
        coordinator_incarnation=natural(
            message.coordinator_incarnation, "coordinator_incarnation"),
        epoch=natural(message.epoch, "epoch"), protocol_version=message.protocol_version,
        lease_ns=message.lease_nanoseconds,
        heartbeat_interval_ns=message.heartbeat_interval_nanoseconds,
        maximum_result_bytes=natural(message.maximum_result_bytes, "maximum_result_bytes"),
        registration_number=natural(message.registration_number, "registration_number"),
        stop=references(message.stop, limits.attempt_references, "stop"),
        takes_output=message.takes_output, redial=redial)
