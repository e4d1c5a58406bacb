"""Registering, heartbeats, doubts, and leaving."""

from agent_scrivener.machine.configuration import MILLISECOND, SECOND
from agent_scrivener.machine.events import (
    DrainRequested,
    Fail,
    Leave,
    Measured,
    Progressed,
    Reconnect,
    Reconnected,
    Registered,
    StopAll,
)
from agent_scrivener.model.attempts import AttemptProgress
from agent_scrivener.model.failure import FailureClass
from agent_scrivener.model.incoming import Drain, HeartbeatAcknowledged, Introduce, Refused
from agent_scrivener.model.outgoing import (
    Draining,
    Goodbye,
    HealthState,
    Heartbeat,
    Register,
    Released,
    Results,
    TakenDispatches,
)
from machine_world import (
    INTERVAL,
    LEASE,
    World,
    attempt,
    only,
    registration,
    sent,
    started,
    stopped,
)


def test_a_worker_opens_with_who_it_is():
    world = World(slots=3, host="h", process_id=5, resources=(("gpu", 2),))
    said = registration(world.tick())
    assert (said.worker_id, said.pool, said.incarnation, said.registration_number) == (
        "w1", "", 7, 1)
    assert (said.host, said.process_id, said.resources) == ("h", 5, (("gpu", 2),))
    assert said.agents[0].slots == 3
    assert said.health[0].state is HealthState.INITIALIZING
    assert said.journal_id == ""


def test_a_replica_repeats_its_pool():
    world = World()
    object.__setattr__(world.configuration, "worker_id", "research/r1")
    assert registration(world.tick()).pool == "research"


def test_a_welcome_is_followed_by_heartbeats_at_its_interval():
    world = World()
    assert any(isinstance(each, Registered) for each in world.register())
    effects = world.live(3 * INTERVAL)
    assert [beat.sequence for beat in sent(effects, Heartbeat)] == [2, 3, 4]
    assert not sent(effects, Register)


def test_how_an_agent_is_does_not_wait_for_the_next_heartbeat():
    world = World()
    effects = world.register()
    # It was said to be initializing when the worker registered.
    assert only(effects, Heartbeat).health == ()


def test_a_registration_without_an_answer_is_repeated_on_another_connection_with_more_patience():
    world = World()
    world.tick()
    effects = world.pass_time(2 * SECOND)
    assert any(isinstance(each, Reconnect) for each in effects)
    effects = world.pass_time(5 * SECOND)
    assert sent(effects, Register)
    numbers = [message.registration_number for message in sent(world.effects, Register)]
    assert numbers == sorted(set(numbers))


def test_a_message_of_another_epoch_is_dropped():
    """What lay in a socket's queue across a reconnection can never start work."""
    world = World()
    world.register()
    world.epoch -= 1
    assert started(world.dispatch(0)) == []
    assert world.machine.held_count == 0


def test_nothing_but_a_welcome_counts_while_the_worker_registers():
    world = World()
    world.register()
    world.receive(Introduce())
    assert started(world.dispatch(0)) == []


def test_the_welcome_of_a_coordinator_that_is_past_is_ignored():
    world = World()
    world.incarnation = 5
    world.register()
    world.receive(Introduce())
    assert not any(
        isinstance(each, Registered) for each in world.welcome(coordinator_incarnation=4))
    assert world.machine.epoch is None
    assert any(isinstance(each, Registered) for each in world.welcome())


def test_a_registration_says_how_far_the_dispatches_of_the_last_epoch_came():
    world = World(slots=1)
    assert registration(world.tick()).taken == TakenDispatches(0, 0)
    world.welcome()
    world.dispatch(0)
    # Also what is handed back has come.
    world.handle(StopAll())
    world.dispatch(1)
    assert registration(world.receive(Introduce())).taken == TakenDispatches(1, 2)
    # Of an epoch that is over, nothing is taken any more.
    world.dispatch(2)
    world.welcome()
    assert registration(world.receive(Introduce())).taken == TakenDispatches(2, 0)


def test_a_welcome_that_answers_an_earlier_registration_is_ignored():
    """The last one has told the coordinator that nothing of that epoch had begun."""
    world = World()
    world.tick()
    world.handle(Reconnected())
    world.welcome(registration_number=1)
    assert world.machine.epoch is None
    world.welcome(registration_number=2)
    assert world.machine.epoch == world.epoch


def test_introduce_leads_to_a_registration_that_names_all_that_is_held():
    world = World(slots=1)
    world.register()
    world.dispatch(0, 1)
    world.end(attempt(0))
    said = registration(world.receive(Introduce()))
    assert said.running == (attempt(1),)
    assert said.outbox == (attempt(0),)
    assert said.journal_id == "j1"


def test_a_connection_that_is_new_is_registered_on():
    world = World()
    world.register()
    assert registration(world.handle(Reconnected()))


def test_silence_for_a_lease_makes_the_worker_connect_and_register_anew():
    world = World()
    world.register()
    effects = world.pass_time(LEASE)
    assert any(isinstance(each, Reconnect) for each in effects)
    assert registration(effects)


def test_a_welcome_that_took_longer_than_the_lease_is_renewed_at_once():
    """Otherwise the lease, counted from the asking, would have run out already and nothing could begin."""
    world = World(registration_timeout=60 * SECOND)
    world.tick()
    world.now += LEASE
    assert sent(world.welcome(), Heartbeat)


def test_a_heartbeat_says_how_the_host_is_and_how_far_attempts_have_come():
    world = World()
    world.register()
    world.dispatch(0)
    world.handle(Measured(250, 4_096))
    world.handle(Progressed(AttemptProgress(attempt(0), 400, "page 2")))
    beat = sent(world.pass_time(INTERVAL), Heartbeat)[-1]
    assert (beat.processor_load_permille, beat.memory_bytes, beat.held) == (250, 4_096, 1)
    assert beat.progress == (AttemptProgress(attempt(0), 400, "page 2"),)


def test_a_final_refusal_stops_everything_and_ends_the_worker():
    world = World()
    world.register()
    world.dispatch(0)
    effects = world.receive(Refused("access_revoked", "no more", True))
    assert stopped(effects) == [attempt(0)]
    assert Fail("access_revoked", "no more") in effects
    assert world.machine.next_deadline is None


def test_a_refusal_that_is_not_final_is_followed_by_another_registration():
    world = World()
    world.tick()
    world.receive(Refused("overloaded", "later"))
    assert sent(world.pass_time(10 * SECOND), Register)


def test_a_drain_hands_back_what_waits_finishes_what_runs_and_leaves():
    world = World(slots=1)
    world.register()
    world.dispatch(0, 1)
    effects = world.receive(Drain(world.epoch))
    assert sent(effects) == [
        Draining(world.epoch), Released(world.epoch, (attempt(1),))]
    assert started(world.end(attempt(0))) == []
    effects = world.commit(attempt(0))
    assert sent(effects) == [Goodbye(world.epoch)]
    assert isinstance(effects[-1], Leave)


def test_a_draining_worker_hands_back_what_is_dispatched_all_the_same():
    world = World()
    world.register()
    world.dispatch(0)
    world.handle(DrainRequested())
    assert only(world.dispatch(1), Released).attempts == (attempt(1),)


def test_a_drain_before_the_welcome_is_said_after_it():
    world = World()
    world.register()
    world.dispatch(0)
    world.receive(Introduce())
    world.handle(DrainRequested())
    assert only(world.welcome(), Draining).epoch == world.epoch


def test_what_does_not_end_in_time_is_stopped_and_handed_back():
    world = World()
    world.register()
    world.dispatch(0)
    world.handle(DrainRequested())
    assert stopped(world.handle(StopAll())) == [attempt(0)]
    failure = only(world.end_stopped(attempt(0)), Results).results[0].outcome.failure
    assert (failure.failure_class, failure.code) == (FailureClass.CANCELLED, "drained")


def test_a_worker_without_anything_to_do_leaves_at_once():
    world = World()
    world.register()
    assert isinstance(world.handle(DrainRequested())[-1], Leave)
    assert world.machine.is_stopped


def test_it_heartbeats_as_often_as_it_is_told():
    world = World()
    world.register()
    world.pass_time(SECOND)
    world.receive(HeartbeatAcknowledged(world.epoch, 1, 2 * SECOND))
    assert len(sent(world.pass_time(SECOND), Heartbeat)) == 1
    assert not sent(world.pass_time(2 * SECOND - 1), Heartbeat)
    assert len(sent(world.pass_time(1), Heartbeat)) == 1
    world.receive(HeartbeatAcknowledged(world.epoch, 3))
    assert len(sent(world.pass_time(2 * SECOND), Heartbeat)) == 1


def test_it_heartbeats_within_the_orphan_grace():
    """Or every attempt would be stopped before the answer comes."""
    world = World(orphan_grace=2 * SECOND)
    world.register(heartbeat_interval_ns=2 * SECOND)
    world.dispatch(0)
    assert len(sent(world.live(10 * SECOND), Heartbeat)) == 10


def test_deadlines_never_lie_in_the_past_for_long():
    """A machine that is due all the time would keep a processor busy."""
    world = World(keep_after=SECOND)
    world.register()
    world.dispatch(0, 1, timeout_ns=10 * SECOND, progress_timeout_ns=300 * MILLISECOND)
    world.end(attempt(0))
    world.live(30 * SECOND)
    assert world.machine.next_deadline > world.now
