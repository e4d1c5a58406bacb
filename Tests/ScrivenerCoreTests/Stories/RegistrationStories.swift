// Workers that register: what they claim, and who they are.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct RegistrationStories {
    /// A backup took the journal's place for a while, and the worker served that. What it had finished
    /// before is waited for, and not done again; what it ran it has stopped.
    @Test func whatWasSetAsideForAnotherJournalIsAdopted() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a; b")
        world.restart()
        let lines = world.join("w1", "work*2", journal: "another", parked: ["s/a#1"])
        #expect(lines.contains("fact: s/b#1 lost, again"), "\(lines)")
        #expect(!lines.contains { $0.contains("s/a#1 lost") }, "\(lines)")
        #expect(world.complete("w1", "s/a#1").contains("fact: s/a#1 completed"))
    }

    /// A connection broke for a moment: what runs goes on, what got lost runs again, and what
    /// nobody knows has to stop.
    @Test func claimsAreSettledWithTheWelcome() {
        var world = World()
        world.join("w1", "work*3")
        world.submit("s", "a; b; c")
        #expect(
            world.join(
                "w1", "work*3", running: ["s/a#1", "s/a#9", "77/0#1"], outbox: ["s/b#1"]) == [
                    "fact: s/c#1 lost, again",
                    "fact: s/c#2 dispatched to work on w1",
                    "w1@2 ← welcome, stop s/a#9, 77/0#1",
                    "w1@2 ← dispatch s/c#2",
                ])
        #expect(
            world.complete("w1", "s/a#1", "s/b#1", "s/c#2").contains("fact: s ended: completed"))
        #expect(world.core.counters.refusedResults == 0)
    }

    /// The process was replaced while the old one still runs somewhere: the newer counts.
    @Test func aNewerProcessFencesTheOlder() {
        var world = World()
        world.join("w1", incarnation: 5)
        world.submit("s", "a")
        let old = world.connection(of: "w1")
        #expect(
            world.join("w1", incarnation: 6) == [
                "fact: s/a#1 died with its worker: counted", "fact: s/a#1 lost, again",
                "fact: s/a#2 dispatched to work on w1",
                "w1 ← refused: worker_superseded, final",
                "w1@2 ← welcome",
                "w1@2 ← dispatch s/a#2",
            ])
        let late = world.step(.results(old, epoch: 1 << 32 + 1, [world.ended("s/a#2")]))
        #expect(late == ["at once: w1 ← introduce"])
        var other = world
        #expect(
            other.join("w1", incarnation: 5) == ["w1@3 ← refused: worker_superseded, final"])
        #expect(world.complete("w1", "s/a#2").contains("fact: s ended: completed"))
    }

    /// A registration lay in the queue of a connection that had been given up, and came after the
    /// newer one: what was dispatched meanwhile must not be taken for lost. (Regression: found by
    /// simulation; a second attempt ran beside the first.)
    @Test func aRegistrationThatWasOvertakenIsDropped() {
        var world = World()
        func registration(number: Int64) -> WorkerRegistration {
            WorkerRegistration(
                workerID: "w1", incarnation: 1, registrationNumber: number, host: "",
                processID: 1, softwareVersion: "", agents: offers("work*1"))
        }
        _ = world.step(.register(ConnectionID(8), registration(number: 2)))
        #expect(world.submit("s", "a").contains("fact: s/a#1 dispatched to work on w1"))
        #expect(world.step(.register(ConnectionID(7), registration(number: 1))).isEmpty)
        #expect(world.step(.register(ConnectionID(8), registration(number: 2))).isEmpty)
        #expect(
            world.step(.register(ConnectionID(9), registration(number: 3)))
                .contains("fact: s/a#1 lost, again"))
    }

    /// Speaks a protocol of the future: told so, with no way to try again.
    @Test func anUnknownProtocolIsRefused() {
        var world = World()
        var registration = WorkerRegistration(
            workerID: "w1", incarnation: 1, host: "", processID: 1, softwareVersion: "",
            protocolRange: ProtocolRange(minimum: 2, maximum: 3), agents: offers("work*1"))
        #expect(
            world.step(.register(ConnectionID(9), registration)) == [
                "stranger 9 ← refused: protocol_version, final"
            ])
        registration.protocolRange = ProtocolRange(minimum: .max, maximum: .min)
        #expect(
            world.step(.register(ConnectionID(9), registration)) == [
                "stranger 9 ← refused: protocol_version, final"
            ])
    }

    /// Two agents of one name. (Regression: a slot was taken of the second and given back to the
    /// first, which stopped the coordinator.)
    @Test func twoAgentsOfOneNameAreRefused() {
        var world = World()
        #expect(
            world.join("w1", "work*1 work*1") == ["w1 ← refused: registration_invalid, final"])
    }

    /// A worker comes with ever new agents, whose names are kept for ever. At some point no more are taken; those that
    /// it had are, and others' are.
    @Test func newAgentsOfAWorkerComeToAnEnd() {
        var world = World()
        let agents = (1...WorkerState.mostNewAgents).map { "a\($0)" }.joined(separator: " ")
        #expect(world.join("w1", agents).last == "w1 ← welcome")
        #expect(
            world.join("w1", "b", incarnation: 2) == [
                "w1@2 ← refused: registration_invalid, final"
            ])
        #expect(world.join("w1", "a1 a7", incarnation: 2).last == "w1@3 ← welcome")
        #expect(world.join("w2", "b").last == "w2 ← welcome")
        #expect(world.core.registry.agentNames.count == WorkerState.mostNewAgents + 1)
    }

    /// A worker comes back with other agents: an attempt at one that it no longer has is lost.
    @Test func anAttemptWithoutItsAgentIsLost() {
        var world = World()
        world.join("w1", "read*1 write*1")
        world.submit("s", "a:read; b:write")
        #expect(
            world.join("w1", "write*1", running: ["s/a#1", "s/b#1"]) == [
                "fact: s/a#1 lost, again", "w1@2 ← welcome, stop s/a#1",
            ])
        #expect(world.explain("s", "a")?.reason == .unplaceable)
    }

    /// Offers that make no sense must not do harm: they never serve.
    @Test func offersWithoutSlotsNeverServe() {
        var world = World()
        world.join("w1", "work*0")
        world.join("w2", "work*-2147483648")
        world.submit("s", "a")
        #expect(world.explain("s", "a")?.reason == .unplaceable)
        #expect(
            world.join("w3", "work*2147483647").suffix(2) == [
                "w3 ← welcome", "w3 ← dispatch s/a#1",
            ])
    }

    /// A coordinator with an empty disk meets a worker of the former one. The numbers that it
    /// claims belong to other work. (Regression: its results could be taken for this journal's.)
    @Test func claimsOfAnotherJournalMeanNothing() {
        var world = World()
        world.join("w1")
        world.submit("s", "a")
        #expect(
            world.join("w1", running: ["s/a#1"], journal: "another") == [
                "fact: s/a#1 lost, again",
                "fact: s/a#2 dispatched to work on w1",
                "w1@2 ← welcome, stop s/a#1",
                "w1@2 ← dispatch s/a#2",
            ])
        #expect(
            world.join("w1", running: ["s/a#2"], journal: "journal") == ["w1@3 ← welcome"])
    }

    /// A connection that registers as another worker speaks for that one from now on.
    @Test func aConnectionSpeaksForOneWorker() {
        var world = World()
        world.join("w1")
        world.submit("s", "a")
        let registration = WorkerRegistration(
            workerID: "w2", incarnation: 1, host: "", processID: 1, softwareVersion: "",
            agents: offers("work*1"))
        #expect(
            world.step(.register(world.connection(of: "w1"), registration)) == [
                "fact: worker 1 is w2",
                "fact: s/a#1 lost, again",
                "fact: s/a#2 dispatched to work on w2",
                "w1 ← welcome",
                "w1 ← dispatch s/a#2",
            ])
    }

    /// A worker on a bad line registers all day: one timer watches its lease. (Regression: each
    /// registration left one behind.)
    @Test func registeringAgainLeavesNothingBehind() {
        var world = World()
        for _ in 0..<200 {
            world.join("w1")
            world.wait(0.1)
        }
        world.wait(4, alive: "w1")
        #expect(world.core.timers.count == 1)
        #expect(world.core.registry.instances.count == 1)
    }
}
