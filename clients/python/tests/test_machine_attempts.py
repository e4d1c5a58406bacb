"""What begins, what is stopped and why, and how ends are told."""

from agent_scrivener.machine.configuration import MILLISECOND, SECOND
from agent_scrivener.machine.events import (
    Checkpointed,
    CheckHealth,
    HealthChecked,
    Initialize,
    Initialized,
    Progressed,
)
from agent_scrivener.model.attempts import AttemptProgress, Outcome
from agent_scrivener.model.failure import FailureClass
from agent_scrivener.model.incoming import (
    Cancel,
    Dispatch,
    HeartbeatAcknowledged,
    Introduce,
    Recall,
    Session,
)
from agent_scrivener.model.outgoing import Checkpoint, HealthState, Heartbeat, Released, Results
from agent_scrivener.model.usage import Usage
from machine_world import (
    HELLO,
    INTERVAL,
    LEASE,
    World,
    attempt,
    failed,
    item,
    only,
    sent,
    started,
    stopped,
)


def registered(**settings):
    world = World(**settings)
    world.register()
    return world


def failure_of(effects):
    return only(effects, Results).results[0].outcome.failure


def test_what_has_no_room_waits_and_begins_when_a_slot_is_free():
    world = registered(slots=1)
    assert started(world.dispatch(0, 1)) == [attempt(0)]
    effects = world.end(attempt(0))
    assert only(effects, Results).results[0].outcome.payload == HELLO
    assert started(effects) == [attempt(1)]


def test_nothing_overtakes_an_attempt_that_needs_several_slots():
    world = registered(slots=2)
    world.dispatch(item(0), item(1, slots=2), item(2))
    assert world.machine.running_count == 1
    assert started(world.end(attempt(0))) == [attempt(1)]
    assert started(world.end(attempt(1))) == [attempt(2)]


def test_a_repeated_dispatch_starts_nothing_twice():
    world = registered()
    world.dispatch(0)
    assert started(world.dispatch(0)) == []
    world.end(attempt(0))
    assert started(world.dispatch(0)) == []


def test_what_names_an_agent_or_slots_that_are_not_there_fails():
    world = registered(slots=2)
    for wrong in (item(0, agent_index=3), item(1, slots=3)):
        assert failure_of(world.dispatch(wrong)).code == "protocol_error"
    effects = world.receive(Dispatch(world.epoch, (Session(2, "s-2"),), (item(2),)))
    assert failure_of(effects).failure_class is FailureClass.TRANSIENT


def test_more_than_may_wait_is_handed_back():
    world = registered(slots=1, maximum_waiting_per_slot=2)
    effects = world.dispatch(0, 1, 2, 3)
    # They queue before the first of them begins.
    assert only(effects, Released).attempts == (attempt(2), attempt(3))


def test_a_recall_takes_back_what_has_not_begun_and_nothing_else():
    world = registered(slots=1)
    world.dispatch(0, 1)
    effects = world.receive(Recall(world.epoch, (attempt(0), attempt(1), attempt(9))))
    assert only(effects, Released).attempts == (attempt(1),)
    assert world.machine.held_count == 1


def test_a_cancel_is_proved_by_the_agents_end_and_not_before():
    world = registered()
    world.dispatch(0)
    effects = world.receive(Cancel(world.epoch, (attempt(0),)))
    assert stopped(effects) == [attempt(0)]
    assert sent(effects) == []
    failure = failure_of(world.end_stopped(attempt(0)))
    assert (failure.failure_class, failure.code) == (FailureClass.CANCELLED, "cancelled")
    assert failure.log_tail == ("said",)


def test_a_repeated_cancel_stops_once():
    world = registered()
    world.dispatch(0)
    world.receive(Cancel(world.epoch, (attempt(0),)))
    assert world.receive(Cancel(world.epoch, (attempt(0),))) == []


def test_an_attempt_that_succeeded_before_its_stop_took_effect_has_succeeded():
    world = registered()
    world.dispatch(0)
    world.receive(Cancel(world.epoch, (attempt(0),)))
    assert only(world.end(attempt(0)), Results).results[0].outcome.failure is None


def test_a_cancel_of_what_has_not_begun_or_is_not_known_is_answered_at_once():
    world = registered(slots=1)
    world.dispatch(0, 1)
    effects = world.receive(Cancel(world.epoch, (attempt(1), attempt(7))))
    assert only(effects, Released).attempts == (attempt(1), attempt(7))


def test_a_cancel_of_what_has_ended_leaves_its_result():
    world = registered()
    world.dispatch(0)
    world.end(attempt(0))
    assert sent(world.receive(Cancel(world.epoch, (attempt(0),)))) == []


def test_an_attempt_that_runs_longer_than_its_timeout_is_stopped():
    world = registered()
    world.dispatch(0, timeout_ns=2 * SECOND)
    assert stopped(world.live(2 * SECOND - 1)) == []
    assert stopped(world.live(1)) == [attempt(0)]
    failure = failure_of(world.end_stopped(attempt(0)))
    assert (failure.failure_class, failure.code) == (FailureClass.TIMEOUT, "task_timeout")


def test_a_timeout_counts_from_when_the_agent_begins():
    world = registered(slots=1)
    world.dispatch(0, 1, timeout_ns=3 * SECOND)
    world.live(2 * SECOND)
    world.end(attempt(0))
    assert stopped(world.live(3 * SECOND - 1)) == []
    assert stopped(world.live(1)) == [attempt(1)]


def test_progress_is_the_sign_of_life_that_the_progress_timeout_waits_for():
    world = registered()
    world.dispatch(0, progress_timeout_ns=2 * SECOND)
    for _ in range(4):
        assert stopped(world.live(1_500 * MILLISECOND)) == []
        world.handle(Progressed(AttemptProgress(attempt(0), 100)))
    assert stopped(world.live(2 * SECOND)) == [attempt(0)]
    assert failure_of(world.end_stopped(attempt(0))).code == "progress_timeout"


def test_an_exclusive_attempt_is_stopped_before_the_lease_can_have_run_out():
    world = registered()
    world.dispatch(0, is_exclusive=True)
    # Nothing but the registration was answered: the lease counts from when that was sent.
    assert stopped(world.pass_time(LEASE - LEASE // 10 - 1)) == []
    assert stopped(world.pass_time(1)) == [attempt(0)]
    world.pass_time(LEASE)
    world.welcome()
    assert failure_of(world.end_stopped(attempt(0))).code == "lease_margin"


def test_the_lease_counts_from_the_sending_of_what_was_acknowledged():
    world = registered(orphan_grace=600 * SECOND)
    world.dispatch(0, is_exclusive=True)
    beat = sent(world.pass_time(INTERVAL), Heartbeat)[-1]
    sent_at = world.now
    world.now += 500 * MILLISECOND
    world.receive(HeartbeatAcknowledged(world.epoch, beat.sequence))
    margin = sent_at + LEASE - LEASE // 10
    assert stopped(world.pass_time(margin - world.now - 1)) == []
    assert stopped(world.pass_time(1)) == [attempt(0)]


def test_nothing_begins_once_the_lease_has_run_out():
    """What has not begun may be somebody else's by now."""
    world = registered(slots=1)
    world.dispatch(0, 1)
    world.pass_time(LEASE)
    assert started(world.end(attempt(0))) == []
    assert started(world.welcome()) == [attempt(1)]


def test_a_worker_that_hears_nothing_works_on_and_then_stops_everything():
    world = registered(orphan_grace=60 * SECOND)
    world.dispatch(0)
    assert stopped(world.pass_time(59 * SECOND)) == []
    assert stopped(world.pass_time(1 * SECOND)) == [attempt(0)]
    world.end_stopped(attempt(0))
    result = only(world.welcome(), Results).results[0]
    assert result.outcome.failure.code == "orphaned"


def test_what_the_coordinator_has_given_up_stops_without_a_word():
    world = registered(slots=1)
    world.dispatch(0)
    world.receive(Introduce())
    effects = world.welcome(stop=(attempt(0),))
    assert stopped(effects) == [attempt(0)]
    # Its slot is free, as it is in the coordinator's books.
    assert started(world.dispatch(1)) == [attempt(1)]
    assert sent(world.end_stopped(attempt(0)), Results) == []


def test_a_failed_attempts_own_account_is_told_when_nobody_stopped_it():
    world = registered()
    world.dispatch(0)
    failure = failure_of(world.end(attempt(0), failed()))
    assert (failure.code, failure.stack_trace) == ("agent_error", "trace")


def test_what_a_stopped_attempt_has_used_is_told():
    world = registered()
    world.dispatch(0)
    world.receive(Cancel(world.epoch, (attempt(0),)))
    outcome = Outcome(usage=Usage(input_tokens=9), failure=failed().failure)
    told = only(world.end(attempt(0), outcome), Results).results[0].outcome
    assert told.usage.input_tokens == 9
    assert told.failure.code == "cancelled"


def test_the_first_checkpoint_goes_at_once_and_later_ones_with_the_next_heartbeat():
    world = registered()
    world.dispatch(0)
    world.live(INTERVAL)
    assert only(world.handle(Checkpointed(attempt(0), b"1")), Checkpoint).kept == b"1"
    assert sent(world.handle(Checkpointed(attempt(0), b"2"))) == []
    assert sent(world.handle(Checkpointed(attempt(0), b"3"))) == []
    kept = [each.kept for each in sent(world.live(INTERVAL), Checkpoint)]
    assert kept == [b"3"]


def test_what_a_failed_attempt_kept_comes_before_its_end():
    world = registered()
    world.dispatch(0)
    world.handle(Checkpointed(attempt(0), b"1"))
    world.handle(Checkpointed(attempt(0), b"2"))
    kinds = [type(each) for each in sent(world.end(attempt(0), failed()))]
    assert kinds == [Checkpoint, Results]


def test_what_a_successful_attempt_kept_is_of_no_use_any_more():
    world = registered()
    world.dispatch(0)
    world.handle(Checkpointed(attempt(0), b"1"))
    world.handle(Checkpointed(attempt(0), b"2"))
    assert [type(each) for each in sent(world.end(attempt(0)))] == [Results]


def test_an_agent_is_given_work_once_it_is_initialized():
    world = World()
    world.tick()
    assert any(isinstance(each, Initialize) for each in world.effects)
    world.welcome()
    assert only(world.dispatch(0), Released).attempts == (attempt(0),)
    world.handle(Initialized(0))
    assert started(world.dispatch(0, number=2)) == [attempt(0, 2)]


def test_an_agent_that_cannot_be_initialized_is_tried_again():
    world = World()
    world.tick()
    world.welcome()
    effects = world.handle(Initialized(0, "no model"))
    health = only(effects, Heartbeat).health[0]
    assert (health.state, health.message) == (HealthState.FAILED, "no model")
    assert any(isinstance(each, Initialize) for each in world.live(2 * SECOND))


def test_what_waits_for_an_agent_that_has_failed_is_handed_back_and_what_runs_goes_on():
    world = registered(slots=1)
    world.dispatch(0, 1)
    effects = world.live(30 * SECOND)
    assert any(isinstance(each, CheckHealth) for each in effects)
    effects = world.handle(HealthChecked(0, HealthState.FAILED, "broken"))
    assert only(effects, Released).attempts == (attempt(1),)
    assert world.machine.running_count == 1


def test_an_agent_that_does_not_say_how_it_is_counts_as_failed():
    world = registered()
    effects = world.live(41 * SECOND)
    states = [beat.health[0].state for beat in sent(effects, Heartbeat) if beat.health]
    assert states and set(states) == {HealthState.FAILED}


def test_an_agent_that_failed_its_health_check_has_to_pass_one():
    world = registered()
    world.live(30 * SECOND)
    world.handle(HealthChecked(0, HealthState.FAILED, "broken"))
    world.live(2 * SECOND)
    effects = world.handle(Initialized(0))
    assert any(isinstance(each, CheckHealth) for each in effects + world.tick())
    assert only(world.dispatch(0), Released)
    world.handle(HealthChecked(0, HealthState.DEGRADED, "slow"))
    assert started(world.dispatch(0, number=2)) == [attempt(0, 2)]
