// A session that has ended is run again: what is kept is not done again, and the rest goes on as if what is
// kept had just been done.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct RerunStories {
    private let once = OrchestrationConfig(maxRetryAttempts: 0)

    private func inputs(of attempt: String, in world: World) -> [String]? {
        world.core.told(of: world.names.attempt(attempt))?.inputs.map(\.taskID)
    }

    /// `a` and `b` have completed, `c` has failed, and `d` never ran.
    private func half() -> World {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "a; b < a; c < a; d < b c", once)
        world.complete("w1", "s/a#1")
        world.complete("w1", "s/b#1")
        world.fail("w1", "s/c#1", .permanent)
        return world
    }

    /// Twenty minutes of work were good, and one task failed: that one runs again, and what waited for
    /// it, with the results of those that are kept.
    @Test func whatIsKeptIsNotDoneAgain() {
        var world = half()
        #expect(world.verdicts("s") == ["a keep", "b keep", "c run", "d run"])
        #expect(
            world.rerun("s", as: "t") == [
                "fact: t opened with a, b, c, d",
                "fact: t runs s again and takes over a, b",
                "fact: t/c#1 dispatched to work on w1",
                "reply: t pending, 2 of 4 completed",
                "w1 ← dispatch t/c#1",
            ])
        #expect(inputs(of: "t/c#1", in: world) == ["a"])
        #expect(world.complete("w1", "t/c#1").last == "w1 ← dispatch t/d#1")
        #expect(inputs(of: "t/d#1", in: world) == ["b", "c"])
        #expect(
            world.complete("w1", "t/d#1") == [
                "fact: t/d#1 completed", "fact: t ended: completed",
                "archive: t is completed, completed", "w1 ← committed t/d#1",
            ])
        let archive = world.archive("t")
        #expect(archive?.session.rerunOf == "s")
        #expect(archive?.tasks.map(\.isReused) == [true, true, false, false])
        #expect(archive?.tasks.map(\.executions.count) == [1, 1, 1, 1])
        #expect(archive?.endOrder == [0, 1, 2, 3])
        #expect(world.archive("s")?.session.sessionState == .failed)
    }

    /// Whoever follows the new session is told of every task's end, and of which were taken over.
    @Test func followersAreToldOfWhatIsKept() {
        var world = half()
        world.rerun("s", as: "t")
        let ended = world.changes("t")?.ended
        #expect(ended?.map(\.taskID) == ["a", "b"])
        #expect(ended?.map(\.reused) == [true, true])
        #expect(ended?.map(\.workerID) == ["w1", "w1"])
        world.complete("w1", "t/c#1")
        #expect(world.changes("t", FollowerPosition(ended: 2))?.ended.map(\.reused) == [nil])
    }

    /// What was found is found: progress counts it from the first.
    @Test func findingsOfWhatIsKeptCount() {
        var world = half()
        world.rerun("s", as: "t", finding: FindingsSummary(sources: 3, insights: 2))
        let progress = world.progress("t")
        #expect(progress?.sourcesFound == 6)
        #expect(progress?.insightsGenerated == 4)
        #expect(progress?.completedTasks == 2)
        #expect(progress?.progressPercentage == 50)
    }

    /// The coordinator dies: what was taken over is read back, and nothing of it is dispatched.
    @Test func whatIsKeptSurvivesARestart() {
        var world = half()
        world.rerun("s", as: "t")
        world.complete("w1", "t/c#1")
        var before = world.snapshot("t")
        world.restart()
        var after = world.snapshot("t")
        #expect(after?.tasks.map(\.isReused) == [true, true, false, false])
        before?.session.progress.secondsLeft = nil
        after?.session.progress.secondsLeft = nil
        before?.session.progress.progressPercentage = 0
        after?.session.progress.progressPercentage = 0
        #expect(after == before)
        world.join("w1", "work*4", running: ["t/d#1"])
        #expect(world.complete("w1", "t/d#1").contains("fact: t ended: completed"))
    }

    /// The task had gone on without one that failed. Now that one runs again, and with it the task: its
    /// inputs change.
    @Test func whatWentOnWithoutARunningTaskRunsAgain() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "a; b; sum? < a b; last < sum", once)
        world.complete("w1", "s/a#1")
        world.fail("w1", "s/b#1", .permanent)
        world.complete("w1", "s/sum#1")
        world.complete("w1", "s/last#1")
        #expect(world.verdicts("s") == ["a keep", "b run", "sum run", "last run"])
        let reasons = world.archive("s").map { RerunSelection($0, .failed).preview.tasks }
        #expect(
            reasons == [
                RerunTask(taskID: "b", status: .failed, action: .run, reason: .notCompleted),
                RerunTask(
                    taskID: "sum", status: .completed, action: .run, reason: .dependencyRuns,
                    because: "b"),
                RerunTask(
                    taskID: "last", status: .completed, action: .run, reason: .dependencyRuns,
                    because: "sum"),
                RerunTask(taskID: "a", status: .completed, action: .keep, reason: .completed),
            ])
        world.rerun("s", as: "t")
        #expect(world.complete("w1", "t/b#1").last == "w1 ← dispatch t/sum#1")
        #expect(inputs(of: "t/sum#1", in: world) == ["a", "b"])
    }

    /// A join that had enough has enough again from the first, and does not wait for ever.
    @Test func aJoinThatHasEnoughOfWhatIsKeptCloses() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "a; b; c; j{needs=2} < a b c", once)
        world.complete("w1", "s/a#1", "s/b#1")
        world.complete("w1", "s/j#1")
        world.fail("w1", "s/c#1", .permanent)
        #expect(world.verdicts("s") == ["a keep", "b keep", "c run", "j run"])
        #expect(
            world.rerun("s", as: "t") == [
                "fact: t opened with a, b, c, j",
                "fact: t runs s again and takes over a, b",
                "fact: t/j goes on",
                "fact: t/c#1 dispatched to work on w1",
                "fact: t/j#1 dispatched to work on w1",
                "reply: t pending, 2 of 4 completed",
                "w1 ← dispatch t/c#1, t/j#1",
            ])
        #expect(inputs(of: "t/j#1", in: world) == ["a", "b"])
    }

    /// A planner's tasks are part of what is kept: it need not plan again for the one that failed.
    @Test func additionsOfWhatIsKeptAreThereFromTheFirst() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "old; plan+ < old", once)
        world.complete("w1", "s/old#1")
        world.complete("w1", "s/plan#1", proposing: "n1 < old; n2 < n1; n3 < n2")
        world.complete("w1", "s/n1#1")
        world.fail("w1", "s/n2#1", .permanent)
        #expect(
            world.verdicts("s") == ["old keep", "plan keep", "n1 keep", "n2 run", "n3 run"])
        #expect(
            world.rerun("s", as: "t") == [
                "fact: t opened with old, plan",
                "fact: t runs s again and takes over old, plan, n1",
                "fact: t/n2#1 dispatched to work on w1",
                "reply: t pending, 3 of 5 completed",
                "w1 ← dispatch t/n2#1",
            ])
        #expect(world.snapshot("t")?.tasks.map(\.addedBy) == [nil, nil, 1, 1, 1])
        world.complete("w1", "t/n2#1")
        #expect(world.complete("w1", "t/n3#1").contains("fact: t ended: completed"))
    }

    /// A planner that runs again plans again: what it had added is left out, and its numbers with it.
    @Test func additionsOfWhatRunsAgainAreLeftOut() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "bad; one+? < bad; two+", once)
        world.complete("w1", "s/two#1", proposing: "m1; m2 < m1")
        world.fail("w1", "s/bad#1", .permanent)
        world.complete("w1", "s/one#1", proposing: "n1; n2 < n1 two")
        world.complete("w1", "s/m1#1", "s/n1#1")
        world.complete("w1", "s/m2#1", "s/n2#1")
        #expect(
            world.verdicts("s") == [
                "bad run", "one run", "two keep", "m1 keep", "m2 keep", "n1 drop", "n2 drop",
            ])
        world.rerun("s", as: "t")
        world.complete("w1", "t/bad#1")
        world.complete("w1", "t/one#1", proposing: "n1 < m2; n2 < n1")
        #expect(inputs(of: "t/n1#1", in: world) == ["m2"])
        world.complete("w1", "t/n1#1")
        #expect(world.complete("w1", "t/n2#1").contains("fact: t ended: completed"))
    }

    /// An addition of one planner rests on one of another that is left out: both plan again.
    @Test func additionsOnWhatIsLeftOutAreAddedAnew() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "bad; one+? < bad; two+", once)
        world.fail("w1", "s/bad#1", .permanent)
        world.complete("w1", "s/one#1", proposing: "n1")
        world.complete("w1", "s/two#1", proposing: "m1 < n1")
        world.complete("w1", "s/n1#1")
        world.complete("w1", "s/m1#1")
        #expect(
            world.verdicts("s") == ["bad run", "one run", "two run", "n1 drop", "m1 drop"])
    }

    /// The rerun has failed as well, elsewhere: what both have done is kept.
    @Test func aRerunIsRunAgain() {
        var world = half()
        world.rerun("s", as: "t")
        world.complete("w1", "t/c#1")
        world.fail("w1", "t/d#1", .permanent)
        #expect(world.verdicts("t") == ["a keep", "b keep", "c keep", "d run"])
        #expect(
            world.rerun("t", as: "u").prefix(3) == [
                "fact: u opened with a, b, c, d",
                "fact: u runs t again and takes over a, b, c",
                "fact: u/d#1 dispatched to work on w1",
            ])
        #expect(inputs(of: "u/d#1", in: world) == ["b", "c"])
        #expect(world.complete("w1", "u/d#1").contains("fact: u ended: completed"))
        #expect(world.archive("u")?.session.rerunOf == "t")
    }

    /// Everything once more, because a source has changed: nothing is kept.
    @Test func everythingRunsAgainWhenThatIsAskedFor() {
        var world = half()
        #expect(world.verdicts("s", .all) == ["a run", "b run", "c run", "d run"])
        #expect(
            world.rerun("s", as: "t", .all) == [
                "fact: t opened with a, b, c, d",
                "fact: t runs s again and takes over nothing",
                "fact: t/a#1 dispatched to work on w1",
                "reply: t pending, 0 of 4 completed",
                "w1 ← dispatch t/a#1",
            ])
    }

    /// The answer got lost and the request is sent again: no second session.
    @Test func anIDIsTakenOnce() {
        var world = half()
        world.rerun("s", as: "t")
        #expect(world.rerun("s", as: "t") == ["reply: refused: session_exists"])
    }

    /// What is taken over took its time in another session: nothing is learned of it, and no figure of
    /// this one counts it.
    @Test func figuresAreOfWhatWasDoneHere() {
        var world = half()
        world.pause(1_000)
        world.rerun("s", as: "t")
        world.complete("w1", "t/c#1")
        world.complete("w1", "t/d#1")
        let archive = world.archive("t")
        let results = archive.map { ResultAggregator.aggregate($0, annexes: [:], payloads: [:]) }
        #expect(results?.execution.completedTasks == 4)
        #expect(results?.execution.totalExecutions == 2)
        #expect(results?.agentContributions.map(\.attempts) == [2])
        #expect(results?.agentContributions.map(\.completedTasks) == [4])
        #expect(results?.tasks.map(\.task.reused) == [true, true, nil, nil])
        let issues = archive.map { SessionDiagnosis.diagnose($0).issues }
        #expect(issues?.isEmpty == true)
    }
}
