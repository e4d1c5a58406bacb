// Agents that are not well, and workers that are not heard.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct HealthStories {
    /// An agent loads a model for a minute before it can do anything: nothing is sent to it until it
    /// says that it is ready.
    @Test func anAgentThatInitializesGetsNothing() {
        var world = World()
        world.join("w1", "work*2", health: .initializing)
        #expect(world.submit("s", "a").last == "reply: s pending, 0 of 1 completed")
        let explanation = world.explain("s", "a")
        #expect(explanation?.reason == .unhealthy)
        #expect(explanation?.message == "work on worker w1 is being initialized")
        #expect(explanation?.wakes == "the worker says that the agent is ready")
        #expect(world.wait(20, alive: "w1") == [])
        #expect(
            world.beat("w1", health: .ready) == [
                "fact: s/a#1 dispatched to work on w1", "w1 ← dispatch s/a#1",
                "at once: w1 ← heartbeat 21 acknowledged",
            ])
    }

    /// Its health check fails: what it runs goes on, nothing new comes, and others do the work.
    @Test func aBrokenAgentGetsNothingNew() {
        var world = World()
        world.join("w1", "work*2 read*1")
        world.submit("s", "a; b < a")
        world.beat("w1", health: .failed, .ready, message: "disk full")
        #expect(world.statuses("s") == ["a running", "b waiting"])
        #expect(
            world.complete("w1", "s/a#1") == ["fact: s/a#1 completed", "w1 ← committed s/a#1"])
        #expect(
            world.explain("s", "b")?.message
                == "work on worker w1 is broken (disk full)")
        // The other agent of the worker is well.
        #expect(world.submit("t", "a:read").last == "w1 ← dispatch t/a#1")
        #expect(world.join("w2").last == "w2 ← dispatch s/b#1")
    }

    /// It was initialized again by its worker: one task tries it, and when that succeeds it is
    /// trusted as before.
    @Test func aRepairedAgentComesBackThroughAProbe() {
        var world = World()
        world.join("w1", "work*3")
        world.beat("w1", health: .failed)
        world.submit("s", "a; b; c")
        world.beat("w1", health: .initializing)
        #expect(world.explain("s", "a")?.reason == .unhealthy)
        #expect(world.beat("w1", health: .ready).dropLast().last == "w1 ← dispatch s/a#1")
        #expect(
            world.explain("s", "b")?.message
                == "circuit open on worker w1 (work), a probe runs")
        #expect(world.complete("w1", "s/a#1").last == "w1 ← dispatch s/b#1, s/c#1")
        #expect(world.core.circuits.unsettledCount == 0)
    }

    /// It was not repaired after all: out of service like any that keeps failing.
    @Test func aRepairThatDoesNotHoldOpensTheBreaker() {
        var world = World()
        world.join("w1", "work*3")
        world.join("w2", "work*1")
        world.beat("w1", health: .failed)
        world.beat("w1", health: .ready)
        world.submit("s", "a", OrchestrationConfig(maxRetryAttempts: 0))
        world.fail("w1", "s/a#1", .transient)
        #expect(world.submit("t", "a; b").last == "w2 ← dispatch t/a#1")
        #expect(
            world.explain("t", "b")?.message
                == "circuit open on worker w1 (work), probe in 30.0 s")
    }

    /// It says that something is wrong and works all the same: asked when nobody else can, and
    /// never before.
    @Test func aDegradedAgentIsAskedLast() {
        var world = World()
        world.join("w1", "work*4")
        world.join("w2", "work*2")
        world.beat("w1", health: .degraded, message: "slow disk")
        #expect(
            world.submit("s", "a; b; c").suffix(2) == [
                "w2 ← dispatch s/a#1, s/b#1", "w1 ← dispatch s/c#1",
            ])
        guard case .agents(let agents) = world.ask(.agents) else { return }
        #expect(agents[0].instances.map(\.state) == ["degraded", "busy"])
        #expect(agents[0].instances.map(\.stateMessage) == ["slow disk", nil])
        world.beat("w1", health: .ready)
        #expect(world.submit("t", "a").last == "w1 ← dispatch t/a#1")
    }

    /// A worker that registers says how its agents are; what it says of agents that it does not have
    /// means nothing.
    @Test func healthOfStrangersMeansNothing() {
        var world = World()
        world.join("w1", "work*1", health: .ready, .failed, .failed)
        world.beat("w1", health: .ready, .failed, .failed)
        #expect(world.submit("s", "a").last == "w1 ← dispatch s/a#1")
    }

    /// Who is there, who is well, and who has a slot.
    @Test func theRegistryCounts() {
        var world = World()
        world.join("w1", "work(read)*2 read*1", health: .ready, .initializing)
        world.join("w2", "work*1")
        world.join("w3", "work*1")
        world.submit("s", "a@work; b@work; c@work")
        world.drain("w3")
        guard case .registryStatus(let status) = world.ask(.registryStatus) else { return }
        #expect(
            status
                == RegistryStatus(
                    started: true, totalAgentTypes: 2, totalInstances: 4, healthyInstances: 2,
                    availableInstances: 1,
                    agentTypes: [
                        "work": AgentTypeStatus(
                            totalInstances: 3, healthyInstances: 2, availableInstances: 1,
                            capabilities: ["read"]),
                        "read": AgentTypeStatus(
                            totalInstances: 1, healthyInstances: 0, availableInstances: 0,
                            capabilities: []),
                    ]))
    }

    // MARK: Suspicion

    /// A worker has been silent for half a lease: it may be gone, so nothing new is sent there. A
    /// heartbeat, and it is as before.
    @Test func aSuspectGetsNothingUntilItIsHeard() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a")
        #expect(world.wait(2.499) == [])
        #expect(world.submit("t", "a").last == "w1 ← dispatch t/a#1")
        world.complete("w1", "t/a#1")
        world.wait(0.001)
        #expect(world.submit("u", "a").last == "reply: u pending, 0 of 1 completed")
        let explanation = world.explain("u", "a")
        #expect(explanation?.reason == .unhealthy)
        #expect(explanation?.message == "worker w1 has not been heard for half a lease")
        guard case .workers(let workers) = world.ask(.workers) else { return }
        #expect(workers.map(\.state) == ["suspect"])
        #expect(workers[0].instances.map(\.state) == ["suspect"])
        #expect(
            world.beat("w1") == [
                "fact: u/a#1 dispatched to work on w1", "w1 ← dispatch u/a#1",
                "at once: w1 ← heartbeat 1 acknowledged",
            ])
        #expect(world.statuses("s") == ["a running"])
    }

    /// It is not heard any more: lost at the lease, as ever. What it reports while it is suspected
    /// counts.
    @Test func aSuspectIsLostAtTheLease() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a; b")
        world.wait(3)
        #expect(
            world.complete("w1", "s/a#1") == ["fact: s/a#1 completed", "w1 ← committed s/a#1"])
        #expect(world.wait(1.999) == [])
        #expect(world.wait(0.001) == ["fact: s/b#1 lost, again"])
    }

    /// The work goes to those that are heard.
    @Test func othersDoTheWorkOfASuspect() {
        var world = World()
        world.join("w1", "work*9")
        world.join("w2", "work*1")
        world.wait(2.6, alive: "w2")
        #expect(world.submit("s", "a; b").last == "w2 ← dispatch s/a#1")
        #expect(world.explain("s", "b")?.reason == .waitsForSlot)
    }

    /// The disk was slow, and the welcome waited for it: the lease counts from then on, and the worker
    /// is not suspected of a silence that was ours.
    @Test func aLateWelcomeEndsASuspicion() {
        var world = World()
        world.join("w1")
        world.wait(2.6)
        #expect(world.submit("s", "a").last == "reply: s pending, 0 of 1 completed")
        #expect(
            world.step(.welcomed(world.connection(of: "w1"))) == [
                "fact: s/a#1 dispatched to work on w1", "w1 ← dispatch s/a#1",
            ])
    }

    // MARK: Draining

    /// Somebody takes a worker out of service by hand: it is told, and gets nothing new.
    @Test func aWorkerIsDrainedByHand() {
        var world = World()
        world.join("w1")
        world.submit("s", "a; b")
        #expect(
            world.step(.drainWorker(id: "w1", ReplyToken(7))) == ["w1 ← drain", "reply: done"])
        #expect(
            world.complete("w1", "s/a#1") == ["fact: s/a#1 completed", "w1 ← committed s/a#1"])
        #expect(world.explain("s", "b")?.reason == .unplaceable)
        world.leave("w1")
        for id in ["w1", "w9"] {
            #expect(
                world.step(.drainWorker(id: id, ReplyToken(8))) == [
                    "reply: refused: worker_not_found"
                ])
        }
    }
}
