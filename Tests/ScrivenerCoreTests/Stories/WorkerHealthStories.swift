// Agents that cannot work yet, no longer, or only badly, and how the coordinator hears of it.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct WorkerHealthStories {
    /// An agent that loads a large index takes minutes to start: its worker joins at once, says so,
    /// and takes work for it as soon as it is ready.
    @Test func anAgentThatStartsSlowlyTakesNoWork() {
        var bench = Bench(agents: "work*1 slow*1")
        #expect(
            bench.step(.tick) == [
                "initialize agent 0", "initialize agent 1",
                "→ register, agent 0 initializing, agent 1 initializing",
            ])
        bench.step(.initialized(agentIndex: 0, failure: nil))
        #expect(
            bench.welcome(1) == [
                "registered in epoch 1", "→ heartbeat 1, 0 held, agent 1 initializing",
            ])
        #expect(bench.dispatch(1, "1/0#1", agent: 1) == ["→ released 1/0#1"])
        #expect(bench.dispatch(1, "1/1#1") == ["start 1/1#1"])
        #expect(
            bench.step(.initialized(agentIndex: 1, failure: nil)) == ["→ heartbeat 2, 1 held"])
        #expect(bench.dispatch(1, "1/0#2", agent: 1) == ["start 1/0#2"])
    }

    /// The disk that an agent needs is mounted late: it is tried again after pauses that grow, spread
    /// and are bounded, and each change is said.
    @Test func aFailedInitializationIsTriedAgain() {
        var bench = Bench()
        bench.step(.tick)
        bench.welcome(1)
        var pauses: [TimeSpan] = []
        for _ in 1...40 {
            #expect(
                bench.step(.initialized(agentIndex: 0, failure: "no disk")).last?
                    .hasSuffix("agent 0 failed (no disk)") == true)
            let from = bench.now
            var lines: [String] = []
            while !lines.contains("initialize agent 0"), let due = bench.core.nextDeadline {
                lines = bench.waitInTouch(due.since(bench.now).seconds)
            }
            pauses.append(bench.now.since(from))
        }
        #expect(pauses[0] <= .seconds(1) && pauses[1] <= .seconds(2))
        #expect(pauses.allSatisfy { $0 <= .seconds(60) })
        // Full jitter: late ones are spread over the whole range.
        #expect(pauses.suffix(20).contains { $0 < .seconds(30) })
        #expect(pauses.suffix(20).contains { $0 > .seconds(30) })
        #expect(bench.step(.initialized(agentIndex: 0, failure: nil)).count == 1)
        #expect(bench.dispatch(1, "1/0#1") == ["start 1/0#1"])
    }

    /// A service that an agent depends on goes away: what waits for the agent goes back, what runs on
    /// it goes on, and it comes back through an initialization and a health check.
    @Test func aFailedAgentHandsBackWhatWaits() {
        var bench = Bench.registered(agents: "work*1 other*1")
        #expect(bench.waitInTouch(29.999) == [])
        #expect(bench.waitInTouch(0.001) == ["check agent 0", "check agent 1"])
        bench.step(.healthChecked(agentIndex: 1, .ready, message: ""))
        bench.dispatch(1, "1/0#1", "1/1#1")
        bench.dispatch(1, "1/2#1", "1/3#1", agent: 1)
        let lines = bench.step(.healthChecked(agentIndex: 0, .failed, message: "no answer"))
        #expect(lines.count == 2)
        #expect(lines[0].hasSuffix(", 4 held, agent 0 failed (no answer)"))
        #expect(lines[1] == "→ released 1/1#1")
        #expect(bench.dispatch(1, "1/4#1") == ["→ released 1/4#1"])
        #expect(bench.end("1/0#1") == ["→ results 1/0#1 completed"])
        #expect(bench.waitInTouch(1) == ["initialize agent 0"])
        #expect(bench.step(.initialized(agentIndex: 0, failure: nil)) == ["check agent 0"])
        #expect(bench.dispatch(1, "1/5#1") == ["→ released 1/5#1"])
        let ready = bench.step(.healthChecked(agentIndex: 0, .ready, message: ""))
        #expect(ready.count == 1 && ready[0].hasSuffix("held"))
        #expect(bench.dispatch(1, "1/6#1") == ["start 1/6#1"])
        #expect(bench.end("1/2#1").last == "start 1/3#1")
    }

    /// An agent that can be initialized and still fails its check is not ready in between, and its
    /// pauses grow all the same: it would flap otherwise.
    @Test func recoveryEndsWithAHealthCheck() {
        var bench = Bench.registered()
        bench.waitInTouch(30)
        var longest = TimeSpan.zero
        for _ in 0..<12 {
            let told = bench.step(.healthChecked(agentIndex: 0, .failed, message: "m"))
            #expect(told.last?.hasSuffix("agent 0 failed (m)") == true)
            let from = bench.now
            while !bench.waitInTouch(0.25).contains("initialize agent 0") {}
            longest = max(longest, bench.now.since(from))
            #expect(bench.step(.initialized(agentIndex: 0, failure: nil)) == ["check agent 0"])
        }
        #expect(longest > .seconds(8) && longest < .seconds(61))
    }

    /// An agent that works badly says so, and goes on working.
    @Test func aDegradedAgentTakesWork() {
        var bench = Bench.registered()
        bench.waitInTouch(30)
        let lines = bench.step(.healthChecked(agentIndex: 0, .degraded, message: "slow disk"))
        #expect(lines.count == 1 && lines[0].hasSuffix("agent 0 degraded (slow disk)"))
        #expect(bench.dispatch(1, "1/0#1") == ["start 1/0#1"])
        #expect(bench.waitInTouch(30) == ["check agent 0"])
        // The same again is no news; it goes with the next heartbeat.
        #expect(bench.step(.healthChecked(agentIndex: 0, .degraded, message: "slower")) == [])
        #expect(bench.wait(1).first?.hasSuffix("agent 0 degraded (slower)") == true)
    }

    /// A health check that hangs is an answer too. Only one is under way, however long it takes.
    @Test func aHealthCheckThatHangsIsAFailure() {
        var bench = Bench.registered()
        #expect(bench.waitInTouch(39.999) == ["check agent 0"])
        bench.waitInTouch(0.001)
        #expect(bench.dispatch(1, "1/0#1") == ["→ released 1/0#1"])
        #expect(bench.waitInTouch(600) == [])
        #expect(bench.step(.healthChecked(agentIndex: 0, .ready, message: "")).count == 1)
        #expect(bench.dispatch(1, "1/0#2") == ["start 1/0#2"])
        #expect(bench.waitInTouch(30) == ["check agent 0"])
    }

    /// How the agents are is said with each registration, and while there is none it is kept.
    @Test func aRegistrationSaysHowTheAgentsAre() {
        var bench = Bench.registered(agents: "work*1")
        bench.waitInTouch(30)
        bench.dispatch(1, "1/0#1", "1/1#1")
        bench.receive(.introduce)
        #expect(bench.step(.healthChecked(agentIndex: 0, .failed, message: "m")) == [])
        #expect(
            bench.welcome(2) == [
                "→ released 1/1#1", "registered in epoch 2",
                "→ heartbeat 1, 1 held, agent 0 failed (m)",
            ])
        #expect(
            bench.receive(.introduce) == ["→ register, agent 0 failed (m), running 1/0#1"])
    }

    /// An agent that talks too much must not make a heartbeat that nobody takes.
    @Test func whatAnAgentSaysOfItselfIsBounded() {
        var bench = Bench(agents: "work*1")
        bench.step(.tick)
        let long = String(repeating: "é", count: 5_000)
        bench.step(.initialized(agentIndex: 0, failure: long))
        #expect(
            bench.core.health == [
                AgentHealth(agentIndex: 0, state: .failed, message: String(long.prefix(512)))
            ])
    }

    /// Answers that nobody asked for, of agents that are not there, change nothing.
    @Test func strayAnswersChangeNothing() {
        var bench = Bench.registered()
        #expect(bench.step(.initialized(agentIndex: 0, failure: "again")) == [])
        #expect(bench.step(.healthChecked(agentIndex: 0, .failed, message: "m")) == [])
        #expect(bench.step(.initialized(agentIndex: 7, failure: "m")) == [])
        #expect(bench.step(.healthChecked(agentIndex: -1, .failed, message: "m")) == [])
        #expect(bench.dispatch(1, "1/0#1") == ["start 1/0#1"])
    }

    /// What the worker uses of its host goes with its heartbeats.
    @Test func theLoadGoesWithTheHeartbeat() {
        var core = Bench.registered().core
        var effects: [WorkerEffect] = []
        core.handle(
            .measured(processorLoadPermille: 640, memoryBytes: 5_000), at: .zero, into: &effects)
        #expect(effects == [])
        core.handle(.tick, at: Instant.zero.advanced(by: .seconds(1)), into: &effects)
        #expect(
            effects == [
                .send(
                    .heartbeat(
                        WorkerHeartbeat(
                            epoch: 1, sequence: 2, held: 0, processorLoadPermille: 640,
                            memoryBytes: 5_000)))
            ])
    }
}
