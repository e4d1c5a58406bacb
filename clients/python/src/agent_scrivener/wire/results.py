"""Results as columns, and back: they come from child processes, and from the file of the outbox, as they are sent."""

from collections.abc import Sequence

from google.protobuf.message import DecodeError

from ..model.attempts import AttemptResult, Outcome
from ..model.failure import Failure, FailureClass
from ..model.usage import Usage
from . import scrivener_pb2 as pb
from .columns import ArenaReader, attempts_message, column, natural, references
from .errors import WireError
from .limits import WireLimits

#: What lies in the outbox's file or comes from an own child is held to no other limit than this.
ANY_SIZE = WireLimits(message_bytes=1 << 31, batch_items=1 << 20)


def results_message(epoch: int, results: Sequence[AttemptResult]) -> pb.Results:
    """A batch of results."""
    parts = [_parts(result.outcome) for result in results]
    lengths = [[len(part) for part in each] for each in parts]

    def lengths_of(place: int) -> list[int]:
        """One column; left out where it says nothing."""
        found = [each[place] for each in lengths]
        return found if any(found) else []

    return pb.Results(
        epoch=epoch, attempts=attempts_message([result.attempt for result in results]),
        run_time_nanoseconds=[result.run_time_ns for result in results],
        arena=b"".join(part for each in parts for part in each),
        payload_lengths=lengths_of(0), findings_lengths=lengths_of(1),
        usage_lengths=lengths_of(2), failure_lengths=lengths_of(3),
        proposed_tasks_lengths=lengths_of(4))


def encode_result(result: AttemptResult) -> bytes:
    """One result by itself."""
    return results_message(0, [result]).SerializeToString()


def decode_result(encoded: bytes) -> AttemptResult:
    """:raises WireError: when the bytes are not those of one result."""
    try:
        message = pb.Results.FromString(encoded)
    except DecodeError as error:
        raise WireError("malformed") from error
    attempts = references(message.attempts, 1, "attempts")
    rows = len(attempts)
    if rows != 1:
        raise WireError("columns_differ", "attempts", "1", str(rows))
    arena = ArenaReader(message.arena, ANY_SIZE)
    parts = [
        arena.part(column(lengths, rows, field, absent=0)[0], ANY_SIZE.message_bytes, field)
        for field, lengths in (
            ("payload_lengths", message.payload_lengths),
            ("findings_lengths", message.findings_lengths),
            ("usage_lengths", message.usage_lengths),
            ("failure_lengths", message.failure_lengths),
            ("proposed_tasks_lengths", message.proposed_tasks_lengths))]
    arena.finish()
    payload, findings, usage, failure, proposed = parts
    run_time = column(message.run_time_nanoseconds, rows, "run_time_nanoseconds")[0]
    return AttemptResult(attempts[0], natural(run_time, "run_time_nanoseconds"), Outcome(
        payload, findings, _usage(usage), _failure(failure) if failure else None, proposed))


def _parts(outcome: Outcome) -> tuple[bytes, bytes, bytes, bytes, bytes]:
    return (
        outcome.payload, outcome.findings,
        b"" if outcome.usage == Usage() else _usage_message(outcome.usage).SerializeToString(),
        b"" if outcome.failure is None else _failure_message(outcome.failure).SerializeToString(),
        outcome.proposed_tasks)


def _usage_message(usage: Usage) -> pb.Usage:
    return pb.Usage(
        input_tokens=usage.input_tokens, output_tokens=usage.output_tokens,
        cost_micros=usage.cost_micros, cpu_microseconds=usage.cpu_microseconds,
        peak_memory_bytes=usage.peak_memory_bytes)


def _usage(encoded: bytes) -> Usage:
    usage = pb.Usage.FromString(encoded)
    return Usage(
        usage.input_tokens, usage.output_tokens, usage.cost_micros, usage.cpu_microseconds,
        usage.peak_memory_bytes)


def _failure_message(failure: Failure) -> pb.Failure:
    return pb.Failure(
        failure_class=f"FAILURE_CLASS_{failure.failure_class.name}", code=failure.code,
        message=failure.message, stack_trace=failure.stack_trace, worker=failure.worker,
        log_tail=failure.log_tail)


def _failure(encoded: bytes) -> Failure:
    failure = pb.Failure.FromString(encoded)
    try:
        failure_class = FailureClass(failure.failure_class)
    except ValueError as error:
        raise WireError("out_of_range", "failure_class", "1…6") from error
    return Failure(
        failure_class, failure.code, failure.message,
        failure.stack_trace if failure.HasField("stack_trace") else None,
        failure.worker if failure.HasField("worker") else None, tuple(failure.log_tail))
