// How far a session has come, and when it is expected to end.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct ProgressStories {
    private func percentage(_ session: String, in world: inout World) -> Double? {
        world.progress(session)?.progressPercentage
    }

    /// One long task and three short ones: after the short ones a quarter is not left but nearly
    /// all.
    @Test func tasksCountByTheirExpectedRunTime() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "a{expected=97}; b{expected=1}; c{expected=1}; d{expected=1}")
        #expect(percentage("s", in: &world) == 0)
        world.complete("w1", "s/b#1", "s/c#1", "s/d#1")
        #expect(percentage("s", in: &world) == 3)
        #expect(world.progress("s")?.completedTasks == 3)
        world.complete("w1", "s/a#1")
        #expect(world.archives[0].session.progress.progressPercentage == 100)
    }

    /// Where a plan says nothing, what was learned of the types counts; and before that, their
    /// weights.
    @Test func learnedRunTimesCount() {
        var world = World()
        world.join("w1", "all(long,short)*4")
        world.submit("s", "a:long; b:short")
        world.complete("w1", "s/b#1", taking: 1)
        #expect(percentage("s", in: &world) == 50)
        world.complete("w1", "s/a#1", taking: 9)
        world.submit("t", "a:long; b:short")
        world.complete("w1", "t/b#1", taking: 1)
        #expect(percentage("t", in: &world) == 10)
    }

    /// An agent says that it is half through, and then a little less: so do we. When it is done
    /// nothing of that is counted twice, and when it has to begin anew it is forgotten.
    @Test func whatAgentsSayCounts() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a{expected=60}; b{expected=40}")
        world.watch("s")
        world.pause(1.5)
        #expect(
            world.beat("w1", "s/a#1", permille: 500, "half through") == [
                "progress: s in_progress, 0 of 2 completed",
                "at once: w1 ← heartbeat 1 acknowledged",
            ])
        #expect(percentage("s", in: &world) == 30)
        #expect(
            world.progress("s")?.currentTasks == [
                CurrentTask(taskID: "a", progress: 0.5, message: "half through"),
                CurrentTask(taskID: "b"),
            ])
        world.beat("w1", "s/a#1", permille: 450)
        #expect(percentage("s", in: &world) == 27)
        world.fail("w1", "s/a#1", .transient)
        #expect(percentage("s", in: &world) == 0)
        world.complete("w1", "s/b#1")
        #expect(percentage("s", in: &world) == 40)
        world.beat("w1", "s/a#1", permille: 900)
        #expect(percentage("s", in: &world) == 40)
    }

    /// Almost done is not done: there is an end to be seen only when everything is over.
    @Test func nothingIsDoneUntilAllIs() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a; b{expected=0.001}")
        world.complete("w1", "s/a#1", taking: 1_000)
        #expect(percentage("s", in: &world) == 99.9)
        // What is cancelled, skipped or failed is over as well.
        world.submit(
            "t", "a{expected=1}; b{expected=3} < a", OrchestrationConfig(maxRetryAttempts: 0))
        world.fail("w1", "t/a#1", .permanent)
        #expect(world.archives.last?.session.progress.progressPercentage == 100)
    }

    /// The end is not foretold before the types that are left have run once; a plan that states its
    /// run times is not waited for.
    @Test func theEndIsForetoldWhenItCanBe() {
        var world = World()
        world.join("w1", "all(one,two)*1")
        world.submit("s", "a:one; b:one; c:two; d:two")
        #expect(world.progress("s")?.secondsLeft == nil)
        world.complete("w1", "s/a#1", taking: 2)
        #expect(world.progress("s")?.secondsLeft == nil)
        world.complete("w1", "s/b#1", taking: 2)
        world.complete("w1", "s/c#1", taking: 5)
        #expect(world.progress("s")?.secondsLeft == Estimate(expected: 5, low: 5, high: 5))
        world.complete("w1", "s/d#1", taking: 5)
        world.submit("t", "a:new{expected=7}; b:new{expected=3}")
        #expect(world.progress("t")?.secondsLeft?.expected == 10)
    }

    /// Shared among the slots that the session has now, and never sooner than its longest path.
    @Test func theEndFollowsSlotsAndPaths() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("k", "a")
        world.complete("w1", "k/a#1", taking: 10)
        world.submit("s", "a; b; c; d; e; f; g; h")
        #expect(world.progress("s")?.secondsLeft?.expected == 20)
        world.submit("t", "a; b < a; c < b; d < c; e")
        #expect(world.progress("t")?.secondsLeft?.expected == 50)
        for task in ["a", "b", "c", "d"] { world.complete("w1", "s/\(task)#1", taking: 10) }
        // Two of the four slots are its own now.
        #expect(abs((world.progress("t")?.secondsLeft?.expected ?? 0) - 40) < 0.001)
        world.pauseSession("t")
        #expect(world.progress("t")?.secondsLeft == nil)
    }

    /// The more the run times of a type differ, the wider the bounds; and nine of ten sessions end
    /// within them.
    @Test func theBoundsHold() throws {
        var pool = ClosedPool([.init(name: "w1", slots: 4)])
        pool.runTime = { Double(Int.random(in: 100...1_900, using: &$0)) / 1_000 }
        pool.submit("k", ClosedPool.fan(500))
        pool.run()
        var within = 0
        for number in 1...100 {
            pool.submit("s\(number)", ClosedPool.fan(40))
            pool.step()
            let estimate = try #require(pool.progress("s\(number)")?.secondsLeft)
            pool.run()
            let time = try #require(pool.duration(of: "s\(number)"))
            if (estimate.low...estimate.high).contains(time) { within += 1 }
        }
        #expect((82...98).contains(within), "\(within) of 100")
    }
}
