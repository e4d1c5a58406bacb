"""Columns to a dispatch. Tables are read before the items that point into them, as they lie in the arena."""

from typing import TypeVar

from ..model.incoming import Dependency, Dispatch, Item, Session
from . import scrivener_pb2 as pb
from .columns import ArenaReader, column, natural, references, size
from .errors import WireError
from .limits import WireLimits

Row = TypeVar("Row")


def read_dispatch(message: pb.Dispatch, limits: WireLimits) -> Dispatch:
    """A batch of attempts to start."""
    arena = ArenaReader(message.arena, limits)
    types = _types(message, arena, limits)
    sessions = _sessions(message, arena, limits)
    inputs = _inputs(message, arena, types, limits)
    items = _items(message, arena, types, inputs, limits)
    arena.finish()
    known = {session.number for session in sessions}
    for item in items:
        if item.attempt.session not in known:
            raise WireError(
                "index_outside_table", "attempts.sessions", actual=str(item.attempt.session))
    return Dispatch(
        natural(message.epoch, "epoch"), sessions, items, natural(message.number, "number"))


def _types(message: pb.Dispatch, arena: ArenaReader, limits: WireLimits) -> list[str]:
    # Inputs bring types of their own.
    size(len(message.type_lengths), limits.batch_items + limits.batch_inputs, "type_lengths")
    return [arena.text(length, "types") for length in message.type_lengths]


def _sessions(
    message: pb.Dispatch, arena: ArenaReader, limits: WireLimits
) -> tuple[Session, ...]:
    rows = len(message.session_numbers)
    size(rows, limits.batch_items, "session_numbers")
    ids = column(message.session_id_lengths, rows, "session_id_lengths")
    queries = column(message.query_lengths, rows, "query_lengths", absent=0)
    parents = column(message.session_traceparents, rows, "session_traceparents", absent="")
    states = column(message.session_tracestates, rows, "session_tracestates", absent="")
    sessions = []
    for row, number in enumerate(message.session_numbers):
        session_id = arena.name(ids[row], "session_ids")
        query = arena.text(queries[row], "queries")
        sessions.append(Session(number, session_id, query, parents[row], states[row]))
    return tuple(sessions)


def _inputs(
    message: pb.Dispatch, arena: ArenaReader, types: list[str], limits: WireLimits
) -> list[Dependency]:
    rows = len(message.input_task_id_lengths)
    size(rows, limits.batch_inputs, "input_task_id_lengths")
    kinds = column(message.input_types, rows, "input_types")
    payloads = column(message.input_payload_lengths, rows, "input_payload_lengths", absent=0)
    inputs = []
    for row, length in enumerate(message.input_task_id_lengths):
        task_id = arena.name(length, "input_task_ids")
        kind = _row(types, kinds[row], "input_types")
        # The coordinator may take larger results than this worker sends.
        payload = arena.part(payloads[row], limits.message_bytes, "input_payloads")
        inputs.append(Dependency(task_id, kind, payload))
    return inputs


def _items(
    message: pb.Dispatch, arena: ArenaReader, types: list[str], inputs: list[Dependency],
    limits: WireLimits,
) -> tuple[Item, ...]:
    attempts = references(message.attempts, limits.batch_items, "attempts")
    rows = len(attempts)
    agents = column(message.agent_indices, rows, "agent_indices")
    timeouts = column(message.timeout_nanoseconds, rows, "timeout_nanoseconds", absent=0)
    progress = column(
        message.progress_timeout_nanoseconds, rows, "progress_timeout_nanoseconds", absent=0)
    exclusive = column(message.exclusive, rows, "exclusive", absent=False)
    at_most_once = column(message.at_most_once, rows, "at_most_once", absent=False)
    slots = column(message.slots, rows, "slots", absent=0)
    ids = column(message.task_id_lengths, rows, "task_id_lengths")
    kinds = column(message.task_types, rows, "task_types")
    descriptions = column(message.description_lengths, rows, "description_lengths", absent=0)
    parameters = column(message.parameter_lengths, rows, "parameter_lengths", absent=0)
    checkpoints = column(message.checkpoint_lengths, rows, "checkpoint_lengths", absent=0)
    counts = column(message.input_counts, rows, "input_counts", absent=0)
    size(len(message.input_indices), limits.batch_inputs, "input_indices")
    position = 0
    items = []
    for row, attempt in enumerate(attempts):
        task_id = arena.name(ids[row], "task_ids")
        description = arena.text(descriptions[row], "descriptions")
        raw = arena.part(parameters[row], limits.parameter_bytes, "parameters")
        checkpoint = arena.part(checkpoints[row], limits.checkpoint_bytes, "checkpoints")
        end = position + natural(counts[row], "input_counts")
        places = message.input_indices[position:end]
        if len(places) != end - position:
            raise WireError(
                "lengths_disagree", "input_counts", str(len(message.input_indices)), str(end))
        position = end
        items.append(Item(
            attempt=attempt, agent_index=natural(agents[row], "agent_indices"),
            task_id=task_id, task_type=_row(types, kinds[row], "task_types"),
            timeout_ns=natural(timeouts[row], "timeout_nanoseconds"),
            progress_timeout_ns=natural(progress[row], "progress_timeout_nanoseconds"),
            description=description, parameters=raw,
            inputs=tuple(_row(inputs, place, "input_indices") for place in places),
            checkpoint=checkpoint, slots=max(1, natural(slots[row], "slots")),
            is_exclusive=exclusive[row], is_at_most_once=at_most_once[row]))
    if position != len(message.input_indices):
        raise WireError(
            "lengths_disagree", "input_indices", str(len(message.input_indices)), str(position))
    return tuple(items)


def _row(table: list[Row], place: int, field: str) -> Row:
    if not 0 <= place < len(table):
        raise WireError(
            "index_outside_table", field, f"less than {len(table)}", str(place))
    return table[place]
