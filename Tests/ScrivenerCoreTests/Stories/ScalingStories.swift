// Pools of workers that grow and shrink with what there is to do.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct ScalingStories {
    /// Of 2 slots each, for a target wait of 30 s and a start of 10 s.
    private func pool(
        _ name: String = "research", _ agents: String..., maximum: Int = 8,
        _ change: (inout PoolSpecification) -> Void = { _ in }
    ) -> PoolSpecification {
        var pool = PoolSpecification(
            name: name, maximum: maximum, slots: 2, agents: agents.isEmpty ? ["work"] : agents)
        change(&pool)
        return pool
    }

    private func world(_ pools: PoolSpecification...) -> World {
        var configuration = CoreConfiguration()
        configuration.pools = pools
        var world = World(configuration)
        world.step(.recovered)
        return world
    }

    private func pools(_ world: inout World) -> [WorkerPoolRecord] {
        guard case .workerPools(let pools) = world.ask(.workerPools) else { return [] }
        return pools
    }

    private func desired(_ world: inout World) -> [Int] { pools(&world).map(\.desired) }

    /// So many tasks that are expected to take so long.
    private func plan(_ count: Int, seconds: Int, _ more: String = "") -> String {
        (0..<count).map { "t\($0){expected=\(seconds)\(more)}" }.joined(separator: "; ")
    }

    private let wide = OrchestrationConfig(maxConcurrentTasks: 1_000)

    @Test func `a pool without replicas grows when its agent is asked for, and shrinks again`() {
        var world = world(pool())
        #expect(pools(&world).first?.reason == "nothing waits; no replica is needed")
        world.submit("s", "a")
        world.wait(1)
        #expect(
            pools(&world) == [
                WorkerPoolRecord(
                    name: "research", desired: 1, connected: 0, idle: 0, draining: 0, minimum: 0,
                    maximum: 8, queued: 1, oldestWaitSeconds: 1, targetQueueWaitSeconds: 30,
                    startTimeSeconds: 10, mayLeave: [],
                    reason: "1 task waits, the longest for 1 s of 30 s; work for 1 replica")
            ])
        world.join("research/r1", "work*2")
        world.wait(1, alive: "research/r1")
        let busy = pools(&world)[0]
        #expect([busy.desired, busy.connected, busy.idle, busy.queued] == [1, 1, 0, 0])
        #expect(busy.reason == "nothing waits, 1 replica is busy; work for 1 replica")
        world.complete("research/r1", "s/a#1")
        world.wait(1, alive: "research/r1")
        let kept = pools(&world)[0]
        #expect([kept.desired, kept.idle] == [1, 1])
        #expect(kept.reason == "nothing waits; 1 was needed within the last 10 s")
        // Nobody is sent away within the first 15 s of a coordinator either.
        world.wait(13, alive: "research/r1")
        #expect(desired(&world) == [0])
        #expect(pools(&world)[0].mayLeave == ["research/r1"])
        world.drain("research/r1")
        world.wait(1, alive: "research/r1")
        let leaving = pools(&world)[0]
        #expect([leaving.connected, leaving.draining] == [0, 1])
        #expect(leaving.mayLeave.isEmpty)
    }

    /// A client that is told "no worker offers it" gives up what would start in a moment.
    @Test func `a task that only a pool can take is said to wait for the pool`() {
        var world = world(pool())
        world.submit("s", "a; b:gpu")
        #expect(
            world.explain("s", "a")
                == Explanation(
                    taskID: "a", status: .ready, reason: .waitsForPool,
                    message:
                        "no worker offers the capability work yet; the pool research does, and "
                        + "scales up: 0 of 1 replicas are connected",
                    wakes: "a replica of the pool research registers"))
        #expect(world.explain("s", "b")?.reason == .unplaceable)
        #expect(
            world.explain("s", "b")?.message
                == "no worker offers the capability gpu; 0 workers are connected")
        // Missing since the first look, a second after the submission.
        world.wait(41)
        #expect(world.explain("s", "a")?.reason == .unplaceable)
        #expect(
            world.explain("s", "a")?.message
                == "no worker offers the capability work; the pool research is to, and for 40.0 s "
                + "0 of 1 replicas have been connected")
        world.join("research/r1", "work*2")
        #expect(world.explain("s", "a")?.reason == .running)
    }

    @Test func `a replica that is busy is never among those that may leave`() {
        var world = world(pool())
        for number in 1...3 { world.join("research/r\(number)", "work*2") }
        world.submit("s", "a{expected=600}")
        let names = ["research/r1", "research/r2", "research/r3"]
        world.wait(30, alive: names[0], names[1], names[2])
        let pool = pools(&world)[0]
        #expect([pool.desired, pool.connected, pool.idle] == [1, 3, 2])
        guard case .workers(let workers) = world.ask(.workers) else { return }
        let busy = workers.filter { $0.instances.contains { $0.currentExecutions > 0 } }
        #expect(busy.count == 1)
        #expect(Set(pool.mayLeave) == Set(names).subtracting(busy.map(\.workerID)))
        #expect(workers.map(\.pool) == ["research", "research", "research"])
    }

    /// Long tasks need a slot each; short ones share it.
    @Test func `what a task is expected to take decides how many replicas there are`() {
        for (seconds, expected) in [(1, 1), (5, 3), (10, 5), (20, 10), (600, 10)] {
            var world = world(pool(maximum: 100))
            world.submit("s", plan(20, seconds: seconds), wide)
            world.wait(1)
            #expect(desired(&world) == [expected], "\(seconds) s")
        }
    }

    @Test func `a session gets no more than it may run at once`() {
        var world = world(pool())
        world.submit(
            "s", plan(20, seconds: 600), OrchestrationConfig(maxConcurrentTasks: 4))
        world.wait(1)
        #expect(desired(&world) == [2])
        #expect(pools(&world)[0].queued == 4)
    }

    @Test func `limits of agents and of the whole pool hold for replicas as well`() {
        for isOfAgent in [true, false] {
            var configuration = CoreConfiguration()
            configuration.pools = [pool()]
            if isOfAgent {
                configuration.agentLimits = ["work": 6]
            } else {
                configuration.maximumRunningAttempts = 6
            }
            var world = World(configuration)
            world.step(.recovered)
            world.submit(
                "s", (0..<20).map { "t\($0)@work{expected=600}" }.joined(separator: ";"), wide)
            world.wait(1)
            #expect(desired(&world) == [3])
        }
    }

    @Test func `what is paused asks for nobody`() {
        var world = world(pool())
        world.submit("s", plan(20, seconds: 600), wide)
        world.pauseSession("s")
        world.wait(1)
        #expect(desired(&world) == [0])
        #expect(pools(&world)[0].queued == 0)
        world.resumeSession("s")
        world.wait(1)
        #expect(desired(&world) == [8])
    }

    /// A host with a worker of its own beside the pool does what it can.
    @Test func `workers outside the pool take their part first`() {
        var world = world(pool())
        world.join("w1", "work*4")
        world.submit("s", plan(8, seconds: 5), wide)
        world.wait(1, alive: "w1")
        #expect(pools(&world)[0].queued == 4)
        #expect(desired(&world) == [0])
        world.submit("t", plan(40, seconds: 10), wide)
        world.wait(3, alive: "w1")
        #expect(desired(&world)[0] > 5)
    }

    @Test func `pools that can do the same share it by what they may grow to`() {
        var world = world(pool("a", maximum: 6), pool("b", maximum: 2), pool("c", "gpu"))
        world.submit("s", plan(16, seconds: 600), wide)
        world.wait(1)
        #expect(desired(&world) == [6, 2, 0])
    }

    @Test func `tags, slots and resources of a pool decide what it can take`() {
        let gpu = pool {
            $0.tags = ["fast"]
            $0.resources = [ResourceAmount(name: "gpu", amount: 1)]
        }
        for (task, expected) in [
            ("a{tag=fast}", 1), ("a{tag=slow}", 0), ("a{slots=2}", 1), ("a{slots=3}", 0),
            ("a{gpu=1}", 1), ("a{gpu=2}", 0), ("a{memory_mib=100000}", 1), ("a:other", 0),
            ("a:other@work", 1), ("a:other{fallback=work}", 1), ("a{requires=math}", 0),
        ] {
            var world = world(gpu)
            world.submit("s", task)
            world.wait(1)
            #expect(desired(&world) == [expected], "\(task)")
        }
    }

    /// A replica that was started when the task became ready would come too late.
    @Test func `what will be ready soon counts`() {
        var world = world(pool("a"), pool("b", "gpu"))
        world.join("a/r1", "work*2")
        world.submit("s", "first{expected=30}; then:gpu < first")
        world.wait(5, alive: "a/r1")
        #expect(desired(&world) == [1, 0])
        // Its end is within the horizon of 20 s.
        world.wait(6, alive: "a/r1")
        #expect(desired(&world) == [1, 1])
        #expect(pools(&world)[1].queued == 0)
    }

    /// Of a session that nobody has begun yet as well; and what waits for several counts once.
    @Test func `what waits for tasks that are ready counts once`() {
        var world = world(pool("a"), pool("b", "gpu", maximum: 100))
        let first = (0..<20).map { "a\($0)" }
        let graph =
            first.map { "\($0){expected=1}" }
            + (0..<10).map { "b\($0):gpu{expected=600} < \(first.joined(separator: " "))" }
        world.submit("s", graph.joined(separator: "; "), wide)
        world.wait(1)
        #expect(desired(&world) == [1, 5])
    }

    /// Whoever acts on what a coordinator says in its first seconds must not stop what it does not
    /// know yet.
    @Test func `after a restart nobody is sent away until all had time to come back`() {
        var world = world(pool())
        world.join("research/r1", "work*2")
        world.join("research/r2", "work*2")
        world.submit("s", "a{expected=600}")
        let runner = ["research/r1", "research/r2"].first {
            world.core.registry.workerNumber($0).map {
                !world.core.registry.workers[Int($0)].held.isEmpty
            } == true
        }
        world.restart()
        #expect(desired(&world) == [1])
        let idle = runner == "research/r1" ? "research/r2" : "research/r1"
        world.join(idle, "work*2")
        world.wait(2, alive: idle)
        #expect(desired(&world) == [2])
        #expect(
            pools(&world)[0].reason
                == "nothing waits, 1 replica is busy; the coordinator has just started, and waits for "
                + "those that it knew")
        #expect(pools(&world)[0].mayLeave.isEmpty)
    }

    @Test func `a coordinator without pools has no timer for them`() {
        var world = World()
        world.step(.recovered)
        #expect(world.core.nextDeadline == nil)
        #expect(pools(&world) == [])
    }
}
