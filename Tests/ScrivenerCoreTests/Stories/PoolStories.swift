// Somebody follows the pool as a whole: what they are told of sessions and workers, that it rests on facts, and what
// it costs.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct PoolStories {
    /// A session's life, as far as it concerns those who look at all of them.
    @Test func sessionsAreToldOfAsWholes() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a; b")
        world.pauseSession("s")
        world.pauseSession("s")
        world.resumeSession("s")
        world.complete("w1", "s/a#1")
        world.cancel("s")
        world.cancel("s")
        world.complete("w1", "s/b#1")
        #expect(
            world.told == [
                "w1 joined", "s opened", "s paused", "s resumed", "s cancelling", "s ended",
            ])
    }

    /// A worker that comes, falls silent, is heard again, leaves in good order; and one that does not come back.
    @Test func workersAreToldOf() {
        var world = World()
        world.join("w1")
        world.join("w2")
        world.wait(3, alive: "w2")
        world.beat("w1")
        world.step(.drainWorker(id: "w1", ReplyToken(9)))
        world.drain("w1")
        world.leave("w1")
        world.step(.unroutable(world.connection(of: "w2")))
        world.wait(6)
        #expect(
            world.told == [
                "w1 joined", "w2 joined", "w1 suspected", "w1 recovered", "w1 draining",
                "w1 left", "w2 unreachable", "w2 lost",
            ])
    }

    /// What is told of sessions follows from the facts: a journal that is read back tells the same.
    @Test func theSameIsReadBack() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a")
        world.submit("t", "a; b")
        world.pauseSession("t")
        world.complete("w1", "s/a#1")
        world.cancel("t")
        var fresh = OrchestratorCore(journalID: "journal", incarnation: 2, seed: 2)
        let readBack = world.history.compactMap { fresh.replay($0.fact, at: $0.moment) }
        #expect(readBack.count == 5)
        #expect(readBack == world.poolChanges.filter(\.isDurable))
    }

    /// While nobody follows, nothing is gathered; who begins to follow is told of what moves from then on, once
    /// for all that happens until it asks.
    @Test func whatMovesIsToldOnceUntilItIsAskedFor() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "a; b; c")
        world.submit("t", "a; b")
        #expect(world.moved() == [])
        world.step(.followPool(true))
        #expect(world.complete("w1", "s/a#1").contains("at once: pool moved"))
        #expect(!world.complete("w1", "s/b#1").contains("at once: pool moved"))
        #expect(!world.complete("w1", "t/a#1").contains("at once: pool moved"))
        #expect(world.moved() == ["s 2", "t 1"])
        #expect(world.moved() == [])
        // It has ended, and that is told otherwise.
        #expect(!world.complete("w1", "t/b#1").contains("at once: pool moved"))
        #expect(world.moved() == [])
        world.step(.followPool(false))
        world.complete("w1", "s/c#1")
        #expect(world.moved() == [])
    }

    /// Many move at once: one answer tells of so many, and nobody waits behind one that moves all the time.
    @Test func manyAreToldInTurn() {
        var world = World()
        world.join("w1", "work*16")
        world.step(.followPool(true))
        for session in ["s", "t", "u"] { world.submit(session, "a; b; c") }
        #expect(world.moved(limit: 2) == ["s 0", "t 0"])
        world.complete("w1", "s/a#1")
        #expect(world.moved(limit: 2) == ["u 0", "s 1"])
        #expect(world.moved(limit: 2) == [])
    }

    /// Somebody follows one session while others follow the pool: each is told its own, also when the others
    /// have gone.
    @Test func followersOfASessionAreNotDisturbed() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "a; b; c; d")
        world.watch("s")
        world.step(.followPool(true))
        world.pause(2)
        #expect(
            world.complete("w1", "s/a#1").contains {
                $0.hasPrefix("progress: s in_progress, 1 of 4")
            })
        world.step(.followPool(false))
        world.pause(2)
        #expect(
            world.complete("w1", "s/b#1").contains {
                $0.hasPrefix("progress: s in_progress, 2 of 4")
            })
        world.step(.followPool(true))
        world.step(.unwatch(session: 1))
        world.pause(2)
        #expect(!world.complete("w1", "s/c#1").contains { $0.hasPrefix("progress") })
        #expect(world.moved() == ["s 3"])
    }

    /// What a stream begins with is bounded, however many sessions are open.
    @Test func theViewShowsTheNewest() throws {
        var world = World()
        world.join("w1", "work*1")
        for number in 1...5 { world.submit("s\(number)", "a") }
        guard case .pool(let view) = world.ask(.pool(sessions: 2)) else {
            Issue.record("no view")
            return
        }
        #expect(view.sessions.map(\.sessionID) == ["s5", "s4"])
        #expect(view.workers.map(\.workerID) == ["w1"])
        #expect(view.status.activeSessions == 5)
        #expect(view.status.sessionStates.isEmpty)
    }

    /// A change is told with what it is about as it is then; of a session that has ended, the archive has to say.
    @Test func changesAreToldWithWhatTheyAreAbout() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a")
        world.submit("t", "a")
        world.complete("w1", "s/a#1")
        guard
            case .poolSubjects(let subjects) = world.ask(
                .poolSubjects(sessions: [2, 1, 7], workers: [0]))
        else {
            Issue.record("no subjects")
            return
        }
        #expect(subjects.sessions.map { $0?.sessionID } == ["t", nil, nil])
        #expect(subjects.workers.map(\.workerID) == ["w1"])
    }
}

extension World {
    /// What those who follow the pool were told, as `s opened` or `w1 joined`.
    fileprivate var told: [String] {
        poolChanges.map { change in
            switch change.subject {
            case .session(_, let id, let step): "\(id) \(step.rawValue)"
            case .worker(let number, let step):
                "\(core.registry.workers[Int(number)].id) \(step.rawValue)"
            }
        }
    }

    /// Sessions that have moved on, each with how many of its tasks have completed.
    fileprivate mutating func moved(limit: Int = 100) -> [String] {
        guard case .moved(let reports, _) = ask(.moved(limit: limit)) else { return ["no answer"] }
        return reports.map { "\($0.sessionID) \($0.completedTasks)" }
    }
}
