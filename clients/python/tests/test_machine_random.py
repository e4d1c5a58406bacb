"""The machine under whatever comes, in any order, from a seed: its books stay right, and in peace it leaves."""

import random
from collections import Counter

import pytest
from agent_scrivener.machine.configuration import SECOND
from agent_scrivener.machine.events import (
    Checkpointed,
    DrainRequested,
    HealthChecked,
    Initialized,
    Progressed,
    Reconnected,
    Start,
    StopAll,
)
from agent_scrivener.machine.held import Running
from agent_scrivener.model.attempts import AttemptProgress
from agent_scrivener.model.incoming import (
    Cancel,
    HeartbeatAcknowledged,
    Introduce,
    Recall,
    Refused,
    ResultsCommitted,
)
from agent_scrivener.model.outgoing import HealthState, Heartbeat, Released, Results
from machine_world import World, attempt, failed, item, sent

STEPS = 250


class Storm:
    """A coordinator, agents and a network that do whatever comes to their minds."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.world = World(
            slots=self.random.choice([1, 2, 4]), agents=2,
            keep_after=self.random.choice([None, SECOND]))
        self.executing = set()
        self.started = Counter()
        self.released = set()
        self.told = {}
        self.next_task = 0
        self.heartbeats = []

    def run(self):
        self.note(self.world.register())
        for _ in range(STEPS):
            self.note(self.random.choice(self.deeds)(self))
            self.check()
        self.make_peace()

    # What may happen

    def dispatch(self):
        items = [
            item(
                self.task(), agent_index=self.random.choice([0, 0, 1, 1, 7]),
                slots=self.random.choice([1, 1, 1, 2]),
                timeout_ns=self.random.choice([0, SECOND, 5 * SECOND]),
                progress_timeout_ns=self.random.choice([0, 2 * SECOND]),
                is_exclusive=self.random.random() < 0.2,
                is_at_most_once=self.random.random() < 0.2)
            for _ in range(self.random.choice([1, 1, 3, 9]))]
        return self.world.dispatch(*items)

    def task(self):
        """Mostly a new one; now and then one that the worker has, or has the result of."""
        machine = self.world.machine
        known = sorted([*machine._held, *machine._outbox.attempts])
        if known and self.random.random() < 0.1:
            return self.random.choice(known).task
        self.next_task += 1
        return self.next_task - 1

    def some(self):
        return tuple(
            attempt(self.random.randrange(self.next_task + 1))
            for _ in range(self.random.choice([1, 2, 5])))

    def end(self):
        if not self.executing:
            return []
        chosen = self.random.choice(sorted(self.executing))
        self.executing.discard(chosen)
        return self.world.end(chosen, failed() if self.random.random() < 0.3 else None)

    def pass_time(self):
        return self.world.pass_time(
            int(self.random.choice([0.01, 0.3, 1, 3, 8]) * SECOND))

    def acknowledge(self):
        effects = []
        for message in self.heartbeats:
            effects += self.world.receive(
                HeartbeatAcknowledged(message.epoch, message.sequence))
        self.heartbeats.clear()
        return effects

    def welcome(self):
        stop = self.some() if self.random.random() < 0.3 else ()
        effects = self.world.welcome(stop=stop)
        if self.world.machine.epoch != self.world.epoch:
            # Nobody has asked for it: the conversation goes on where it was.
            self.world.epoch -= 1
        return effects

    def change_journal(self):
        self.world.receive(Introduce())
        self.world.journal = self.random.choice(["j1", "j2", "j3"])
        return self.welcome()

    deeds = [
        dispatch, dispatch, dispatch, end, end, end, end, pass_time, pass_time, acknowledge,
        acknowledge, welcome, welcome,
        lambda self: self.change_journal() if self.random.random() < 0.2 else [],
        lambda self: self.world.receive(Introduce()),
        lambda self: self.world.receive(Cancel(self.world.epoch, self.some())),
        lambda self: self.world.receive(Recall(self.world.epoch, self.some())),
        lambda self: self.world.receive(ResultsCommitted(self.world.epoch, self.some())),
        lambda self: self.world.receive(Refused("overloaded", "later")),
        lambda self: self.world.handle(Reconnected()),
        lambda self: self.world.handle(Progressed(AttemptProgress(self.some()[0], 500))),
        lambda self: self.world.handle(Checkpointed(self.some()[0], b"kept")),
        lambda self: self.world.handle(Initialized(self.random.randrange(2), None)),
        lambda self: self.world.handle(HealthChecked(
            self.random.randrange(2), self.random.choice(list(HealthState)), "so so")),
    ]

    # What has to hold

    def note(self, effects):
        journal = self.world.machine._journal_id
        for effect in effects:
            if isinstance(effect, Start):
                reference = effect.assignment.item.attempt
                assert reference not in self.executing, "started twice"
                assert (journal, reference) not in self.told, "started after its end"
                self.executing.add(reference)
        self.heartbeats += sent(effects, Heartbeat)
        for message in sent(effects, Released):
            for reference in message.attempts:
                held = self.world.machine._held.get(reference)
                assert held is None or held.is_fenced, "handed back, and held"
        for message in sent(effects, Results):
            for result in message.results:
                before = self.told.setdefault((journal, result.attempt), result)
                assert before == result, "told twice, and otherwise"

    def check(self):
        machine = self.world.machine
        held = machine._held
        stages = [each.stage for each in held.values()]
        assert machine.waiting_count == sum(each.is_waiting for each in held.values())
        assert machine.running_count == sum(isinstance(stage, Running) for stage in stages)
        assert machine._exclusive_count == sum(
            each.is_exclusive and isinstance(each.stage, Running) for each in held.values())
        assert not set(held) & set(machine._outbox.attempts)
        for index, queue in enumerate(machine._queues):
            own = [each for each in held.values() if each.agent_index == index]
            taken = sum(
                each.slots for each in own if not each.is_waiting and not each.is_fenced)
            assert queue._taken == taken <= queue.slots
            assert len(queue) == sum(each.is_waiting for each in own)
        begun = {reference for reference, each in held.items() if not each.is_waiting}
        assert begun == self.executing

    def make_peace(self):
        """Everything is answered: a worker that drains ends, with nothing left behind."""
        world = self.world
        world.handle(DrainRequested())
        world.handle(StopAll())
        for _ in range(100):
            if world.machine.is_stopped:
                break
            if world.machine.epoch is None:
                self.note(world.pass_time(10 * SECOND))
                self.note(self.welcome())
            for reference in sorted(self.executing):
                self.executing.discard(reference)
                self.note(world.end(reference))
            self.note(world.receive(ResultsCommitted(
                world.epoch, world.machine._outbox.attempts)))
        assert world.machine.is_stopped
        assert world.machine.held_count == 0
        assert world.machine.unacknowledged_count == 0


@pytest.mark.parametrize("seed", range(60))
def test_its_books_stay_right(seed):
    Storm(seed).run()
