// Dispatches that are on their way when a connection ends, or is given up for another.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct ArrivalStories {
    /// The worker dialled anew while a letter to be sent was on its way to it. It says that it took nothing: the
    /// letter was not sent, so it is given out again, though it may be sent once only and without a retry.
    @Test func whatNeverArrivedIsGivenOutAgain() {
        var world = World()
        world.join("w1", number: 1)
        world.submit("s", "a{once}")
        #expect(
            world.join("w1", number: 2, taken: world.taken(by: "w1", 0)) == [
                "fact: s/a#1 handed back, again", "fact: s/a#2 dispatched to work on w1",
                "w1@2 ← welcome", "w1@2 ← dispatch s/a#2",
            ])
        #expect(world.complete("w1", "s/a#2").contains("fact: s ended: completed"))
    }

    /// Of two dispatches the first had arrived. What the worker does not claim of that, it may have begun; of the
    /// second it cannot have.
    @Test func whatArrivedAndIsNotClaimedIsLost() {
        var world = World()
        world.join("w1", "work*4", number: 1)
        world.submit("s", "a{once}; b")
        let first = world.lastDispatch(to: "w1")
        world.submit("t", "a{once}; b")
        #expect(world.lastDispatch(to: "w1") > first)
        #expect(
            world.join(
                "w1", "work*4", running: ["s/b#1"], number: 2,
                taken: world.taken(by: "w1", first)) == [
                    "fact: s/a#1 lost", "fact: t/a#1 handed back, again",
                    "fact: t/b#1 handed back, again", "fact: t/a#2 dispatched to work on w1",
                    "fact: t/b#2 dispatched to work on w1", "w1@2 ← welcome",
                    "w1@2 ← dispatch t/a#2, t/b#2",
                ])
    }

    /// What one event gives a worker may be more than one message, and of these the last may be lost.
    @Test func eachMessageOfManyHasItsNumber() {
        var configuration = CoreConfiguration()
        configuration.maximumDispatchesPerMessage = 2
        var world = World(configuration)
        world.join("w1", "work*3", number: 1)
        world.submit("s", "a{once}; b{once}; c{once}")
        let taken = world.taken(by: "w1", world.lastDispatch(to: "w1") - 1)
        #expect(
            world.join("w1", "work*3", running: ["s/a#1", "s/b#1"], number: 2, taken: taken) == [
                "fact: s/c#1 handed back, again", "fact: s/c#2 dispatched to work on w1",
                "w1@2 ← welcome", "w1@2 ← dispatch s/c#2",
            ])
    }

    /// What does not fit into a message goes into another one. Each has the number of the last attempt that is in it.
    @Test func partsOfADispatchHaveNumbersOfTheirOwn() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a; b")
        var core = world.core
        var draft = DispatchDraft()
        let limits = DispatchDraft.Limits(bytes: 400, inputs: 1)
        func order(_ attempt: String, _ number: Int64) -> DispatchOrder {
            DispatchOrder(
                attempt: world.names.attempt(attempt), agentIndex: 0, number: number,
                timeout: .zero, progressTimeout: .zero, isExclusive: false)
        }
        let first = core.add(order("s/a#1", 7), to: &draft, limits)
        let second = core.add(order("s/b#1", 8), to: &draft, limits)
        #expect(first == .added)
        #expect(second == .full)
        #expect(draft.columns.number == 7)
        var next = DispatchDraft()
        _ = core.add(order("s/b#1", 8), to: &next, limits)
        #expect(next.columns.number == 8)
    }

    /// The welcome itself was lost, and a dispatch behind it: the worker speaks of the epoch before, and whatever it
    /// took in that says nothing of this one.
    @Test func whatFollowedALostWelcomeNeverArrived() {
        var world = World()
        world.join("w1", "work*2", number: 1)
        world.submit("s", "a")
        let taken = world.taken(by: "w1", 9)
        world.join("w1", "work*2", running: ["s/a#1"], number: 2, taken: taken)
        world.submit("t", "a{once}")
        #expect(
            world.join("w1", "work*2", running: ["s/a#1"], number: 3, taken: taken).first
                == "fact: t/a#1 handed back, again")
        #expect(world.complete("w1", "s/a#1", "t/a#2").contains("fact: t ended: completed"))
    }

    /// What was claimed once was there, whatever is said later.
    @Test func whatWasClaimedHadArrived() {
        var world = World()
        world.join("w1", number: 1)
        world.submit("s", "a{once}")
        world.join("w1", running: ["s/a#1"], number: 2, taken: world.taken(by: "w1", 1))
        #expect(
            world.join("w1", number: 3, taken: world.taken(by: "w1", 0)).first
                == "fact: s/a#1 lost")
    }

    /// Nobody else can tell what a process had come to, not even its successor under the same name.
    @Test func anotherProcessKnowsNothingOfWhatArrived() {
        var world = World()
        world.join("w1", number: 1)
        world.submit("s", "a{once}")
        let lines = world.join("w1", incarnation: 2, number: 1, taken: world.taken(by: "w1", 0))
        #expect(lines.contains("fact: s/a#1 lost"), "\(lines)")
    }

    /// A worker that does not count; one whose registration may be an old one, since it does not number them; one
    /// that has served another journal meanwhile; and numbers that make no sense.
    @Test func whereNothingIsKnownWhatIsNotClaimedIsLost() {
        var world = World()
        world.join("w1", number: 1)
        world.submit("s", "a{once}")
        let none = world.taken(by: "w1", 0)
        let all = world.taken(by: "w1", .max)
        let cases: [(Int64, TakenDispatches?, String)] = [
            (2, nil, ""), (0, none, ""), (2, none, "another"), (2, all, ""),
        ]
        for (number, taken, journal) in cases {
            var other = world
            let lines = other.join("w1", journal: journal, number: number, taken: taken)
            #expect(lines.first == "fact: s/a#1 lost", "\(lines)")
        }
        var last = world
        #expect(
            last.join("w1", number: 2, taken: TakenDispatches(epoch: .min, number: .min)).first
                == "fact: s/a#1 handed back, again")
    }

    /// The numbers are those of one run of the coordinator. What was on its way when it died may have arrived.
    @Test func afterARestartWhatIsNotClaimedIsLost() {
        var world = World()
        world.join("w1", number: 1)
        world.submit("s", "a{once}")
        let taken = world.taken(by: "w1", 0)
        world.restart()
        #expect(world.join("w1", number: 2, taken: taken).first == "fact: s/a#1 lost")
        world.submit("t", "a{once}")
        #expect(
            world.join("w1", number: 3, taken: taken).first == "fact: t/a#1 handed back, again")
    }

    /// A session is cancelled while its task is on its way to nobody: that it never began is the proof.
    @Test func whatNeverArrivedIsCancelledAtOnce() {
        var world = World()
        world.join("w1", number: 1)
        world.submit("s", "a{once}")
        world.cancel("s")
        #expect(
            world.join("w1", number: 2, taken: world.taken(by: "w1", 0))
                .contains("fact: s ended: cancelled"))
        #expect(world.archives[0].tasks.map(\.status) == [.cancelled])
    }
}

extension World {
    /// What a worker says that has heard the last welcome, and taken so much behind it.
    fileprivate func taken(by worker: String, _ number: Int64) -> TakenDispatches {
        TakenDispatches(epoch: epoch(of: worker), number: number)
    }
}

// MARK: - The worker's side

@Suite struct WorkerArrivalStories {
    /// The highest number counts, of this epoch and no other: a message may be overtaken, or come too late.
    @Test func aWorkerTellsTheLastDispatchThatItTook() {
        var bench = Bench()
        bench.step(.tick)
        #expect(bench.told == TakenDispatches(epoch: 0, number: 0))
        bench.step(.initialized(agentIndex: 0, failure: nil))
        bench.welcome(7)
        bench.dispatch(7, "1/0#1", number: 3)
        bench.dispatch(7, "1/1#1", number: 2)
        bench.dispatch(6, "1/2#1", number: 9)
        bench.step(.reconnected)
        #expect(bench.told == TakenDispatches(epoch: 7, number: 3))
        #expect(bench.dispatch(7, "1/3#1", number: 4) == [])
        bench.welcome(8)
        #expect(bench.dispatch(7, "1/3#1", number: 4) == [])
        bench.step(.reconnected)
        #expect(bench.told == TakenDispatches(epoch: 8, number: 0))
    }

    /// What is handed back was taken: whether the coordinator has heard of it is another question.
    @Test func whatIsHandedBackCountsAsTaken() {
        var bench = Bench()
        bench.step(.tick)
        bench.welcome(1)
        #expect(bench.dispatch(1, "1/0#1", number: 5) == ["→ released 1/0#1"])
        bench.step(.reconnected)
        #expect(bench.told == TakenDispatches(epoch: 1, number: 5))
    }

    /// The answer to an earlier registration lay in an old connection's queue, and a dispatch behind it, which
    /// the later registration has made the coordinator give to others.
    @Test func theAnswerToAnEarlierRegistrationIsDropped() {
        var bench = Bench.registered()
        bench.step(.reconnected)
        bench.step(.reconnected)
        #expect(bench.welcome(2, answers: 2) == [])
        #expect(bench.dispatch(2, "1/0#1", number: 1) == [])
        #expect(bench.welcome(3, answers: 3) == ["registered in epoch 3"])
        #expect(bench.dispatch(3, "1/0#2", number: 1) == ["start 1/0#2"])
        bench.step(.reconnected)
        #expect(bench.told == TakenDispatches(epoch: 3, number: 1))
    }

    /// A journal of its own counts anew.
    @Test func anotherJournalCountsAnew() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1", number: 6)
        bench.step(.reconnected)
        bench.welcome(1, journal: "another")
        bench.step(.reconnected)
        #expect(bench.told == TakenDispatches(epoch: 1, number: 0))
    }
}
