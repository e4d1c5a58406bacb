// Processes of workers die, and what ran in them may be what killed them.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct DeathStories {
    /// The worker's next process registers.
    ///
    /// - Parameter deaths: what ran in the one before; `nil` when it could not tell.
    /// - Returns: what comes of it, whatever the number of the connection; not that the old one, which
    ///   is not there any more, is told so.
    @discardableResult
    private func revive(
        _ world: inout World, slots: Int = 1, incarnation: Int64, running: [String] = [],
        deaths: [String]? = nil
    ) -> [String] {
        let lines = world.join(
            "w1", "work*\(slots)", incarnation: incarnation, running: running, deaths: deaths)
        return lines.filter { !$0.contains("worker_superseded") }.map { line in
            guard line.hasPrefix("w1@"), let space = line.firstIndex(of: " ") else { return line }
            return "w1" + line[space...]
        }
    }

    /// A task that crashes whoever executes it: after two deaths it gets a worker to itself, and when
    /// that dies too, it is executed no more. What depends on it is skipped.
    @Test func aTaskThatKillsItsWorkersIsGivenUp() {
        var world = World()
        world.join("w1", deaths: [])
        world.submit("s", "bad; after < bad")
        #expect(
            revive(&world, incarnation: 2, deaths: ["s/bad#1"]) == [
                "fact: s/bad#1 died with its worker: counted", "fact: s/bad#1 lost, again",
                "fact: s/bad#2 dispatched to work on w1", "w1 ← welcome",
                "w1 ← dispatch s/bad#2",
            ])
        #expect(
            revive(&world, incarnation: 3, deaths: ["s/bad#2"]) == [
                "fact: s/bad#2 died with its worker: isolated", "fact: s/bad#2 lost, again",
                "fact: s/bad#3 dispatched to work on w1", "w1 ← welcome",
                "w1 ← dispatch s/bad#3",
            ])
        #expect(
            revive(&world, incarnation: 4, deaths: ["s/bad#3"]) == [
                "fact: s/bad#3 died with its worker: quarantined",
                "fact: s/bad#3 failed (poison)", "fact: s ended: failed",
                "archive: s is failed, failed", "w1 ← welcome",
            ])
        #expect(world.core.counters.workerDeaths == 3)
        let bad = world.archives.last?.tasks.first
        #expect(bad?.executions.map(\.outcome) == [.lost, .lost, .failed])
        #expect(bad?.executions.map { $0.record?.row } == [7, 7, 7])
        #expect(bad?.executions.last?.failureClass == .poison)
        #expect(world.archives.last?.tasks.last?.status == .skipped)
    }

    /// One that merely stood beside the culprit is suspected as well, runs alone, and is cleared.
    @Test func whoStoodBesideTheCulpritIsCleared() {
        var world = World()
        world.join("w1", "work*2", deaths: [])
        world.submit("s", "bad; good")
        for incarnation in 2...3 {
            let attempt = incarnation - 1
            revive(
                &world, slots: 2, incarnation: Int64(incarnation),
                deaths: ["s/bad#\(attempt)", "s/good#\(attempt)"])
        }
        // One at a time from now on, though there are two slots.
        #expect(world.statuses("s") == ["bad running", "good ready"])
        let explanation = world.explain("s", "good")
        #expect(explanation?.reason == .runsAlone)
        #expect(
            explanation?.wakes == "another task that has a worker kept for it starts or ends")
        #expect(
            revive(&world, slots: 2, incarnation: 4, deaths: ["s/bad#3"]) == [
                "fact: s/bad#3 died with its worker: quarantined",
                "fact: s/bad#3 failed (poison)",
                "fact: s/good#3 dispatched to work on w1", "w1 ← welcome",
                "w1 ← dispatch s/good#3",
            ])
        // Of what is over nothing is remembered.
        #expect(world.core.sessions.read(1) { Array($0.graph.deaths.keys) } == [1])
        #expect(world.complete("w1", "s/good#3").contains("fact: s/good#3 completed"))
    }

    /// A suspect waits until a worker is free of everything else, and nothing new begins there; when it
    /// has begun, others wait for it to end.
    @Test func aSuspectHasItsWorkerToItself() {
        var world = World()
        world.join("w1", "work*2", deaths: [])
        world.submit("s", "bad")
        revive(&world, slots: 2, incarnation: 2, deaths: ["s/bad#1"])
        world.submit("t", "a")
        revive(&world, slots: 2, incarnation: 3, running: ["t/a#1"], deaths: ["s/bad#2"])
        #expect(world.statuses("s") == ["bad ready"])
        world.submit("u", "b")
        #expect(world.statuses("u") == ["b ready"])
        #expect(
            world.complete("w1", "t/a#1").contains("fact: s/bad#3 dispatched to work on w1"))
        #expect(world.statuses("u") == ["b ready"])
        #expect(
            world.explain("u", "b")?.message.contains("kept free for a task") == true)
        #expect(
            world.complete("w1", "s/bad#3").contains("fact: u/b#1 dispatched to work on w1"))
    }

    /// The coordinator dies while a suspect runs alone: after its restart it is still alone.
    @Test func aSuspectStaysAloneAcrossARestart() {
        var world = World()
        world.join("w1", "work*2", deaths: [])
        world.submit("s", "bad")
        revive(&world, slots: 2, incarnation: 2, deaths: ["s/bad#1"])
        revive(&world, slots: 2, incarnation: 3, deaths: ["s/bad#2"])
        world.restart()
        world.submit("t", "a")
        #expect(
            revive(&world, slots: 2, incarnation: 3, running: ["s/bad#3"], deaths: [])
                == ["w1 ← welcome"])
        #expect(world.statuses("t") == ["a ready"])
        #expect(
            revive(&world, slots: 2, incarnation: 4, deaths: ["s/bad#3"]).contains(
                "fact: s/bad#3 failed (poison)"))
        #expect(world.statuses("t") == ["a running"])
    }

    /// The worker comes back only after its lease has ended the attempt: the death counts all the same,
    /// and a task that waits is given up at once.
    @Test func aDeathThatIsToldLateCounts() {
        var world = World()
        world.join("w1", deaths: [])
        world.submit("s", "bad")
        for incarnation in 2...3 {
            revive(&world, incarnation: Int64(incarnation), deaths: ["s/bad#\(incarnation - 1)"])
        }
        #expect(world.wait(5.5).contains("fact: s/bad#3 lost, again"))
        #expect(
            revive(&world, incarnation: 4, deaths: ["s/bad#3"]) == [
                "fact: s/bad#3 died with its worker: quarantined", "fact: s ended: failed",
                "archive: s is failed, failed", "w1 ← welcome",
            ])
        #expect(world.archives.last?.tasks.first?.executions.last?.record?.row == 7)
    }

    /// A worker without a folder cannot tell what killed it. What its next process does not claim was
    /// there; after a lease, when it may have been cut off and not dead, nothing is known.
    @Test func whereNobodyTellsTheNextProcessGivesItAway() {
        var world = World()
        world.join("w1")
        world.submit("s", "bad")
        #expect(
            revive(&world, incarnation: 2).contains(
                "fact: s/bad#1 died with its worker: counted"))
        world.wait(5.5)
        #expect(
            revive(&world, incarnation: 3) == [
                "fact: s/bad#3 dispatched to work on w1", "w1 ← welcome", "w1 ← dispatch s/bad#3",
            ])
        // The same process, which has lost its connection and what was on its way, has not died.
        #expect(
            revive(&world, incarnation: 3) == [
                "fact: s/bad#3 lost, again",
                "fact: s/bad#4 dispatched to work on w1", "w1 ← welcome", "w1 ← dispatch s/bad#4",
            ])
        #expect(world.core.counters.workerDeaths == 1)
    }

    /// Chaos kills at random: with 0 nobody is ever blamed.
    @Test func withoutALimitEverythingRunsAgain() {
        var configuration = CoreConfiguration()
        configuration.poisonDeaths = 0
        var world = World(configuration)
        world.join("w1", deaths: [])
        world.submit("s", "bad")
        for incarnation in 2...9 {
            #expect(
                revive(
                    &world, incarnation: Int64(incarnation), deaths: ["s/bad#\(incarnation - 1)"]
                ).contains("fact: s/bad#\(incarnation) dispatched to work on w1"))
        }
    }

    /// What must not be executed twice is lost with its worker, and not poison.
    @Test func whatRunsAtMostOnceIsLost() {
        var world = World()
        world.join("w1", deaths: [])
        world.submit("s", "once{once}")
        #expect(
            revive(&world, incarnation: 2, deaths: ["s/once#1"]).contains(
                "fact: s/once#1 died with its worker: counted"))
        #expect(world.archives.last?.tasks.first?.status == .lost)
    }

    /// Somebody lies, or tells again what was told: of attempts that never were, that are another's,
    /// that completed, or of which it is known.
    @Test func onlyWhatCanBeTrueIsCounted() {
        var world = World()
        world.join("w1", "work*2", deaths: [])
        world.submit("s", "a; b; c < a")
        // The same is asked before evidence is written down.
        let attempt = world.names.attempt("s/a#1")
        #expect(world.core.countsDeath(of: attempt, workerID: "w1"))
        #expect(!world.core.countsDeath(of: attempt, workerID: "nobody"))
        world.join("w2", "other*1", deaths: ["s/a#1"])
        world.complete("w1", "s/a#1")
        revive(&world, slots: 2, incarnation: 2, running: ["s/c#1"], deaths: ["s/b#1", "s/a#1"])
        revive(&world, slots: 2, incarnation: 3, deaths: ["s/b#1", "s/b#9"])
        #expect(world.core.counters.workerDeaths == 1)
    }

    /// Whoever says that an attempt died and that it runs is wrong somewhere; its result counts.
    @Test func whatIsClaimedHasNotDied() {
        var world = World()
        world.join("w1", deaths: [])
        world.submit("s", "a")
        #expect(
            revive(&world, incarnation: 2, running: ["s/a#1"], deaths: ["s/a#1"]) == [
                "w1 ← welcome"
            ])
        #expect(world.complete("w1", "s/a#1").contains("fact: s/a#1 completed"))
    }

    /// What had waited on the dead worker for a slot is not to blame, and what had got one since is.
    @Test func ofThoseThatWaitedTheOldestHadBegun() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a; b; c")
        world.complete("w1", "s/a#1")
        #expect(
            revive(&world, slots: 1, incarnation: 2).filter { $0.contains("died") } == [
                "fact: s/b#1 died with its worker: counted"
            ])
    }

    /// After a restart of the coordinator nobody knows any more which came first: who had begun is known
    /// only where there was a slot for each.
    @Test(arguments: [(slots: 2, blamed: ["a", "b"]), (slots: 1, blamed: [])])
    func whatCameFirstIsForgottenInARestart(slots: Int, blamed: [String]) {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a; b")
        world.restart()
        revive(&world, slots: 2, incarnation: 1, running: ["s/a#1", "s/b#1"])
        #expect(
            revive(&world, slots: slots, incarnation: 2).filter { $0.contains("died") }
                == blamed.map { "fact: s/\($0)#1 died with its worker: counted" })
    }

    /// The worker that is kept for a suspect is busy for long, and another comes to rest.
    @Test func aSuspectTakesTheWorkerThatIsFreeFirst() {
        var world = World()
        world.join("w1", deaths: [])
        world.submit("s", "bad")
        revive(&world, incarnation: 2, deaths: ["s/bad#1"])
        world.submit("t", "long; short")
        world.join("w2", deaths: [])
        #expect(world.statuses("t") == ["long running", "short ready"])
        revive(&world, incarnation: 3, deaths: ["s/bad#2"])
        world.submit("u", "more")
        // Kept, or given at once: in any case alone, and not after the long one.
        let snapshot = world.statuses("s")
        #expect(snapshot == ["bad running"])
    }
}
