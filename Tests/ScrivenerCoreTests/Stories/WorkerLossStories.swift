// Workers that fall silent, come back, and say things that are no longer true.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct WorkerLossStories {
    /// A host is unplugged: after exactly the lease its tasks run elsewhere.
    @Test func aSilentWorkerLosesItsTasksAtTheLease() {
        var world = World()
        world.join("w1")
        world.submit("s", "a")
        world.wait(1, alive: "w1")
        world.join("w2")
        #expect(world.wait(4.999, alive: "w2") == [])
        #expect(
            world.wait(0.001) == [
                "fact: s/a#1 lost, again",
                "fact: s/a#2 dispatched to work on w2",
                "w2 ← dispatch s/a#2",
            ])
        #expect(world.core.counters.expiredLeases == 1)
        #expect(world.core.nextDeadline != nil)
    }

    /// Signs of life are not to cost more than they tell: the more workers there are, the less often each
    /// gives one, and never so seldom that the next would come when it is suspected.
    @Test func theMoreWorkersThereAreTheLessOftenEachHeartbeats() {
        var configuration = CoreConfiguration()
        configuration.heartbeatsPerSecond = 2
        var world = World(configuration)
        #expect(world.join("w1").contains("w1 ← welcome"))
        #expect(world.join("w2").contains("w2 ← welcome"))
        #expect(world.join("w3").contains("w3 ← welcome, every 1500 ms"))
        #expect(
            world.beat("w1") == ["at once: w1 ← heartbeat 1 acknowledged, every 1500 ms"])
        for more in 4...9 { world.join("w\(more)") }
        #expect(
            world.beat("w1") == ["at once: w1 ← heartbeat 2 acknowledged, every 1666 ms"])
        for less in 3...9 { world.leave("w\(less)") }
        #expect(world.beat("w1") == ["at once: w1 ← heartbeat 3 acknowledged"])
    }

    /// With a lease as short as that, a heartbeat a second would come when it is over.
    @Test func underAShortLeaseWorkersHeartbeatMoreOften() {
        var configuration = CoreConfiguration()
        configuration.lease = .seconds(1)
        var world = World(configuration)
        #expect(world.join("w1").contains("w1 ← welcome, every 333 ms"))
    }

    /// The disk stood still for most of a lease while a welcome waited for its commit: the worker,
    /// which knew of no lease to renew, must not lose it at once. (Regression: found by simulation.)
    @Test func theLeaseCountsFromTheWelcome() {
        var world = World()
        world.join("w1")
        world.submit("s", "a")
        world.wait(4.9)
        #expect(world.step(.welcomed(world.connection(of: "w1"))) == [])
        #expect(world.wait(4.999) == [])
        #expect(world.wait(0.001) == ["fact: s/a#1 lost, again"])
        #expect(world.step(.welcomed(ConnectionID(99))) == [])
    }

    /// The worker was only cut off, and its result comes when the task runs elsewhere: it does
    /// not count, and the worker shall forget it.
    @Test func theResultOfALostAttemptIsRefused() {
        var world = World()
        world.join("w1")
        world.submit("s", "a")
        world.wait(5.5)
        #expect(world.statuses("s") == ["a ready"])
        #expect(world.complete("w1", "s/a#1") == ["at once: w1 ← introduce"])
        #expect(
            world.join("w1", outbox: ["s/a#1"], keepsConnection: true) == [
                "fact: s/a#2 dispatched to work on w1", "w1 ← welcome",
                "w1 ← dispatch s/a#2",
            ])
        #expect(world.complete("w1", "s/a#1") == ["w1 ← committed s/a#1"])
        #expect(world.core.counters.refusedResults == 1)
        #expect(world.complete("w1", "s/a#2").contains("fact: s ended: completed"))
    }

    /// An acknowledgement was lost and the worker sends its result again, and again.
    @Test func aRepeatedResultIsAcknowledgedAndCommittedOnce() {
        var world = World()
        world.join("w1")
        world.submit("s", "a; b < a")
        let twice = [world.ended("s/a#1"), world.ended("s/a#1")]
        #expect(
            world.report("w1", twice) == [
                "fact: s/a#1 completed",
                "fact: s/b#1 dispatched to work on w1",
                "w1 ← committed s/a#1, s/a#1",
                "w1 ← dispatch s/b#1",
            ])
        #expect(world.complete("w1", "s/a#1") == ["w1 ← committed s/a#1"])
        world.complete("w1", "s/b#1")
        #expect(world.complete("w1", "s/b#1") == ["w1 ← committed s/b#1"])
    }

    /// Numbers from the wire may be anything.
    @Test(arguments: [
        "s/a#2", "s/a#0", "s/a#-1", "s/1#1", "s/-1#1", "s/2147483647#1", "s/-2147483648#1",
        "7/0#1", "0/0#1", "-1/0#1", "9223372036854775807/0#1", "-9223372036854775808/0#1",
    ])
    func aResultOfNoSuchAttemptIsRefused(_ attempt: String) {
        var world = World()
        world.join("w1")
        world.submit("s", "a")
        let shown = world.names.describe(world.names.attempt(attempt))
        #expect(world.complete("w1", attempt) == ["w1 ← committed \(shown)"])
        #expect(world.handBack("w1", attempt) == [])
        #expect(world.core.told(of: world.names.attempt(attempt)) == nil)
        #expect(world.core.extensionContext(for: world.names.attempt(attempt)) == nil)
        #expect(world.statuses("s") == ["a running"])
    }

    /// Another worker claims a result: only the one that was given the attempt may.
    @Test func aResultFromAnotherWorkerIsRefused() {
        var world = World()
        world.join("w1")
        world.join("w2")
        world.submit("s", "a")
        #expect(world.complete("w2", "s/a#1") == ["w2 ← committed s/a#1"])
        #expect(world.statuses("s") == ["a running"])
        #expect(world.core.counters.refusedResults == 1)
    }

    /// What was in the socket when the worker registered again belongs to the past.
    @Test func messagesOfAnotherEpochAreAnsweredWithIntroduce() {
        var world = World()
        world.join("w1")
        world.submit("s", "a")
        let (connection, old) = (world.connection(of: "w1"), world.epoch(of: "w1"))
        world.join("w1", running: ["s/a#1"], keepsConnection: true)
        let events: [OrchestratorEvent] = [
            .results(connection, epoch: old, [world.ended("s/a#1")]),
            .released(connection, epoch: old, [world.names.attempt("s/a#1")]),
            .heartbeat(connection, WorkerHeartbeat(epoch: old, sequence: 9, held: 1)),
            .results(ConnectionID(99), epoch: old, [world.ended("s/a#1")]),
        ]
        #expect(
            events.map { world.step($0) } == [
                ["at once: w1 ← introduce"], ["at once: w1 ← introduce"],
                ["at once: w1 ← introduce"], ["at once: stranger 99 ← introduce"],
            ])
        #expect(world.step(.draining(connection, epoch: old)) == [])
        #expect(world.step(.goodbye(connection, epoch: old)) == [])
        #expect(world.statuses("s") == ["a running"])
    }

    /// A coordinator that was suspended with its laptop must not blame the workers.
    @Test func aCoordinatorThatWasAwayWaitsForHeartbeats() {
        var world = World()
        world.join("w1")
        world.join("w2")
        world.submit("s", "a; b")
        world.pause(60)
        #expect(world.step(.tick) == [])
        #expect(world.beat("w1") == ["at once: w1 ← heartbeat 1 acknowledged"])
        #expect(world.wait(1.999, alive: "w1") == [])
        #expect(world.wait(0.001) == ["fact: s/b#1 lost, again"])
    }

    /// A rolling update: the worker finishes what it runs, takes nothing new and leaves.
    @Test func aDrainingWorkerTakesNothingNew() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a; b < a")
        #expect(world.drain("w1") == [])
        #expect(
            world.complete("w1", "s/a#1") == [
                "fact: s/a#1 completed", "w1 ← committed s/a#1",
            ])
        #expect(world.explain("s", "b")?.reason == .unplaceable)
        #expect(world.leave("w1") == [])
        #expect(
            world.join("w2") == [
                "fact: worker 1 is w2", "fact: s/b#1 dispatched to work on w2",
                "w2 ← welcome", "w2 ← dispatch s/b#1",
            ])
    }

    /// A worker that leaves in a hurry: what it held runs elsewhere at once, not after a lease.
    @Test func aWorkerThatLeavesFreesWhatItHeld() {
        var world = World()
        world.join("w1")
        world.submit("s", "a")
        world.join("w2")
        #expect(
            world.leave("w1") == [
                "fact: s/a#1 lost, again", "fact: s/a#2 dispatched to work on w2",
                "w2 ← dispatch s/a#2",
            ])
    }

    /// Work that was handed back before it began costs the task nothing.
    @Test func whatIsHandedBackRunsElsewhere() {
        var world = World()
        world.join("w1")
        world.submit("s", "a", OrchestrationConfig(maxRetryAttempts: 0))
        world.drain("w1")
        world.join("w2")
        #expect(
            world.handBack("w1", "s/a#1") == [
                "fact: s/a#1 handed back, again", "fact: s/a#2 dispatched to work on w2",
                "w2 ← dispatch s/a#2",
            ])
    }

    /// Heartbeats keep a worker, and their answer does not wait for the disk.
    @Test func heartbeatsRenewAtOnce() {
        var world = World()
        world.join("w1")
        world.submit("s", "a")
        #expect(world.wait(30, alive: "w1") == [])
        #expect(world.beat("w1") == ["at once: w1 ← heartbeat 31 acknowledged"])
        #expect(world.core.counters.expiredLeases == 0)
    }

    /// A dispatch was lost on the way, while heartbeats came and went: without a comparison the
    /// task would count as running for ever.
    @Test func aLostDispatchIsFoundOut() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a; b")
        world.beat("w1", running: 1)
        var lines: [String] = []
        for _ in 0..<6 {
            world.pause(1)
            lines += world.beat("w1", running: 1).filter { !$0.hasSuffix("acknowledged") }
        }
        #expect(lines == ["at once: w1 ← introduce"])
        #expect(
            world.join("w1", "work*2", running: ["s/a#1"], keepsConnection: true) == [
                "fact: s/b#1 lost, again", "fact: s/b#2 dispatched to work on w1",
                "w1 ← welcome", "w1 ← dispatch s/b#2",
            ])
    }

    /// A worker's key is taken back, or it does not keep to the protocol: what it holds is for others at once, and
    /// what it says from then on is a stranger's.
    @Test func aWorkerThatIsExpelledIsGivenUp() {
        var world = World()
        world.join("w1")
        world.submit("s", "a")
        world.join("w2")
        #expect(world.step(.expelled(ConnectionID(99))) == [])
        #expect(
            world.step(.expelled(world.connection(of: "w1"))) == [
                "fact: s/a#1 lost, again", "fact: s/a#2 dispatched to work on w2",
                "w2 ← dispatch s/a#2",
            ])
        #expect(world.beat("w1") == ["at once: w1 ← introduce"])
    }

    /// A worker that does not read: what was to be sent to it is gone, so it is given up at once.
    @Test func aWorkerThatDoesNotReadIsGivenUp() {
        var world = World()
        world.join("w1")
        world.submit("s", "a")
        world.join("w2")
        #expect(world.step(.overflowed(ConnectionID(99))) == [])
        #expect(
            world.step(.overflowed(world.connection(of: "w1"))) == [
                "fact: s/a#1 lost, again", "fact: s/a#2 dispatched to work on w2",
                "w2 ← dispatch s/a#2",
            ])
        #expect(world.beat("w1") == ["at once: w1 ← introduce"])
        #expect(world.join("w1", running: ["s/a#1"]) == ["w1@2 ← welcome, stop s/a#1"])
    }

    /// A message could not be delivered: nothing more is sent there, the lease runs on, and the
    /// worker has to say what it holds.
    @Test func aWorkerOutOfReachHasToRegister() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a")
        #expect(world.step(.unroutable(world.connection(of: "w1"))) == [])
        #expect(world.step(.unroutable(ConnectionID(99))) == [])
        #expect(world.submit("t", "a").last == "reply: t pending, 0 of 1 completed")
        #expect(world.beat("w1") == ["at once: w1 ← introduce"])
        #expect(
            world.join("w1", "work*2", running: ["s/a#1"]) == [
                "fact: t/a#1 dispatched to work on w1", "w1@2 ← welcome",
                "w1@2 ← dispatch t/a#1",
            ])
        world.step(.unroutable(world.connection(of: "w1")))
        #expect(world.wait(5) == ["fact: s/a#1 lost, again", "fact: t/a#1 lost, again"])
    }

    /// After so many sessions that the timers of those that have ended were thrown away, a silent
    /// worker is noticed like any other.
    @Test func silenceAfterVeryManySessions() {
        var world = World()
        world.join("w1")
        for number in 1...1_200 {
            world.submit("s\(number)", "a", timeout: 9_000)
            world.complete("w1", "s\(number)/a#1")
        }
        world.submit("last", "a")
        #expect(world.core.timers.count < 1_200)
        #expect(world.wait(10).contains("fact: last/a#1 lost, again"))
        #expect(world.statuses("last") == ["a ready"])
    }
}
