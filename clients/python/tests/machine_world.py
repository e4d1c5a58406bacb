"""A worker's machine, and a test that plays its coordinator, its agents and the clock."""

from agent_scrivener.machine import MachineConfiguration, WorkerMachine
from agent_scrivener.machine.configuration import MILLISECOND, SECOND
from agent_scrivener.machine.events import (
    Ended,
    Event,
    Initialized,
    Received,
    Send,
    Start,
    Stop,
    Tick,
)
from agent_scrivener.model.attempts import AttemptReference, AttemptResult, Outcome
from agent_scrivener.model.failure import Failure, FailureClass
from agent_scrivener.model.incoming import (
    Dispatch,
    HeartbeatAcknowledged,
    Incoming,
    Item,
    ResultsCommitted,
    Session,
    Welcome,
)
from agent_scrivener.model.outgoing import AgentOffer, Heartbeat, Register

LEASE = 5 * SECOND
INTERVAL = 1 * SECOND
HELLO = b'"hello"'


def attempt(task, number=1, session=1):
    return AttemptReference(session, task, number)


class World:
    """Collects what the machine has its shell do."""

    def __init__(self, slots=2, agents=1, journal="j1", **configuration):
        kept = configuration.pop("kept", ())
        death = configuration.pop("death", None)
        offers = tuple(AgentOffer(f"a{number}", slots=slots) for number in range(agents))
        self.configuration = MachineConfiguration("w1", 7, offers, **configuration)
        self.machine = WorkerMachine(self.configuration, kept, death, seed=1)
        self.journal = journal
        self.now = 100 * SECOND
        self.epoch = 0
        #: How many there were in this epoch.
        self.dispatches = 0
        self.incarnation = 1
        self.effects = []

    # What happens

    def handle(self, event: Event):
        """What follows; and notes it."""
        effects = self.machine.handle(event, self.now)
        self.effects += effects
        return effects

    def receive(self, message: Incoming):
        return self.handle(Received(message))

    def tick(self):
        return self.handle(Tick())

    def pass_time(self, span):
        """Lets time pass, from one deadline to the next, and collects what follows."""
        end, found = self.now + span, []
        for _ in range(10_000):
            due = self.machine.next_deadline
            if due is None or due > end:
                break
            self.now = max(self.now, due)
            found += self.tick()
        else:
            raise AssertionError("the machine has something to do all the time")
        self.now = end
        return found + self.tick()

    def register(self, **welcome):
        """Ready agents, a registration, and its welcome."""
        found = self.tick()
        for index in range(len(self.configuration.agents)):
            found += self.handle(Initialized(index))
        return found + self.welcome(**welcome)

    def welcome(self, **fields):
        self.epoch += 1
        self.dispatches = 0
        return self.receive(Welcome(**{
            "journal_id": self.journal, "coordinator_incarnation": self.incarnation,
            "epoch": self.epoch, "protocol_version": 1, "lease_ns": LEASE,
            "heartbeat_interval_ns": INTERVAL, "maximum_result_bytes": 1 << 20, **fields}))

    def dispatch(self, *tasks, **fields):
        """Attempts of session 1, of the first agent unless something else is said."""
        items = tuple(
            task if isinstance(task, Item) else item(task, **fields) for task in tasks)
        self.dispatches += 1
        return self.receive(
            Dispatch(self.epoch, (Session(1, "s-1", "why?"),), items, self.dispatches))

    def end(self, reference, outcome=None):
        outcome = outcome or Outcome(payload=HELLO)
        return self.handle(Ended(AttemptResult(reference, 5 * MILLISECOND, outcome)))

    def end_stopped(self, reference):
        """Its agent says that it has stopped."""
        return self.end(reference, failed(FailureClass.CANCELLED, "cancelled"))

    def commit(self, *attempts):
        return self.receive(ResultsCommitted(self.epoch, tuple(attempts)))

    def acknowledge_heartbeats(self, effects):
        for message in sent(effects, Heartbeat):
            self.receive(HeartbeatAcknowledged(message.epoch, message.sequence))

    def live(self, span):
        """Lets time pass with a coordinator that acknowledges every heartbeat."""
        end, found = self.now + span, []
        while self.now < end:
            effects = self.pass_time(min(INTERVAL // 2, end - self.now))
            self.acknowledge_heartbeats(effects)
            found += effects
        return found


def item(task, agent_index=0, number=1, **fields):
    return Item(attempt(task, number), agent_index, f"t{task}", "noop", **fields)


def failed(failure_class=FailureClass.TRANSIENT, code="agent_error"):
    return Outcome(failure=Failure(failure_class, code, "it went wrong", "trace", "w1", ("said",)))


def sent(effects, kind=None):
    messages = [effect.message for effect in effects if isinstance(effect, Send)]
    return [each for each in messages if kind is None or isinstance(each, kind)]


def started(effects):
    return [each.assignment.item.attempt for each in effects if isinstance(each, Start)]


def stopped(effects):
    return [each.attempt for each in effects if isinstance(each, Stop)]


def registration(effects) -> Register:
    found = sent(effects, Register)
    assert len(found) == 1
    return found[0]


def only(effects, kind):
    """The one message of a kind."""
    found = sent(effects, kind)
    assert len(found) == 1, found
    return found[0]
