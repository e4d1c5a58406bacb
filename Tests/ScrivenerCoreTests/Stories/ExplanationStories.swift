// Why a task is where it is, for each reason that there is, and how far a session has come.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct ExplanationStories {
    /// Stories of their own give these: of joins, pauses, health, resources, patience, circuits,
    /// limits, deaths and pools of workers.
    private static let givenElsewhere: [Explanation.Reason] = [
        .joinOpen, .paused, .unhealthy, .waitsForResource, .waitsForFasterSlot, .circuitOpen,
        .agentLimit, .poolLimit, .runsAlone, .waitsForPool,
    ]

    /// Nobody has to guess: each state names its reason and what will move it.
    @Test func everyReasonIsGiven() {
        var world = World()
        world.join("w1", "work*2")
        let config = OrchestrationConfig(maxConcurrentTasks: 2, retryDelaySeconds: 100)
        world.submit("s", "run; again; more; late < run again; gpu:gpu", config)
        world.submit("t", "wait")
        expect(&world, "s", "run", .running, "runs on work on worker w1")
        expect(
            &world, "s", "more", .sessionLimit,
            "the session runs 2 tasks, as many as it may (2)")
        expect(
            &world, "s", "late", .waitsForDependencies,
            "waits for 2 of 2 dependencies: run, again")
        expect(
            &world, "s", "gpu", .unplaceable,
            "no worker offers the capability gpu; 1 worker is connected")
        expect(
            &world, "t", "wait", .waitsForSlot,
            "all 2 slots for the capability work are in use; would start with 1 more")
        world.fail("w1", "s/again#1", .transient)
        expect(&world, "s", "again", .backingOff, "attempt 1 failed; tried again")
        world.complete("w1", "s/run#1")
        expect(&world, "s", "run", .ended, "the task is completed")
        world.cancel("s")
        expect(&world, "s", "more", .cancelling, "work on worker w1 was told to stop it")
        expect(&world, "s", "gpu", .ended, "the task is cancelled")
        let given = world.replies.compactMap { reply -> Explanation.Reason? in
            guard case .explanation(let explanation) = reply else { return nil }
            return explanation.reason
        }
        #expect(Set(given) == Set(Explanation.Reason.allCases).subtracting(Self.givenElsewhere))
    }

    private func expect(
        _ world: inout World, _ session: String, _ task: String, _ reason: Explanation.Reason,
        _ message: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let explanation = world.explain(session, task)
        #expect(explanation?.reason == reason, sourceLocation: sourceLocation)
        #expect(explanation?.message == message, sourceLocation: sourceLocation)
        #expect(explanation?.wakes.isEmpty == false, sourceLocation: sourceLocation)
    }

    /// Questions about what is not there are answered, with a code.
    @Test func questionsAboutStrangers() {
        var world = World()
        world.submit("s", "a")
        #expect(world.ask(.explain(sessionID: "x", taskID: "a")) == .notOpen)
        #expect(world.ask(.session(id: "x")) == .notOpen)
        #expect(world.ask(.snapshot(id: "x")) == .notOpen)
        guard case .refused(let error) = world.ask(.explain(sessionID: "s", taskID: "x")) else {
            Issue.record("answered")
            return
        }
        #expect(error.code == .taskNotFound)
    }

    /// The open sessions, newest first; and the workers with what they do.
    @Test func whatIsThere() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a")
        world.submit("t", "a")
        guard case .sessions(let sessions) = world.ask(.openSessions) else { return }
        #expect(sessions.map(\.session.sessionID) == ["t", "s"])
        world.complete("w1", "s/a#1")
        world.pause(2)
        guard case .workers(let workers) = world.ask(.workers) else { return }
        var instance = InstanceMetrics(agent: "work", workerID: "w1")
        instance.host = "host"
        instance.state = "ready"
        instance.currentExecutions = 1
        instance.maxConcurrentExecutions = 2
        instance.totalExecutions = 1
        instance.successfulExecutions = 1
        instance.successRate = 1
        instance.averageExecutionTime = 1
        // Within the estimator's error.
        let told = workers[0].instances[0].p50ExecutionTime ?? 0
        #expect(abs(told - 1) < 0.06)
        instance.p50ExecutionTime = told
        instance.p95ExecutionTime = told
        instance.p99ExecutionTime = told
        instance.registeredAt = World.moment(at: .zero).wall
        #expect(
            workers == [
                WorkerRecord(
                    workerID: "w1", host: "host", processID: 1, softwareVersion: "1",
                    state: "connected", instances: [instance], secondsSinceHeartbeat: 2)
            ])
    }

    /// A dashboard that draws each change of a fast session would draw nothing else: the first at
    /// once, then one an interval, and the last one always.
    @Test func progressComesAtIntervals() {
        var world = World()
        world.join("w1", "work*1")
        world.submit("s", "a; b; c; d", OrchestrationConfig(progressUpdateIntervalSeconds: 10))
        #expect(world.watch("s") == ["reply: s in_progress, 0 of 4 completed"])
        world.pause(0.5)
        #expect(!world.complete("w1", "s/a#1").contains { $0.hasPrefix("progress") })
        #expect(!world.complete("w1", "s/b#1").contains { $0.hasPrefix("progress") })
        #expect(
            world.wait(9.5, alive: "w1") == ["progress: s in_progress, 2 of 4 completed"])
        #expect(world.wait(11, alive: "w1") == [])
        #expect(
            world.complete("w1", "s/c#1", finding: FindingsSummary(sources: 3)).filter {
                $0.hasPrefix("progress")
            } == ["progress: s in_progress, 3 of 4 completed"])
        #expect(
            world.complete("w1", "s/d#1") == [
                "fact: s/d#1 completed", "fact: s ended: completed",
                "archive: s is completed, completed",
                "progress: s completed, 4 of 4 completed", "w1 ← committed s/d#1",
            ])
        #expect(world.archives[0].session.progress.sourcesFound == 3)
        #expect(world.archives[0].session.progress.progressPercentage == 100)
    }

    /// A second reader comes while a change waits for its interval: the first must still see it.
    /// (Regression: it saw nothing until the next change.)
    @Test func aSecondReaderTakesNothingFromTheFirst() {
        var world = World()
        world.join("w1")
        world.submit("s", "a; b < a")
        world.watch("s")
        world.complete("w1", "s/a#1")
        world.watch("s")
        #expect(
            world.wait(2, alive: "w1") == ["progress: s in_progress, 1 of 2 completed"])
    }

    /// Nobody watches any more: nothing is sent.
    @Test func progressEndsWithItsReaders() {
        var world = World()
        world.join("w1")
        world.submit("s", "a; b < a")
        world.watch("s")
        world.step(.unwatch(session: 1))
        world.step(.unwatch(session: 77))
        #expect(!world.complete("w1", "s/a#1").contains { $0.hasPrefix("progress") })
        #expect(world.wait(5, alive: "w1") == [])
        #expect(!world.complete("w1", "s/b#1").contains { $0.hasPrefix("progress") })
    }
}
