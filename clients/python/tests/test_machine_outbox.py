"""Results that nobody has acknowledged: sent again, kept on disk, set aside."""

from agent_scrivener.machine.configuration import SECOND
from agent_scrivener.machine.events import DrainRequested, Forget, ForgetDeath, Keep
from agent_scrivener.machine.outbox import KeptResults
from agent_scrivener.model.attempts import AttemptResult, Outcome
from agent_scrivener.model.incoming import Introduce
from agent_scrivener.model.outgoing import Death, Parked, Results
from machine_world import HELLO, LEASE, World, attempt, registration, sent, started


def registered(**settings):
    world = World(**settings)
    world.register()
    return world


def result(task):
    return AttemptResult(attempt(task), 1, Outcome(payload=HELLO))


def told(effects):
    return [each.attempt for message in sent(effects, Results) for each in message.results]


def keeps(effects):
    return [each for each in effects if isinstance(each, Keep)]


def test_a_result_is_sent_again_after_each_welcome_until_it_is_acknowledged():
    world = registered()
    world.dispatch(0)
    assert told(world.end(attempt(0))) == [attempt(0)]
    world.receive(Introduce())
    assert told(world.welcome()) == [attempt(0)]
    world.commit(attempt(0))
    world.receive(Introduce())
    assert told(world.welcome()) == []


def test_a_result_that_is_not_acknowledged_for_a_lease_is_sent_again():
    world = registered()
    world.dispatch(0)
    world.end(attempt(0))
    assert told(world.live(LEASE - SECOND)) == []
    assert told(world.live(2 * SECOND)) == [attempt(0)]


def test_what_ends_without_a_registration_is_told_after_the_next():
    world = registered()
    world.dispatch(0)
    world.receive(Introduce())
    assert told(world.end(attempt(0))) == []
    assert told(world.welcome()) == [attempt(0)]


def test_what_waits_for_longer_than_usual_is_kept_and_forgotten_when_it_is_acknowledged():
    world = registered(keep_after=SECOND)
    world.dispatch(0, 1)
    world.end(attempt(0))
    assert keeps(world.live(SECOND // 2)) == []
    world.end(attempt(1))
    assert keeps(world.live(SECOND // 2)) == [Keep("j1", (AttemptResult(
        attempt(0), 5_000_000, Outcome(payload=HELLO)),))]
    effects = world.commit(attempt(0), attempt(1))
    assert Forget("j1", (attempt(0),)) in effects


def test_what_nobody_will_do_again_is_kept_before_it_is_sent():
    world = registered(keep_after=SECOND)
    world.dispatch(0, is_at_most_once=True)
    kinds = [type(each) for each in world.end(attempt(0)) if not isinstance(each, Forget)]
    assert kinds[0] is Keep


def test_without_a_folder_nothing_is_kept():
    world = registered()
    world.dispatch(0, is_at_most_once=True)
    assert keeps(world.end(attempt(0)) + world.live(5 * SECOND)) == []


def test_the_results_of_a_process_before_this_one_are_its_own():
    world = World(kept=[KeptResults("j1", (result(3),))], keep_after=SECOND)
    said = registration(world.tick())
    assert (said.journal_id, said.outbox) == ("j1", (attempt(3),))
    assert told(world.welcome()) == [attempt(3)]
    assert started(world.dispatch(3)) == []
    assert Forget("j1", (attempt(3),)) in world.commit(attempt(3))


def test_another_journal_stops_what_runs_and_sets_results_aside():
    world = registered(keep_after=SECOND)
    world.dispatch(0, 1)
    world.end(attempt(0))
    world.receive(Introduce())
    world.journal = "j2"
    effects = world.welcome()
    assert keeps(effects) and keeps(effects)[0].journal_id == "j1"
    assert told(effects) == []
    assert world.machine.set_aside_count == 1
    # The same numbers mean other work now.
    assert started(world.dispatch(0)) == [attempt(0)]
    world.end(attempt(0))
    said = registration(world.receive(Introduce()))
    assert said.parked == (Parked("j1", (attempt(0),)),)
    assert (said.journal_id, said.outbox) == ("j2", (attempt(0),))


def test_results_that_were_set_aside_come_back_with_their_journal():
    world = registered()
    world.dispatch(0)
    world.end(attempt(0))
    world.receive(Introduce())
    world.journal = "j2"
    world.welcome()
    world.receive(Introduce())
    world.journal = "j1"
    assert told(world.welcome()) == [attempt(0)]
    assert world.machine.set_aside_count == 0


def test_an_attempt_of_another_journal_that_has_not_stopped_yet_does_not_take_a_new_ones_place():
    world = registered()
    world.dispatch(0)
    world.receive(Introduce())
    world.journal = "j2"
    world.welcome()
    assert started(world.dispatch(0)) == []


def test_a_draining_worker_stays_until_its_results_are_acknowledged():
    world = registered()
    world.dispatch(0)
    world.end(attempt(0))
    world.handle(DrainRequested())
    assert not world.machine.is_stopped
    world.commit(attempt(0))
    assert world.machine.is_stopped


def test_when_the_process_ends_everything_is_kept():
    world = registered(keep_after=SECOND)
    world.dispatch(0)
    world.end(attempt(0))
    effects = []
    world.machine.keep_all(effects)
    assert [each.results[0].attempt for each in keeps(effects)] == [attempt(0)]


def test_a_death_is_told_until_a_coordinator_of_its_journal_has_heard_it():
    death = Death("j1", 6, (attempt(0),))
    world = World(death=death, tells_deaths=True)
    assert registration(world.tick()).death == death
    world.journal = "j2"
    assert ForgetDeath() not in world.welcome()
    assert registration(world.receive(Introduce())).death == death
    world.journal = "j1"
    assert ForgetDeath() in world.welcome()
    assert registration(world.receive(Introduce())).death is None


def test_one_result_goes_into_one_message_when_it_is_sent_again():
    world = registered()
    world.dispatch(0, 1)
    world.end(attempt(0))
    world.end(attempt(1))
    world.receive(Introduce())
    messages = sent(world.welcome(), Results)
    assert [len(each.results) for each in messages] == [1, 1]
