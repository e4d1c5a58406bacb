// What a pool has learned, and what it has done, over time and over restarts.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct KnowledgeStories {
    /// A coordinator with a few minutes of work behind it: two hosts, two types, failures.
    private func experienced() -> World {
        var world = World()
        let once = OrchestrationConfig(maxRetryAttempts: 0)
        world.join("w1", "all(read,write)*2", resources: "memory_mib=9000")
        world.join("w2", "all(read,write)*2")
        for number in 1...40 {
            let type = number % 3 == 0 ? "write" : "read"
            let line = world.submit("s\(number)", "a:\(type)", once).last ?? ""
            let worker = String(line.prefix(2))
            if number % 10 == 0 {
                world.fail(worker, "s\(number)/a#1", .transient)
            } else {
                let seconds = (type == "write" ? 6.0 : 2.0) * (worker == "w2" ? 3 : 1)
                world.complete(worker, "s\(number)/a#1", taking: seconds, memory: 300)
            }
            world.wait(6, alive: "w1", "w2")
        }
        return world
    }

    private func history(
        _ world: inout World, of agent: String = "work"
    ) -> [AgentMetrics.Step] {
        let query = Query.agentMetrics(name: agent, since: nil, step: .zero)
        guard case .agentMetrics(let metrics) = world.ask(query) else { return [] }
        return metrics.history
    }

    /// A restarted coordinator knows what it knew: which host is slow, how long each type takes and
    /// what memory, and what was done in each minute.
    @Test func aRestartForgetsNothingThatWasKept() {
        var world = experienced()
        world.wait(61, alive: "w1", "w2")
        let (before, steps) = (world.core.performance, history(&world, of: "all"))
        #expect(before.durations.types.count == 2)
        #expect(steps.count >= 4)
        world.restart(after: 5)
        #expect(world.core.performance.durations == before.durations)
        for kind in 0..<2 as Range<Int32> {
            #expect(
                world.core.performance.timeEstimate(kind: kind, at: world.now)
                    == before.timeEstimate(kind: kind, at: world.now))
            #expect(world.core.performance.peakMemoryMebibytes(kind: kind) == 300)
        }
        #expect(history(&world, of: "all") == steps)
        world.join("w2", "all(read,write)*2", incarnation: 2)
        world.join("w1", "all(read,write)*2", incarnation: 2)
        #expect(world.submit("t", "a:read").last == "w1@2 ← dispatch t/a#1")
        #expect(world.progress("t")?.secondsLeft != nil)
    }

    /// It is kept once a minute, and only where there is something to keep.
    @Test func whatIsLearnedIsKeptOnceAMinute() {
        var world = World()
        world.join("w1")
        world.submit("s", "a; b")
        world.pause(30)
        world.beat("w1")
        world.complete("w1", "s/a#1")
        let kept = { (world: World) in
            world.history.compactMap { fact, moment -> String? in
                switch fact {
                case .performanceLearned: "learned at \(moment.instant.since(.zero).seconds)"
                case .metricsRecorded: "metrics at \(moment.instant.since(.zero).seconds)"
                default: nil
                }
            }
        }
        #expect(world.wait(59.999, alive: "w1") == [])
        #expect(kept(world) == [])
        world.wait(0.001, alive: "w1")
        #expect(kept(world) == ["metrics at 90.0", "learned at 90.0"])
        world.wait(600, alive: "w1")
        #expect(kept(world).count == 2)
        // A failure is worth a line in the history, and teaches nothing about run times.
        world.fail("w1", "s/b#1", .permanent)
        world.wait(61, alive: "w1")
        #expect(kept(world) == ["metrics at 90.0", "learned at 90.0", "metrics at 750.0"])
    }

    /// What an instance has done, in steps of a minute and of more; and who it is.
    @Test func theHistoryOfAnAgent() throws {
        var world = World()
        world.join("w1", "work*4")
        for minute in 0..<6 {
            world.submit("s\(minute)", "a; b", OrchestrationConfig(maxRetryAttempts: 0))
            world.complete("w1", "s\(minute)/a#1", taking: 2)
            world.fail("w1", "s\(minute)/b#1", .timeout)
            world.wait(60, alive: "w1")
        }
        let steps = history(&world)
        #expect(steps.map(\.completed) == [1, 1, 1, 1, 1, 1])
        #expect(steps.map(\.failed) == [1, 1, 1, 1, 1, 1])
        #expect(steps.allSatisfy { $0.seconds == 60 && $0.busyTime == 3 })
        let since = World.moment(at: Instant.zero.advanced(by: .seconds(120))).wall
        let query = Query.agentMetrics(name: "work", since: since, step: .seconds(120))
        guard case .agentMetrics(let metrics) = world.ask(query) else {
            Issue.record("no metrics")
            return
        }
        #expect(metrics.history.map(\.completed) == [2, 2])
        #expect(metrics.history.map(\.seconds) == [120, 120])
        #expect(metrics.history[0].from == since)
        let instance = try #require(metrics.instances.first)
        #expect(instance.totalExecutions == 12)
        #expect(instance.successRate == 0.5)
        #expect(instance.lastError == "timeout")
        #expect(instance.averageExecutionTime == 2)
        #expect(world.ask(.agentMetrics(name: "x", since: nil, step: .zero)) != nil)
        guard case .refused(let error) = world.replies.last else { return }
        #expect(error.code == .agentNotFound)
    }

    /// A day of minutes is remembered, and not more.
    @Test func theHistoryIsBounded() {
        var configuration = CoreConfiguration()
        configuration.rememberedSamples = 3
        var world = World(configuration)
        world.join("w1")
        for minute in 0..<6 {
            world.submit("s\(minute)", "a")
            world.complete("w1", "s\(minute)/a#1")
            world.wait(60, alive: "w1")
        }
        let minutes = (3...5).map {
            World.moment(at: Instant.zero.advanced(by: .seconds(Double($0) * 60))).wall
        }
        #expect(history(&world).map(\.from) == minutes)
        world.restart()
        #expect(history(&world).map(\.from) == minutes)
    }

    /// A journal may hold nonsense, from another version or a broken disk: nothing is taken from it.
    @Test func nonsenseIsNotTaken() {
        var columns = PerformanceColumns()
        columns.kinds = ["a", "b"]
        #expect(LearnedPerformance(columns).durations == DurationModel())
        columns.peakMemory = [1, 2]
        columns.workers = [1]
        #expect(LearnedPerformance(columns).durations == DurationModel())
        var learned = LearnedPerformance()
        _ = learned.kind(of: "a", weight: 5)
        _ = learned.row(of: CircuitBreakers.Key(worker: 3, agent: 4))
        var good = learned.takeColumns()
        #expect(LearnedPerformance(good).durations == learned.durations)
        good.durations.speedTimes = []
        #expect(LearnedPerformance(good).durations == DurationModel())
    }
}
