"""What a worker says to bytes."""

from ..model.outgoing import (
    AgentHealth,
    Checkpoint,
    Death,
    Draining,
    Goodbye,
    Heartbeat,
    Outgoing,
    Output,
    Register,
    Released,
    Results,
)
from . import scrivener_pb2 as pb
from .columns import attempts_message
from .results import results_message

PROTOCOL_VERSION = 1


def encode(message: Outgoing) -> bytes:
    """One frame."""
    match message:
        case Register():
            envelope = pb.WorkerEnvelope(register=_register(message))
        case Heartbeat():
            envelope = pb.WorkerEnvelope(heartbeat=_heartbeat(message))
        case Results(epoch, results):
            envelope = pb.WorkerEnvelope(results=results_message(epoch, results))
        case Released(epoch, attempts):
            envelope = pb.WorkerEnvelope(
                released=pb.Released(epoch=epoch, attempts=attempts_message(attempts)))
        case Checkpoint(epoch, attempt, kept):
            envelope = pb.WorkerEnvelope(checkpoints=pb.Checkpoints(
                epoch=epoch, attempts=attempts_message([attempt]), lengths=[len(kept)],
                arena=kept))
        case Output():
            envelope = pb.WorkerEnvelope(output=_output(message))
        case Draining(epoch):
            envelope = pb.WorkerEnvelope(draining=pb.Draining(epoch=epoch))
        case Goodbye(epoch):
            envelope = pb.WorkerEnvelope(goodbye=pb.Goodbye(epoch=epoch))
    return envelope.SerializeToString()


def encode_enrolment(pool: str, name: str, token: bytes) -> bytes:
    """What a replica asks with."""
    return pb.Enrol(pool=pool, name=name, token=token).SerializeToString()


def _register(message: Register) -> pb.Register:
    return pb.Register(
        worker_id=message.worker_id, incarnation=message.incarnation, host=message.host,
        process_id=message.process_id, software_version=message.software_version,
        minimum_protocol_version=PROTOCOL_VERSION, maximum_protocol_version=PROTOCOL_VERSION,
        journal_id=message.journal_id,
        agents=[
            pb.AgentOffer(
                name=agent.name, capabilities=agent.capabilities, tags=agent.tags,
                slots=agent.slots, version=agent.version)
            for agent in message.agents],
        running=attempts_message(message.running), outbox=attempts_message(message.outbox),
        registration_number=message.registration_number, health=_health(message.health),
        resource_names=[name for name, _ in message.resources],
        resource_amounts=[amount for _, amount in message.resources],
        parked=[
            pb.ParkedResults(
                journal_id=parked.journal_id, attempts=attempts_message(parked.attempts))
            for parked in message.parked],
        taken=None if message.taken is None else pb.TakenDispatches(
            epoch=message.taken.epoch, number=message.taken.number),
        tells_deaths=message.tells_deaths,
        death=None if message.death is None else _death(message.death), pool=message.pool)


def _death(death: Death) -> pb.Death:
    places = {attempt: place for place, attempt in enumerate(death.attempts, 1)}
    return pb.Death(
        journal_id=death.journal_id, incarnation=death.incarnation,
        attempts=attempts_message(death.attempts),
        log_attempts=[
            0 if line.attempt is None else places.get(line.attempt, 0) for line in death.log],
        log_lines=[line.text for line in death.log])


def _health(rows: tuple[AgentHealth, ...]) -> pb.HealthTable:
    messages = [row.message.encode() for row in rows]
    return pb.HealthTable(
        agent_indices=[row.agent_index for row in rows], states=[int(row.state) for row in rows],
        message_lengths=[len(text) for text in messages], arena=b"".join(messages))


def _heartbeat(message: Heartbeat) -> pb.Heartbeat:
    texts = [each.message.encode() for each in message.progress]
    return pb.Heartbeat(
        epoch=message.epoch, sequence=message.sequence, held=message.held,
        processor_load_permille=message.processor_load_permille,
        memory_bytes=message.memory_bytes,
        progress=attempts_message([each.attempt for each in message.progress]),
        progress_permille=[each.permille for each in message.progress],
        progress_message_lengths=[len(text) for text in texts], progress_arena=b"".join(texts),
        health=_health(message.health))


def _output(message: Output) -> pb.Output:
    texts = [each.text.encode() for each in message.said]
    return pb.Output(
        epoch=message.epoch, attempts=attempts_message([each.attempt for each in message.said]),
        lengths=[len(text) for text in texts], dropped=[each.dropped for each in message.said],
        arena=b"".join(texts))
