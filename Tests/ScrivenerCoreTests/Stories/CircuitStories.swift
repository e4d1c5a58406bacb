// An agent on a worker that keeps failing is taken out of service, and comes back by way of real
// tasks. Placement is by load, so that failures move tasks by way of breakers alone.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct CircuitStories {
    private let once = OrchestrationConfig(maxRetryAttempts: 0)

    /// Two workers, of which `bad` has just failed five times in a row, at 0 s.
    private func ejected(limit: Int? = nil) -> World {
        var configuration = CoreConfiguration()
        configuration.placement = .leastLoaded
        configuration.agentLimits["work"] = limit
        var world = World(configuration)
        world.join("bad", "work*1")
        world.join("good", "work*1")
        for number in 1...5 { failOnce("s\(number)", &world) }
        return world
    }

    /// A session of one task fails on `bad`, which registered first and is therefore asked first.
    private func failOnce(
        _ session: String, _ world: inout World, _ failure: FailureClass = .transient
    ) {
        #expect(world.submit(session, "a", once).last == "bad ← dispatch \(session)/a#1")
        world.fail("bad", "\(session)/a#1", failure)
    }

    /// The token of a third-party service has expired on one of two hosts: it opens at the fifth
    /// failure, takes nothing for 30 s, then one task at a time, and all after the third success.
    @Test func openingProbingClosing() {
        var world = ejected()
        // Open: the second waits although `bad` has a free slot.
        #expect(world.submit("t", "a; b").last == "good ← dispatch t/a#1")
        #expect(world.core.circuits.unsettledCount == 1)
        #expect(world.wait(25.75, alive: "bad", "good") == [])
        let explanation = world.explain("t", "b")
        #expect(explanation?.reason == .circuitOpen)
        #expect(explanation?.message == "circuit open on worker bad (work), probe in 4.3 s")
        #expect(explanation?.secondsUntil == 4.25)
        #expect(world.wait(4.249, alive: "bad", "good") == [])
        #expect(
            world.wait(0.001, alive: "bad", "good") == [
                "fact: t/b#1 dispatched to work on bad", "bad ← dispatch t/b#1",
            ])
        #expect(world.now == Instant.zero.advanced(by: .seconds(30)))
        world.complete("bad", "t/b#1")
        // Half open: what is to be tried goes first.
        #expect(world.submit("u", "a").last == "bad ← dispatch u/a#1")
        world.complete("bad", "u/a#1")
        #expect(world.submit("v", "a").last == "bad ← dispatch v/a#1")
        #expect(world.core.circuits.unsettledCount == 1)
        world.complete("bad", "v/a#1")
        #expect(world.core.circuits.unsettledCount == 0)
    }

    /// The same as a timeline: when it opens, when it is tried, fails again, and is trusted.
    @Test func aTimeline() {
        var world = World(placement: .leastLoaded)
        world.join("bad", "work*1")
        world.join("good", "work*1")
        var timeline: [String] = []
        func note(_ world: inout World) {
            guard case .agents(let agents) = world.ask(.agents) else { return }
            let state = agents[0].instances.first { $0.workerID == "bad" }?.circuit ?? ""
            guard timeline.last?.hasSuffix(" \(state)") != true else { return }
            timeline.append("\(world.now.since(.zero).seconds) s: \(state)")
        }
        // A task a second; the token is expired until 40 s, and tasks take 100 ms.
        for second in 0..<110 {
            note(&world)
            let lines = world.submit("s\(second)", "a", once)
            note(&world)
            world.pause(0.1)
            if lines.last?.hasPrefix("bad") == true, second < 40 {
                world.fail("bad", "s\(second)/a#1", .transient)
            } else {
                world.complete(String(lines.last?.prefix { $0 != " " } ?? ""), "s\(second)/a#1")
            }
            note(&world)
            world.pause(0.9)
            world.beat("bad")
            world.beat("good")
        }
        #expect(
            timeline == [
                "0.0 s: closed", "4.1 s: open", "35.0 s: probing", "35.1 s: open",
                "96.0 s: probing", "96.1 s: half_open", "97.0 s: probing", "97.1 s: half_open",
                "98.0 s: probing", "98.1 s: closed",
            ])
    }

    /// It still does not work: out again, and twice as long.
    @Test func aProbeThatFailsDoublesTheEjection() {
        var world = ejected()
        world.submit("t", "a")
        world.wait(30, alive: "bad", "good")
        #expect(world.submit("u", "a", once).last == "bad ← dispatch u/a#1")
        world.fail("bad", "u/a#1", .timeout)
        world.submit("v", "a")
        #expect(world.wait(59.999, alive: "bad", "good") == [])
        #expect(
            world.wait(0.001, alive: "bad", "good") == [
                "fact: v/a#1 dispatched to work on bad", "bad ← dispatch v/a#1",
            ])
    }

    /// While the probe runs, an instance with free slots takes nothing else, and says why.
    @Test func oneProbeAtATime() {
        var world = World(placement: .leastLoaded)
        world.join("bad", "work*4")
        world.join("good", "work*1")
        for number in 1...5 { failOnce("s\(number)", &world) }
        world.submit("t", "a; b; c")
        #expect(
            world.wait(30, alive: "bad", "good") == [
                "fact: t/b#1 dispatched to work on bad", "bad ← dispatch t/b#1",
            ])
        let explanation = world.explain("t", "c")
        #expect(explanation?.reason == .circuitOpen)
        #expect(explanation?.message == "circuit open on worker bad (work), a probe runs")
        #expect(explanation?.secondsUntil == nil)
        #expect(world.complete("bad", "t/b#1").last == "bad ← dispatch t/c#1")
    }

    /// A pool of one: work that fails is still better than work that is not tried.
    @Test func theLastInstanceIsNeverEjected() {
        var world = World(placement: .leastLoaded)
        world.join("bad", "work*1")
        for number in 1...12 { failOnce("s\(number)", &world) }
        #expect(world.core.circuits.unsettledCount == 0)
    }

    /// The other one leaves while this one is ejected: this one is the last, and is tried at once.
    @Test func theLastOneLeftIsTriedAtOnce() {
        var world = ejected()
        world.submit("t", "a; b")
        #expect(
            world.drain("good") == [
                "fact: t/b#1 dispatched to work on bad", "bad ← dispatch t/b#1",
            ])
        world.complete("good", "t/a#1")
        world.leave("good")
        #expect(world.complete("bad", "t/b#1").contains("fact: t ended: completed"))
    }

    /// The same where the agent may run but once in the pool: the last one waits for its turn.
    @Test func theLastOneLeftKeepsToTheLimit() {
        var world = ejected(limit: 1)
        world.submit("t", "a; b")
        #expect(world.drain("good") == [])
        #expect(world.complete("good", "t/a#1").last == "bad ← dispatch t/b#1")
    }

    /// Both fail: the second to do so stays.
    @Test func notBothAreEjected() {
        var world = ejected()
        for number in 6...20 {
            #expect(world.submit("s\(number)", "a", once).last == "good ← dispatch s\(number)/a#1")
            world.fail("good", "s\(number)/a#1", .transient)
        }
        #expect(world.core.circuits.unsettledCount == 1)
    }

    /// A plan full of mistakes says nothing about those who met them.
    @Test(arguments: [FailureClass.invalidInput, .permanent, .cancelled])
    func badInputNeverOpens(_ failure: FailureClass) {
        var world = World(placement: .leastLoaded)
        world.join("bad", "work*1")
        world.join("good", "work*1")
        for number in 1...12 { failOnce("s\(number)", &world, failure) }
        #expect(world.core.circuits.unsettledCount == 0)
    }

    /// A worker that is restarted by its supervisor each time it fails must not look new.
    @Test func registeringAgainClearsNothing() {
        var world = ejected()
        world.join("bad", "work*1", incarnation: 2)
        world.submit("t", "a; b")
        #expect(world.explain("t", "b")?.reason == .circuitOpen)
        #expect(world.wait(29.999, alive: "bad", "good") == [])
        #expect(world.wait(0.001, alive: "bad", "good").last == "bad@2 ← dispatch t/b#1")
    }

    /// The probe is handed back, unstarted: nothing was learned, and another task is the probe.
    @Test func aProbeThatIsHandedBackSaysNothing() {
        var world = ejected()
        world.submit("t", "a; b")
        world.wait(30, alive: "bad", "good")
        #expect(world.handBack("bad", "t/b#1").last == "bad ← dispatch t/b#2")
        #expect(world.core.circuits.unsettledCount == 1)
    }

    /// A host that dies with five tasks at once, and is back at once: it waits like any other.
    @Test func lostAttemptsCount() {
        var world = World(placement: .leastLoaded)
        world.join("bad", "work*5")
        world.join("good", "work*1")
        world.submit("s", "a; b; c; d; e; f")
        world.leave("bad")
        #expect(world.join("bad", "work*5", incarnation: 2) == ["bad@2 ← welcome"])
        #expect(
            world.explain("s", "a")?.message
                == "circuit open on worker bad (work), probe in 30.0 s")
    }

    /// Asked in the very moment in which the ejection ends, before anything else happened.
    @Test func theEndOfAnEjectionIsExplained() {
        var world = ejected()
        world.submit("t", "a; b")
        world.wait(29, alive: "bad", "good")
        world.pause(1.5)
        let explanation = world.explain("t", "b")
        #expect(explanation?.message == "circuit open on worker bad (work), probe in 0.0 s")
        #expect(explanation?.secondsUntil == 0)
        #expect(world.explain("t", "b")?.reason == .running)
    }

    /// A pool in which workers of ever new names fail and vanish: their breakers vanish after them.
    @Test func breakersOfGoneWorkersAreForgotten() {
        var world = World(placement: .leastLoaded)
        world.join("good", "work*1")
        world.submit("s", "a")
        for number in 1...500 {
            world.join("w\(number)", "work*1")
            world.submit("t\(number)", "a", once)
            world.fail("w\(number)", "t\(number)/a#1", .transient)
            world.leave("w\(number)")
        }
        #expect(world.core.circuits.count <= 64)
    }
}
