// What an attempt leaves for the next one at its task.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct CheckpointStories {
    private func checkpoint(for attempt: String, in world: World) -> Int64? {
        world.core.told(of: world.names.attempt(attempt))?.checkpoint?.row
    }

    private func kept(in world: World) -> Int {
        world.core.sessions.numbers.reduce(0) { total, number in
            total + (world.core.sessions.read(number) { $0.graph.checkpoints.count } ?? 0)
        }
    }

    /// Nine of ten pages were read when the host died: the next attempt begins with the tenth.
    @Test func theNextAttemptIsHandedTheLatest() {
        var world = World()
        world.join("w1")
        world.submit("s", "a; b < a")
        #expect(checkpoint(for: "s/a#1", in: world) == nil)
        #expect(
            world.keepCheckpoint("w1", "s/a#1", row: 7) == ["fact: s/a#1 kept checkpoint 7"])
        world.keepCheckpoint("w1", "s/a#1", row: 9)
        world.leave("w1")
        world.join("w2")
        #expect(checkpoint(for: "s/a#2", in: world) == 9)
        // It may leave none of its own: then the third attempt has the same.
        world.fail("w2", "s/a#2", .transient)
        world.wait(1, alive: "w2")
        #expect(checkpoint(for: "s/a#3", in: world) == 9)
        world.complete("w2", "s/a#3")
        #expect(kept(in: world) == 0)
        #expect(checkpoint(for: "s/b#1", in: world) == nil)
    }

    /// Taken back by a pause, and the coordinator is restarted as well.
    @Test func aCheckpointSurvivesAPauseAndARestart() {
        var world = World()
        world.join("w1")
        world.submit("s", "a")
        world.keepCheckpoint("w1", "s/a#1", row: 3)
        world.pauseSession("s", .now)
        world.fail("w1", "s/a#1", .cancelled)
        world.restart()
        world.join("w1")
        world.resumeSession("s")
        #expect(checkpoint(for: "s/a#2", in: world) == 3)
    }

    /// Who does not run the task leaves nothing: an attempt that is over, another worker, another
    /// epoch, numbers that mean nothing.
    @Test func strangersLeaveNothing() {
        var world = World()
        world.join("w1", "work*2")
        world.join("w2", "work*1")
        world.submit("s", "a@work; b@work")
        world.complete("w1", "s/b#1")
        for (worker, attempt) in [
            ("w1", "s/b#1"), ("w2", "s/a#1"), ("w1", "s/a#2"), ("w1", "s/-1#1"), ("w1", "9/0#1"),
        ] {
            #expect(world.keepCheckpoint(worker, attempt, row: 5) == [])
        }
        let (connection, old) = (world.connection(of: "w1"), world.epoch(of: "w1"))
        world.join("w1", "work*2", running: ["s/a#1"], keepsConnection: true)
        let late = OrchestratorEvent.checkpoints(
            connection, epoch: old,
            [(world.names.attempt("s/a#1"), PayloadHandle(row: 5, offset: 0, length: 1))])
        #expect(world.step(late) == ["at once: w1 ← introduce"])
        #expect(kept(in: world) == 0)
    }

    /// A task that is over leaves nothing behind, however it ended. (Regression: one that was
    /// cancelled while it waited for its next attempt did.)
    @Test func nothingIsKeptOfWhatIsOver() {
        var world = World()
        world.join("w1", "work*4")
        let graph = "a; b{once}; c{retries=0}; d; e"
        world.submit("s", graph, OrchestrationConfig(retryDelaySeconds: 60))
        for task in ["a", "b", "c", "d"] { world.keepCheckpoint("w1", "s/\(task)#1", row: 1) }
        world.fail("w1", "s/a#1", .transient)
        world.fail("w1", "s/b#1", .transient)
        world.fail("w1", "s/c#1", .transient)
        #expect(kept(in: world) == 2)
        world.cancel("s")
        #expect(kept(in: world) == 1)
        world.restart()
        #expect(kept(in: world) == 1)
    }

    /// Two attempts at once: what either leaves is handed on.
    @Test func bothAttemptsMayLeaveSomething() {
        var world = World()
        world.join("w1")
        for number in 1...30 {
            world.submit("k\(number)", "a")
            world.complete("w1", "k\(number)/a#1")
        }
        world.submit("s", "a{idempotent}")
        world.join("w2")
        world.keepCheckpoint("w1", "s/a#1", row: 4)
        world.wait(2, alive: "w1", "w2")
        #expect(checkpoint(for: "s/a#2", in: world) == 4)
        world.keepCheckpoint("w2", "s/a#2", row: 6)
        world.leave("w1")
        world.leave("w2")
        world.join("w3")
        #expect(checkpoint(for: "s/a#3", in: world) == 6)
    }
}
