// The coordinator is killed and started again: what it reads back is what it knew, and the workers
// that went on meanwhile are taken on with what they do.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct RecoveryTests {
    /// Two interpreters of one history would differ somewhere; this one is compared with itself.
    @Test(arguments: [74, 198] + Array(1...16)) func theJournalHoldsEverything(seed: UInt64) {
        var live = Storm(seed: seed, isHostile: false)
        for _ in 0..<(60 + Int(seed % 30) * 10) { live.gust() }
        live.pass(.zero)
        live.handle(.tick)
        var other = live.restarted()
        #expect(snapshots(of: other) == snapshots(of: live))
        #expect(other.core.sessionNumbers == live.core.sessionNumbers)
        #expect(other.core.lastSessionNumber == live.core.lastSessionNumber)

        // What a worker runs or has to tell of and claims is not computed again.
        let claimed = claims(of: other)
        for index in other.workers.indices { other.register(index) }
        let lost = other.facts.dropFirst(live.facts.count).filter { fact, _ in
            guard case .attemptEnded(let attempt, let ending) = fact else { return false }
            return ending.outcome == .workerLost && claimed.contains(attempt)
        }
        #expect(lost.isEmpty)

        live.heal()
        other.heal()
        #expect(live.core.openSessionCount == 0 && other.core.openSessionCount == 0)
        #expect(
            live.archives.map(\.session.sessionID).sorted()
                == other.archives.map(\.session.sessionID).sorted())
    }

    /// Without the revision: that a backoff ended is no fact, so the end of one that was followed
    /// by a cancellation is not counted again. And without what follows from learned run times,
    /// which are kept once a minute, and from what agents said of their progress.
    private func snapshots(of storm: Storm) -> [SessionSnapshot] {
        storm.core.sessions.numbers.compactMap { number in
            storm.core.sessions.read(number) { session in
                var snapshot = storm.core.snapshot(of: session, at: storm.now)
                snapshot.session.progress.revision = 0
                snapshot.session.progress.progressPercentage = 0
                snapshot.session.progress.secondsLeft = nil
                snapshot.session.progress.currentTasks = []
                return snapshot
            }
        }
    }

    /// What the workers hold and the journal says they do.
    private func claims(of storm: Storm) -> Set<AttemptReference> {
        var claims: Set<AttemptReference> = []
        for worker in storm.core.registry.workers {
            guard let model = storm.workers.first(where: { $0.name == worker.id }) else { continue }
            claims.formUnion(
                Set(worker.held.keys).intersection(model.running + model.outbox.keys))
        }
        return claims
    }

    /// Killed in the middle: what runs is waited for, what nobody holds goes on at once.
    @Test func whatRanIsAdopted() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a; b; c < a")
        #expect(world.restart(after: 1) == [])
        #expect(world.statuses("s") == ["a running", "b running", "c waiting"])
        world.join("w2")
        #expect(
            world.join("w1", "work*2", running: ["s/a#1"], outbox: ["s/b#1"]) == [
                "w1@2 ← welcome"
            ])
        #expect(
            world.complete("w1", "s/a#1", "s/b#1") == [
                "fact: s/a#1 completed", "fact: s/b#1 completed",
                "fact: s/c#1 dispatched to work on w1",
                "w1@2 ← committed s/a#1, s/b#1", "w1@2 ← dispatch s/c#1",
            ])
    }

    /// The worker did not survive either: after the grace its tasks run elsewhere.
    @Test func whatNobodyClaimsRunsElsewhere() {
        var world = World()
        world.join("w1")
        world.submit("s", "a")
        world.restart()
        world.join("w2")
        #expect(world.wait(14.999, alive: "w2") == [])
        #expect(
            world.wait(0.001, alive: "w2") == [
                "fact: s/a#1 lost, again", "fact: s/a#2 dispatched to work on w2",
                "w2 ← dispatch s/a#2",
            ])
    }

    /// The worker came back within the grace and fell silent again: its lease counts then, not the
    /// rest of the grace.
    @Test func anAdoptedWorkerHasALeaseAgain() {
        var world = World()
        world.join("w1")
        world.submit("s", "a")
        world.restart()
        world.join("w1", running: ["s/a#1"])
        #expect(world.wait(4.999) == [])
        #expect(world.wait(0.001) == ["fact: s/a#1 lost, again"])
    }

    /// Backoffs, time limits and cancellations go on where they were; the time between does not
    /// count.
    @Test func deadlinesSurvive() {
        var world = World()
        world.join("w1", "work*3")
        world.submit("s", "a", OrchestrationConfig(retryDelaySeconds: 50))
        world.fail("w1", "s/a#1", .transient)
        world.submit("t", "a", timeout: 100)
        world.submit("u", "a")
        world.cancel("u")
        let backOff = world.explain("s", "a")?.secondsUntil
        world.restart()
        #expect(world.explain("s", "a")?.secondsUntil == backOff)
        #expect(world.statuses("u") == ["a cancelling"])
        #expect(
            world.join("w1", "work*3", running: ["t/a#1", "u/a#1"]) == [
                "w1@2 ← welcome", "w1@2 ← cancel u/a#1",
            ])
        let lines = world.wait(101, alive: "w1")
        #expect(lines.contains("fact: s/a#2 dispatched to work on w1"))
        #expect(lines.contains("fact: t to be cancelled: timedOut"))
    }
}
