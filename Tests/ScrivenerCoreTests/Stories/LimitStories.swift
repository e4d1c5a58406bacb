// How many attempts run at once: of an agent, and in the whole pool.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct LimitStories {
    private func world(pool: Int = .max, agents: [String: Int] = [:]) -> World {
        var configuration = CoreConfiguration()
        configuration.maximumRunningAttempts = pool
        configuration.agentLimits = agents
        return World(configuration)
    }

    /// A service that an agent calls takes two requests at a time, from however many hosts.
    @Test func anAgentHasALimit() {
        var world = world(agents: ["search": 2])
        world.join("w1", "search*4 read*4")
        world.join("w2", "search*4")
        world.submit("s", "a:search; b:search; c:search; d:read")
        #expect(
            world.statuses("s") == ["a running", "b running", "c ready", "d running"])
        let explanation = world.explain("s", "c")
        #expect(explanation?.reason == .agentLimit)
        #expect(explanation?.message == "2 attempts of search run, as many as may")
        #expect(explanation?.wakes == "the end of one of them")
        world.complete("w1", "s/d#1")
        #expect(world.statuses("s")[2] == "c ready")
        let holder = world.core.registry.workers.first {
            $0.held[world.names.attempt("s/b#1")] != nil
        }
        let lines = world.complete(holder?.id ?? "", "s/b#1")
        #expect(lines.contains { $0.hasPrefix("fact: s/c#1 dispatched to search on ") })
    }

    /// Another agent that offers the same is not limited by it.
    @Test func aLimitIsOfOneAgent() {
        var world = world(agents: ["first": 1])
        world.join("w1", "first(work)*4")
        world.join("w2", "second(work)*4")
        world.submit("s", "a; b; c")
        let agents = world.snapshot("s")?.tasks.flatMap { $0.executions.map(\.agent) } ?? []
        #expect(agents.sorted() == ["first", "second", "second"])
    }

    /// A limit of the pool: as long as it is reached nothing starts, and what ends anywhere lets
    /// something start anywhere.
    @Test func thePoolHasALimit() {
        var world = world(pool: 2)
        world.join("w1", "work*4")
        world.join("w2", "read*4")
        world.submit("s", "a; b; c; d:read")
        #expect(world.statuses("s") == ["a running", "b running", "c ready", "d ready"])
        let explanation = world.explain("s", "d")
        #expect(explanation?.reason == .poolLimit)
        #expect(explanation?.message == "2 attempts run, as many as may in the whole pool")
        world.prioritize("s", "d", 9)
        #expect(world.complete("w1", "s/a#1").last == "w2 ← dispatch s/d#1")
        #expect(world.complete("w2", "s/d#1").last == "w1 ← dispatch s/c#1")
    }

    /// A worker is lost or hands back: that makes room as well.
    @Test func whatIsLostMakesRoom() {
        var world = world(pool: 1, agents: ["work": 1])
        world.join("w1")
        world.submit("s", "a{once}; b")
        world.join("w2")
        #expect(
            world.leave("w1") == [
                "fact: s/a#1 lost", "fact: s/b#1 dispatched to work on w2",
                "w2 ← dispatch s/b#1",
            ])
        world.submit("t", "a{priority=9}")
        #expect(world.explain("t", "a")?.reason == .poolLimit)
        #expect(world.handBack("w2", "s/b#1").count == 3)
    }

    /// Attempts that are taken on again after a restart count.
    @Test func limitsHoldAfterARestart() {
        var world = world(pool: 2, agents: ["work": 2])
        world.join("w1", "work*4")
        world.submit("s", "a; b; c")
        world.restart()
        #expect(
            world.join("w1", "work*4", running: ["s/a#1", "s/b#1"]) == ["w1@2 ← welcome"])
        #expect(world.explain("s", "c")?.reason == .poolLimit)
        #expect(world.complete("w1", "s/a#1").last == "w1@2 ← dispatch s/c#1")
    }
}
