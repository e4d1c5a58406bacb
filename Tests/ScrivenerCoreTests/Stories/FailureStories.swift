// Tasks that fail: what is tried again, what is skipped, and how the session ends.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct FailureStories {
    let once = OrchestrationConfig(maxRetryAttempts: 0)

    /// A source that is gone takes everything with it that was to be computed from it.
    @Test func aFailureSkipsAllThatDependsOnIt() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a; b < a; c < b; d; e < d c", once)
        #expect(
            world.fail("w1", "s/a#1", .permanent) == [
                "fact: s/a#1 failed (permanent)", "w1 ← committed s/a#1",
            ])
        #expect(
            world.statuses("s") == ["a failed", "b skipped", "c skipped", "d running", "e skipped"])
        #expect(
            world.complete("w1", "s/d#1") == [
                "fact: s/d#1 completed", "fact: s ended: failed",
                "archive: s is failed, failed", "w1 ← committed s/d#1",
            ])
        #expect(world.archives[0].session.reason == "1 of 5 tasks failed; 3 skipped")
    }

    /// A report over five sources is worth having when four of them could be read.
    @Test func aTaskMayGoOnWithWhatThereIs() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a; b; c? < a b", once)
        world.fail("w1", "s/a#1", .permanent)
        #expect(world.statuses("s") == ["a failed", "b running", "c waiting"])
        #expect(world.complete("w1", "s/b#1").last == "w1 ← dispatch s/c#1")
        let inputs = world.core.told(of: world.names.attempt("s/c#1"))?.inputs
        #expect(inputs?.map(\.taskID) == ["b"])
        #expect(
            world.complete("w1", "s/c#1") == [
                "fact: s/c#1 completed", "fact: s ended: partial",
                "archive: s is completed, partial", "w1 ← committed s/c#1",
            ])
    }

    /// A task that goes on behind one that was skipped waits for nothing any more.
    @Test func goingOnBehindASkippedTask() {
        var world = World()
        world.join("w1")
        world.submit("s", "a; b < a; c? < b", once)
        #expect(
            world.fail("w1", "s/a#1", .invalidInput) == [
                "fact: s/a#1 failed (invalid_input)",
                "fact: s/c#1 dispatched to work on w1",
                "w1 ← committed s/a#1",
                "w1 ← dispatch s/c#1",
            ])
    }

    /// A service that is busy for a moment: tried again, later, within the jitter's bound.
    @Test func aTransientFailureIsTriedAgainAfterADelay() {
        var world = World()
        world.join("w1")
        world.submit("s", "a", OrchestrationConfig(maxRetryAttempts: 1, retryDelaySeconds: 4))
        #expect(
            world.fail("w1", "s/a#1", .transient) == [
                "fact: s/a#1 failed (transient), again after a delay", "w1 ← committed s/a#1",
            ])
        guard case .attemptEnded(_, let ending) = world.history.last?.fact,
            case .retry(let notBefore) = ending.disposition
        else {
            Issue.record("no retry")
            return
        }
        #expect(notBefore > .zero && notBefore <= Instant.zero.advanced(by: .seconds(4)))
        #expect(world.explain("s", "a")?.secondsUntil == notBefore.since(.zero).seconds)
        let early = notBefore.since(.zero).seconds - 0.001
        #expect(world.wait(early, alive: "w1") == [])
        #expect(
            world.wait(0.001, alive: "w1") == [
                "fact: s/a#2 dispatched to work on w1", "w1 ← dispatch s/a#2",
            ])
        #expect(
            world.fail("w1", "s/a#2", .timeout) == [
                "fact: s/a#2 failed (timeout)", "fact: s ended: failed",
                "archive: s is failed, failed", "w1 ← committed s/a#2",
            ])
    }

    /// Bad input stays bad: trying again only costs.
    @Test(arguments: [FailureClass.invalidInput, .permanent])
    func whatCannotSucceedIsNeverTriedAgain(_ failure: FailureClass) {
        var world = World()
        world.join("w1")
        world.submit("s", "a")
        #expect(
            world.fail("w1", "s/a#1", failure) == [
                "fact: s/a#1 failed (\(failure.name))", "fact: s ended: failed",
                "archive: s is failed, failed", "w1 ← committed s/a#1",
            ])
    }

    /// An agent that throws `cancelled` or `worker_lost` of its own accord, each time. (Regression:
    /// it was dispatched again at once and without an end.)
    @Test(arguments: [FailureClass.cancelled, .workerLost])
    func whatAnAgentSaysOfItselfUsesUpRetries(_ failure: FailureClass) {
        var world = World()
        world.join("w1")
        world.submit("s", "a", OrchestrationConfig(maxRetryAttempts: 2, retryDelaySeconds: 0))
        world.fail("w1", "s/a#1", failure)
        world.wait(1, alive: "w1")
        world.fail("w1", "s/a#2", failure)
        world.wait(1, alive: "w1")
        let lines = world.fail("w1", "s/a#3", failure)
        #expect(lines.contains("fact: s ended: failed"))
        #expect(world.archives[0].tasks[0].status == .failed)
    }

    /// Backoff grows, stays under its bound, and is the same for the same seed.
    @Test func delaysAreBoundedAndSeeded() {
        func delays(_ seed: UInt64) -> [TimeSpan] {
            var random = SeededGenerator(seed: seed)
            return (0..<40).map {
                RetryPolicy.delay(retries: $0, CompiledRetry(), random: &random)
            }
        }
        let drawn = delays(7)
        #expect(drawn == delays(7))
        #expect(drawn != delays(8))
        for (retries, delay) in drawn.enumerated() {
            let bound = min(300, Double(1 << min(retries, 20)))
            #expect(delay >= .zero && delay <= .seconds(bound))
        }
        var random = SeededGenerator(seed: 1)
        var rule = CompiledRetry(base: TimeSpan(nanoseconds: .max))
        #expect(RetryPolicy.delay(retries: .max, rule, random: &random) <= .seconds(300))
        rule.base = .seconds(-1)
        #expect(RetryPolicy.delay(retries: .min, rule, random: &random) == .zero)
    }

    /// A task may know better than its session how often and how soon it is worth another try.
    @Test func aTaskMayHaveARetryRuleOfItsOwn() {
        func bounds(_ rule: CompiledRetry) -> [Double] {
            var random = SeededGenerator(seed: 3)
            return (0..<6).map { retries in
                (0..<400).map { _ in
                    RetryPolicy.delay(retries: retries, rule, random: &random).seconds
                }.max() ?? 0
            }
        }
        let rule = CompiledRetry(
            maximumRetries: 9, base: .seconds(2), factorPermille: 3_000, cap: .seconds(20))
        for (bound, told) in zip([2.0, 6, 18, 20, 20, 20], bounds(rule)) {
            #expect((0.95 * bound...bound).contains(told))
        }
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a{retries=1}; b", OrchestrationConfig(maxRetryAttempts: 0))
        world.fail("w1", "s/a#1", .transient)
        #expect(world.fail("w1", "s/b#1", .transient).contains("fact: s/b#1 failed (transient)"))
        #expect(world.fail("w1", "s/a#2", .transient).contains("fact: s ended: failed"))
    }
}
