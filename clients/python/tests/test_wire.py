"""Messages to bytes and back, and what is refused."""

import hashlib
from pathlib import Path

import pytest
from agent_scrivener.model.attempts import AttemptProgress, AttemptReference, AttemptResult, Outcome
from agent_scrivener.model.failure import Failure, FailureClass
from agent_scrivener.model.findings import (
    Citation,
    DocumentFacts,
    Evidence,
    Findings,
    Insight,
    Source,
    SourceKind,
)
from agent_scrivener.model.incoming import (
    Cancel,
    Dependency,
    Dispatch,
    HeartbeatAcknowledged,
    Introduce,
    Item,
    Refused,
    Session,
)
from agent_scrivener.model.outgoing import (
    AgentHealth,
    AgentOffer,
    Checkpoint,
    Death,
    Goodbye,
    HealthState,
    Heartbeat,
    LogLine,
    Output,
    Register,
    Results,
    Said,
    TakenDispatches,
)
from agent_scrivener.model.usage import Usage
from agent_scrivener.wire import scrivener_pb2 as pb
from agent_scrivener.wire.checks import check_outcome
from agent_scrivener.wire.decoding import decode, decode_enrolment
from agent_scrivener.wire.encoding import encode
from agent_scrivener.wire.errors import WireError
from agent_scrivener.wire.findings import encode_findings
from agent_scrivener.wire.json_text import encode_json
from agent_scrivener.wire.limits import WireLimits
from agent_scrivener.wire.results import decode_result, encode_result

LIMITS = WireLimits()
PACKAGE = Path(pb.__file__).parent
SCHEMA = Path(__file__).resolve().parents[3] / "Sources" / "ScrivenerWire" / "scrivener.proto"
ONE = AttemptReference(5, 0, 1)
TWO = AttemptReference(5, 1, 2)


def test_the_generated_module_was_made_of_this_schema():
    last = Path(pb.__file__).read_text().splitlines()[-1]
    digest = hashlib.sha256(SCHEMA.read_bytes()).hexdigest()
    assert last == f"# schema: sha256 {digest}", "run scripts/generate-protobuf --python"


def envelope(**message):
    return pb.CoordinatorEnvelope(**message).SerializeToString()


def dispatch(**fields):
    """Two items of one session, the second with the first one's result and a checkpoint."""
    return pb.Dispatch(**{
        "epoch": 7, "arena": b"noop" + b"s-1why?" + b"t0[1]" + b"t0" + b't1say{"a":1}kept',
        "type_lengths": [4], "session_numbers": [5], "session_id_lengths": [3],
        "query_lengths": [4], "input_task_id_lengths": [2], "input_types": [0],
        "input_payload_lengths": [3],
        "attempts": pb.Attempts(sessions=[5, 5], tasks=[0, 1], attempts=[1, 2]),
        "agent_indices": [0, 1], "task_id_lengths": [2, 2], "task_types": [0, 0],
        "description_lengths": [0, 3], "parameter_lengths": [0, 7], "checkpoint_lengths": [0, 4],
        "input_counts": [0, 1], "input_indices": [0], "timeout_nanoseconds": [0, 9],
        "exclusive": [False, True], "slots": [0, 2], "session_traceparents": ["00-1-2-01"],
        "number": 4,
        **fields})


def test_a_dispatch_is_read_out_of_its_columns():
    assert decode(envelope(dispatch=dispatch()), LIMITS) == Dispatch(
        7, (Session(5, "s-1", "why?", "00-1-2-01", ""),), (
            Item(ONE, 0, "t0", "noop"),
            Item(
                TWO, 1, "t1", "noop", timeout_ns=9, description="say", parameters=b'{"a":1}',
                inputs=(Dependency("t0", "noop", b"[1]"),), checkpoint=b"kept", slots=2,
                is_exclusive=True)), 4)


@pytest.mark.parametrize(("fields", "code"), [
    ({"agent_indices": [0]}, "columns_differ"),
    ({"timeout_nanoseconds": [1]}, "columns_differ"),
    ({"task_types": [0, 1]}, "index_outside_table"),
    ({"input_indices": [3]}, "index_outside_table"),
    ({"input_indices": []}, "lengths_disagree"),
    ({"parameter_lengths": [0, 900]}, "lengths_disagree"),
    ({"checkpoint_lengths": []}, "lengths_disagree"),
    ({"session_numbers": [6]}, "index_outside_table"),
    ({"agent_indices": [-1, 0]}, "out_of_range"),
    ({"attempts": pb.Attempts(sessions=[5, 0], tasks=[0, 1], attempts=[1, 1])}, "out_of_range"),
    ({"attempts": pb.Attempts(sessions=[5], tasks=[0, 1], attempts=[1])}, "columns_differ"),
    ({"parameter_lengths": [0, (1 << 20) + 1]}, "too_large"),
    ({"number": -1}, "out_of_range"),
])
def test_what_does_not_fit_together_is_refused_as_a_whole(fields, code):
    with pytest.raises(WireError) as refusal:
        decode(envelope(dispatch=dispatch(**fields)), LIMITS)
    assert refusal.value.code == code


def test_other_messages_are_read():
    listed = pb.Attempts(sessions=[5], tasks=[0], attempts=[1])
    for frame, message in (
            (envelope(introduce=pb.Introduce()), Introduce()),
            (envelope(cancel=pb.Cancel(epoch=2, attempts=listed)), Cancel(2, (ONE,))),
            (envelope(refused=pb.Refused(code="overloaded", reason="later")),
             Refused("overloaded", "later", False)),
            (envelope(heartbeat_acknowledged=pb.HeartbeatAcknowledged(
                epoch=1, sequence=3, heartbeat_interval_nanoseconds=4)),
             HeartbeatAcknowledged(1, 3, 4))):
        assert decode(frame, LIMITS) == message


@pytest.mark.parametrize("frame", [b"", b"\xff\xff", envelope(
    welcome=pb.Welcome(journal_id="j")), envelope(welcome=pb.Welcome(
        journal_id="j", protocol_version=1, lease_nanoseconds=1,
        heartbeat_interval_nanoseconds=1, redial_key=b"short"))])
def test_what_is_no_message_is_refused(frame):
    with pytest.raises(WireError):
        decode(frame, LIMITS)


def test_a_welcome_is_read_with_what_is_to_stop_and_where_to_dial():
    welcome = decode(envelope(welcome=pb.Welcome(
        journal_id="j", coordinator_incarnation=3, epoch=9, protocol_version=1,
        lease_nanoseconds=5, heartbeat_interval_nanoseconds=1, maximum_result_bytes=10,
        stop=pb.Attempts(sessions=[5], tasks=[0], attempts=[1]), takes_output=True,
        registration_number=6, redial_key=b"k" * 32, redial_port=7)), LIMITS)
    assert welcome.registration_number == 6
    assert (welcome.epoch, welcome.stop, welcome.takes_output) == (9, (ONE,), True)
    assert (welcome.redial.key, welcome.redial.port) == (b"k" * 32, 7)


def test_a_registration_says_who_the_worker_is_and_what_it_holds():
    said = pb.WorkerEnvelope.FromString(encode(Register(
        "p/w", "p", 3, 1, "h", 4, "v", "j", (AgentOffer("a", ("x",), ("t",), 2),),
        (AgentHealth(0, HealthState.FAILED, "ü"),), (("gpu", 2),), (ONE,), (TWO,), (),
        TakenDispatches(9, 4), True,
        Death("j", 2, (TWO,), (LogLine("last words", TWO), LogLine("other")))))).register
    assert (said.worker_id, said.pool, said.agents[0].slots) == ("p/w", "p", 2)
    assert (said.minimum_protocol_version, said.maximum_protocol_version) == (1, 1)
    assert list(said.health.message_lengths) == [2]
    assert list(said.running.tasks) == [0]
    assert (said.taken.epoch, said.taken.number) == (9, 4)
    assert list(said.death.log_attempts) == [1, 0]


def test_heartbeats_checkpoints_output_and_leaving_are_said():
    beat = pb.WorkerEnvelope.FromString(encode(Heartbeat(
        1, 2, 3, 250, 9, (AttemptProgress(ONE, 400, "page"),)))).heartbeat
    assert (beat.sequence, list(beat.progress_permille), beat.progress_arena) == (
        2, [400], b"page")
    kept = pb.WorkerEnvelope.FromString(encode(Checkpoint(1, ONE, b"123"))).checkpoints
    assert (list(kept.lengths), kept.arena) == ([3], b"123")
    output = pb.WorkerEnvelope.FromString(encode(Output(1, (Said(ONE, "ü", 5),)))).output
    assert (list(output.lengths), list(output.dropped)) == ([2], [5])
    assert pb.WorkerEnvelope.FromString(encode(Goodbye(4))).goodbye.epoch == 4


def test_results_are_columns_as_the_documentation_lays_them_out():
    results = pb.WorkerEnvelope.FromString(encode(Results(1, (
        AttemptResult(AttemptReference(5, 0, 1), 1_000, Outcome(payload=b"[1]")),
        AttemptResult(AttemptReference(5, 1, 1), 2_000, Outcome()))))).results
    assert list(results.run_time_nanoseconds) == [1_000, 2_000]
    assert (list(results.payload_lengths), results.arena) == ([3, 0], b"[1]")
    assert list(results.failure_lengths) == []


@pytest.mark.parametrize("outcome", [
    Outcome(),
    Outcome(payload=b'{"a":1}', usage=Usage(1, 2, 3, 4, 5), proposed_tasks=b'{"tasks":[]}'),
    Outcome(failure=Failure(FailureClass.TIMEOUT, "c", "m", "trace", "w", ("one", "two"))),
])
def test_a_result_outlives_its_bytes(outcome):
    result = AttemptResult(ONE, 77, outcome)
    assert decode_result(encode_result(result)) == result


def test_what_is_no_result_is_refused():
    for encoded in (b"\xff", b"", encode_result(AttemptResult(ONE, 1, Outcome()))[:-1]):
        with pytest.raises(WireError):
            decode_result(encoded)


def test_findings_become_messages():
    encoded = encode_findings(Findings(
        [Source("https://x", "X", SourceKind.ACADEMIC_PAPER, 0.5, ["A"], "2026")],
        [Insight("t", "s", [Evidence("q", "https://x", "1")], 0.25, ["https://x"], ["tag"])],
        [Citation(1, "https://x", 2)], DocumentFacts("D", 10, ["S"], True, 0.75)), LIMITS)
    read = pb.Findings.FromString(encoded)
    assert read.sources[0].kind == pb.SOURCE_KIND_ACADEMIC_PAPER
    assert read.insights[0].supporting_evidence[0].quote == "q"
    assert read.document.quality_score == 0.75
    assert encode_findings(Findings(), LIMITS) == b""


@pytest.mark.parametrize(("findings", "code"), [
    (Findings([Source("x", "X", confidence=1.5)]), "out_of_range"),
    (Findings([Source("x", "X", confidence=float("nan"))]), "out_of_range"),
    (Findings([Source("x", "X" * 9_000)]), "too_large"),
    (Findings([Source("x", "X")] * 1_001), "too_large"),
    (Findings([Source("x", None)]), "malformed"),
    (Findings(citations=[Citation(-1, "x")]), "out_of_range"),
])
def test_findings_that_nobody_would_take_are_refused(findings, code):
    with pytest.raises(WireError) as refusal:
        encode_findings(findings, LIMITS)
    assert refusal.value.code == code


def test_json_has_no_word_for_everything():
    assert encode_json({"ü": [1, None]}, 128, "payload") == '{"ü":[1,null]}'.encode()
    for value in (float("nan"), float("inf"), object(), "\ud800", {1, 2}):
        with pytest.raises(WireError):
            encode_json(value, 128, "payload")


def test_json_may_be_so_deep_and_no_deeper():
    def nested(depth):
        value = []
        for _ in range(depth - 1):
            value = [value]
        return value

    encode_json(nested(128), 128, "payload")
    with pytest.raises(WireError):
        encode_json(nested(129), 128, "payload")


def test_a_result_that_is_too_large_is_known_before_it_is_sent():
    with pytest.raises(WireError) as refusal:
        check_outcome(Outcome(payload=b"x" * 11), WireLimits(result_bytes=10))
    assert "allowed 10, got 11" in str(refusal.value)


@pytest.mark.parametrize(("outcome", "field"), [
    (Outcome(payload=str(2**2048).encode()), "payload"),
    (Outcome(payload=b'["x", %d]' % 10**400), "payload"),
    (Outcome(usage=Usage(input_tokens=-1)), "usage.input_tokens"),
    (Outcome(usage=Usage(cost_micros=1.5)), "usage.cost_micros"),
    (Outcome(usage={"input_tokens": 1}), "usage"),
    (Outcome(failure=Failure("permanent", "c", "m")), "failure.failure_class"),
])
def test_a_result_that_would_spoil_its_message_is_refused(outcome, field):
    """The coordinator would refuse the others in it as well, and in the end the worker."""
    with pytest.raises(WireError) as refusal:
        check_outcome(outcome, LIMITS)
    assert refusal.value.field == field


def test_long_digits_are_no_number_by_themselves():
    check_outcome(Outcome(payload=b'"%s"' % (b"7" * 400)), LIMITS)
    check_outcome(Outcome(payload=b"%d" % 10**308), LIMITS)


def test_an_enrolment_is_answered_with_an_id_or_a_reason():
    assert decode_enrolment(
        pb.EnrolmentAnswer(worker_id="p/w").SerializeToString(), LIMITS) == "p/w"
    refused = decode_enrolment(pb.EnrolmentAnswer(
        refused=pb.Refused(code="access_denied")).SerializeToString(), LIMITS)
    assert refused == Refused("access_denied", "", False)
    with pytest.raises(WireError):
        decode_enrolment(b"", LIMITS)
