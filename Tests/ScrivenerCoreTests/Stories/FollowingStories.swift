// Somebody follows a session's tasks: what they are told, and that it is each end once.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct FollowingStories {
    /// Each end is told once, in the order in which tasks ended and not in that of the plan, with what ran
    /// it; and what runs is told as it is.
    @Test func endsAreToldInTheirOrder() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a; b; c < a; d < b")
        let first = world.changes("s")
        #expect(first?.ended == [])
        #expect(
            first?.running == [
                TaskChange(
                    taskID: "a", status: .running, attempt: 1, agent: "work", workerID: "w1"),
                TaskChange(
                    taskID: "b", status: .running, attempt: 1, agent: "work", workerID: "w1"),
            ])
        world.complete("w1", "s/b#1")
        world.complete("w1", "s/a#1")
        let second = world.changes("s")
        #expect(second?.ended.map(\.taskID) == ["b", "a"])
        #expect(second?.ended.first?.status == .completed)
        #expect(second?.ended.first?.runSeconds != nil)
        #expect(world.changes("s", FollowerPosition(ended: 1))?.ended.map(\.taskID) == ["a"])
        #expect(world.changes("s", FollowerPosition(ended: 2))?.ended == [])
    }

    /// A task that runs no more and is not over has not vanished: it waits for its next attempt.
    @Test func whatFailsAndIsTriedAgainHasReturned() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a; b", OrchestrationConfig(maxRetryAttempts: 1, retryDelaySeconds: 4))
        let position = FollowerPosition(
            ended: 0, running: world.changes("s")?.runningNumbers ?? [])
        #expect(position.running == [0, 1])
        world.fail("w1", "s/a#1", .transient)
        let changes = world.changes("s", position)
        #expect(changes?.running.map(\.taskID) == ["b"])
        #expect(changes?.returned.map(\.taskID) == ["a"])
        #expect(changes?.returned.first?.status == .backingOff)
        #expect(changes?.returned.first?.failureClass == .transient)
        #expect(changes?.ended == [])
    }

    /// What is skipped, or cancelled while it waits, ends without ever having run.
    @Test func whatNeverRanEndsAsWell() {
        var world = World()
        world.join("w1", "work*1")
        world.submit("s", "a{retries=0}; b < a; c < b; d")
        world.fail("w1", "s/a#1", .permanent)
        #expect(
            world.changes("s")?.ended == [
                TaskChange(
                    taskID: "a", status: .failed, attempt: 1, agent: "work", workerID: "w1",
                    runSeconds: 1, failureClass: .permanent),
                TaskChange(taskID: "b", status: .skipped),
                TaskChange(taskID: "c", status: .skipped),
            ])
    }

    /// The coordinator dies: whoever followed goes on where it was, and is told nothing twice.
    @Test func theOrderSurvivesARestart() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "a; b; c; d; e < a b")
        for task in ["c", "a", "b"] { world.complete("w1", "s/\(task)#1") }
        let before = world.changes("s", FollowerPosition(ended: 1))
        world.restart()
        let after = world.changes("s", FollowerPosition(ended: 1))
        #expect(before?.ended.map(\.taskID) == ["a", "b"])
        #expect(after?.ended == before?.ended)
    }

    /// The archive has the order of the ends: whoever was cut off before the last goes on there.
    @Test func theArchiveKeepsTheOrder() throws {
        var world = World()
        world.join("w1", "work*3")
        world.submit("s", "a; b; c")
        for task in ["c", "a", "b"] { world.complete("w1", "s/\(task)#1") }
        #expect(world.changes("s") == nil)
        let archive = try #require(world.archives.last)
        #expect(archive.endOrder == [2, 0, 1])
        let last = archive.tasks[1].change
        #expect(last.taskID == "b" && last.status == .completed && last.workerID == "w1")
    }

    /// A position is from outside: one beyond the end, before the beginning, or of tasks that are not there.
    @Test(arguments: [
        FollowerPosition(ended: 7), FollowerPosition(ended: .max, running: [.max, -1, 9]),
    ])
    func aPositionThatCannotBeTellsNothing(_ position: FollowerPosition) {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a; b")
        world.complete("w1", "s/a#1")
        let changes = world.changes("s", position)
        #expect(changes?.ended == [] && changes?.returned == [])
        #expect(world.changes("s", FollowerPosition(ended: -5))?.ended.count == 1)
    }

    /// One answer tells of so many, and the next goes on.
    @Test func manyEndsAreToldInPieces() {
        var world = World()
        world.join("w1", "work*1")
        let limit = SessionChanges.maximumEnded
        let waiting = (0..<limit + 5).map { "t\($0) < a" }.joined(separator: "; ")
        world.submit("s", "a{retries=0}; z; \(waiting)")
        world.fail("w1", "s/a#1", .permanent)
        let first = world.changes("s")
        #expect(first?.ended.count == limit)
        #expect(first?.endedCount == limit + 6)
        let rest = world.changes("s", FollowerPosition(ended: limit))
        #expect(rest?.ended.count == 6)
        let all = (first?.ended ?? []) + (rest?.ended ?? [])
        #expect(Set(all.map(\.taskID)).count == limit + 6)
    }
}
