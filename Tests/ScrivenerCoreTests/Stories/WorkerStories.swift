// The worker's side of the conversation.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct WorkerStories {
    /// First contact: asks, and says what it holds, which is nothing.
    @Test func aWorkerRegisters() {
        var bench = Bench()
        #expect(bench.core.nextDeadline == .zero)
        #expect(
            bench.step(.tick) == ["initialize agent 0", "→ register, agent 0 initializing"])
        #expect(bench.step(.initialized(agentIndex: 0, failure: nil)) == [])
        #expect(bench.welcome(1) == ["registered in epoch 1", "→ heartbeat 1, 0 held"])
        #expect(bench.wait(2) == ["→ heartbeat 2, 0 held", "→ heartbeat 3, 0 held"])
    }

    /// Nobody answers: a new connection each time, after delays that grow, spread and are bounded; and
    /// more patience each time, since a coordinator with a slow disk answers late.
    @Test func withoutAnAnswerItTriesAgain() {
        var bench = Bench(agents: "")
        bench.step(.tick)
        #expect(bench.wait(1.999) == [])
        #expect(bench.wait(0.001) == ["reconnect"])
        var pauses: [TimeSpan] = []
        for attempt in 1...30 {
            let from = bench.now
            while let due = bench.core.nextDeadline,
                !bench.wait(due.since(bench.now).seconds)
                    .contains("→ register")
            {}
            pauses.append(bench.now.since(from))
            #expect(bench.wait(Double(2 << min(attempt, 4))) == ["reconnect"])
        }
        #expect(pauses.allSatisfy { $0 <= .seconds(5) })
        // Full jitter: late ones are spread over the whole range, not piled up at its end.
        #expect(Set(pauses.suffix(15)).count == 15)
        #expect(pauses.suffix(15).contains { $0 < .seconds(2.5) })
        #expect(bench.welcome(1) == [])
    }

    /// Whatever lay in the socket across a reconnect starts no work.
    @Test func messagesOfOtherEpochsAreDropped() {
        var bench = Bench()
        bench.step(.tick)
        bench.step(.initialized(agentIndex: 0, failure: nil))
        #expect(bench.dispatch(1, "1/0#1") == [])
        #expect(bench.cancel(1, "1/0#1") == [])
        bench.welcome(2)
        #expect(bench.dispatch(1, "1/0#1") == [])
        #expect(bench.cancel(1, "1/0#1") == [])
        #expect(bench.receive(.drain(epoch: 1)) == [])
        #expect(bench.welcome(3) == [])
        #expect(bench.dispatch(2, "1/0#1") == ["start 1/0#1"])
    }

    /// The shell has dialled anew, by another key or to another endpoint: the worker registers there with all that
    /// it holds, and goes on.
    @Test func aNewConnectionIsRegisteredAtOnce() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1", "1/1#1")
        #expect(bench.step(.reconnected) == ["→ register, running 1/0#1, 1/1#1"])
        #expect(bench.end("1/1#1") == [])
        // Once more before anybody has answered.
        #expect(bench.step(.reconnected) == ["→ register, running 1/0#1, outbox 1/1#1"])
        #expect(
            bench.welcome(2) == ["→ results 1/1#1 completed", "registered in epoch 2"])
        // Refused for good, it registers nowhere.
        bench.receive(.refused(code: .accessRevoked, reason: "", isFinal: true))
        #expect(bench.step(.reconnected) == [])
    }

    /// A dispatch that comes twice starts once, while it runs and after it ended.
    @Test func aRepeatedDispatchStartsOnce() {
        var bench = Bench.registered()
        #expect(bench.dispatch(1, "1/0#1", "1/0#1") == ["start 1/0#1"])
        #expect(bench.dispatch(1, "1/0#1") == [])
        #expect(bench.end("1/0#1") == ["→ results 1/0#1 completed"])
        #expect(bench.dispatch(1, "1/0#1") == [])
        #expect(bench.end("1/0#1") == [])
    }

    /// An agent that hangs: stopped at its timeout, and told as what it was.
    @Test func aTimeoutIsToldAsOne() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1", timeout: 0.5)
        #expect(bench.wait(0.499) == [])
        #expect(bench.wait(0.001) == ["stop 1/0#1"])
        #expect(bench.end("1/0#1", .cancelled) == ["→ results 1/0#1 failed (timeout)"])
    }

    /// The proof of a cancellation is the agent's end, not the message.
    @Test func aCancelledAttemptIsToldWhenItHasStopped() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1")
        #expect(bench.cancel(1, "1/0#1") == ["stop 1/0#1"])
        #expect(bench.cancel(1, "1/0#1") == [])
        #expect(bench.end("1/0#1", .transient) == ["→ results 1/0#1 failed (cancelled)"])
        #expect(bench.cancel(1, "1/0#1") == [])
        bench.acknowledge(1, "1/0#1")
    }

    /// The work was done when the message came: it counts.
    @Test func aSuccessWinsOverALateCancel() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1", "1/1#1", timeout: 1)
        bench.cancel(1, "1/0#1")
        #expect(bench.end("1/0#1") == ["→ results 1/0#1 completed"])
        bench.wait(1)
        #expect(bench.end("1/1#1") == ["→ results 1/1#1 completed"])
    }

    /// A cancellation of something that never arrived is answered, or the coordinator would wait
    /// for its proof for ever.
    @Test func aCancelOfAStrangerIsAnswered() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1", "1/1#1")
        bench.end("1/1#1")
        #expect(
            bench.cancel(1, "1/0#1", "1/1#1", "1/2#1") == ["stop 1/0#1", "→ released 1/2#1"])
    }

    /// The coordinator has given an attempt up: it stops, and nobody hears of it.
    @Test func aFencedResultIsNotSent() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1", "1/1#1")
        #expect(
            bench.receive(.introduce) == ["→ register, running 1/0#1, 1/1#1"])
        #expect(
            bench.welcome(2, stop: ["1/0#1", "9/9#9"]) == ["stop 1/0#1", "registered in epoch 2"])
        #expect(bench.end("1/0#1") == [])
        #expect(bench.end("1/1#1") == ["→ results 1/1#1 completed"])
        #expect(bench.receive(.introduce) == ["→ register, outbox 1/1#1"])
    }

    /// Results that nobody acknowledged are sent again after a registration, one a message, until
    /// they are.
    @Test func theOutboxIsKeptUntilAcknowledged() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1", "1/1#1", "1/2#1")
        bench.end("1/0#1")
        bench.acknowledge(1, "1/0#1")
        bench.end("1/1#1")
        #expect(bench.receive(.introduce) == ["→ register, running 1/2#1, outbox 1/1#1"])
        #expect(bench.receive(.introduce) == [])
        #expect(bench.end("1/2#1", .permanent) == [])
        bench.acknowledge(1, "1/1#1")
        #expect(
            bench.welcome(2) == [
                "→ results 1/1#1 completed", "→ results 1/2#1 failed (permanent)",
                "registered in epoch 2",
            ])
        bench.acknowledge(2, "1/1#1", "1/2#1")
        #expect(bench.receive(.introduce) == ["→ register"])
    }

    /// An acknowledgement or a result was lost on the way: sent again after a lease.
    @Test func anUnacknowledgedResultIsSentAgain() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1")
        bench.end("1/0#1")
        var lines: [String] = []
        for beat in 1...10 {
            lines += bench.wait(1).filter { !$0.hasPrefix("→ heartbeat") }
            bench.receive(.heartbeatAcknowledged(epoch: 1, sequence: Int64(beat)))
        }
        #expect(lines == ["→ results 1/0#1 completed", "→ results 1/0#1 completed"])
    }

    /// The coordinator has got more workers: they heartbeat less often from the next one on. Older ones say
    /// nothing of it.
    @Test func itHeartbeatsAsOftenAsItIsTold() {
        var bench = Bench.registered()
        #expect(bench.wait(1) == ["→ heartbeat 2, 0 held"])
        bench.receive(.heartbeatAcknowledged(epoch: 1, sequence: 2, interval: .seconds(2)))
        #expect(bench.wait(1) == ["→ heartbeat 3, 0 held"])
        #expect(bench.wait(1.999) == [])
        #expect(bench.wait(0.001) == ["→ heartbeat 4, 0 held"])
        bench.receive(.heartbeatAcknowledged(epoch: 1, sequence: 4))
        #expect(bench.wait(2) == ["→ heartbeat 5, 0 held"])
        bench.receive(.heartbeatAcknowledged(epoch: 7, sequence: 5, interval: .seconds(4)))
        bench.receive(.heartbeatAcknowledged(epoch: 1, sequence: 5, interval: .seconds(1)))
        #expect(bench.wait(3) == ["→ heartbeat 6, 0 held", "→ heartbeat 7, 0 held"])
    }

    /// Answers have to come within the grace after which attempts are stopped, or none would ever end.
    @Test func itHeartbeatsWithinTheOrphanGrace() {
        var bench = Bench.registered { $0.orphanGrace = .seconds(2) }
        bench.dispatch(1, "1/0#1")
        bench.receive(.heartbeatAcknowledged(epoch: 1, sequence: 1, interval: .seconds(2)))
        #expect(bench.waitInTouch(10) == [])
    }

    /// Nothing heard for a lease: the line is dead, whatever the socket says.
    @Test func silenceForALeaseBreaksTheConnection() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1")
        let lines = bench.wait(4.5)
        #expect(lines.count == 4)
        bench.receive(.heartbeatAcknowledged(epoch: 1, sequence: 4))
        bench.receive(.heartbeatAcknowledged(epoch: 7, sequence: 5))
        #expect(bench.wait(4.999).allSatisfy { $0.hasPrefix("→ heartbeat") })
        #expect(bench.wait(0.001) == ["reconnect", "→ register, running 1/0#1"])
    }

    /// A rolling update: what runs is finished and told, what comes is handed back, then goodbye.
    @Test func aDrainingWorkerFinishesAndLeaves() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1")
        #expect(bench.step(.drain) == ["→ draining"])
        #expect(bench.step(.drain) == [])
        #expect(bench.dispatch(1, "1/1#1") == ["→ released 1/1#1"])
        #expect(bench.end("1/0#1") == ["→ results 1/0#1 completed"])
        #expect(bench.acknowledge(1, "1/0#1") == ["→ goodbye", "leave"])
        #expect(bench.core.isStopped && bench.core.nextDeadline == nil)
        #expect(bench.dispatch(1, "1/2#1") == [])
    }

    /// The connection breaks while it drains. (Regression: it forgot that it was leaving, took new
    /// work and stayed.)
    @Test func drainingSurvivesARegistration() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1")
        bench.receive(.drain(epoch: 1))
        bench.receive(.introduce)
        #expect(bench.welcome(2) == ["→ draining", "registered in epoch 2"])
        #expect(bench.dispatch(2, "1/1#1") == ["→ released 1/1#1"])
        bench.end("1/0#1")
        #expect(bench.acknowledge(2, "1/0#1") == ["→ goodbye", "leave"])
    }

    /// Told to leave while the coordinator restarts. (Regression: what ran was stopped, and results
    /// that were ready were thrown away.)
    @Test func drainingWithoutACoordinatorKeepsWhatRuns() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1")
        bench.receive(.introduce)
        #expect(bench.step(.drain) == [])
        bench.end("1/0#1")
        #expect(
            bench.welcome(2) == [
                "→ results 1/0#1 completed", "→ draining", "registered in epoch 2",
            ])
        #expect(bench.acknowledge(2, "1/0#1") == ["→ goodbye", "leave"])
        var idle = Bench()
        idle.step(.tick)
        #expect(idle.step(.drain) == ["leave"])
    }

    /// A newer process has taken over: this one stops everything and is over.
    @Test func aFinalRefusalStops() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1")
        #expect(
            bench.receive(.refused(code: .overloaded, reason: "", isFinal: false)) == [])
        #expect(
            bench.receive(.refused(code: .workerSuperseded, reason: "", isFinal: true)) == [
                "stop 1/0#1", "fail worker_superseded",
            ])
        #expect(bench.core.isStopped)
        #expect(bench.end("1/0#1") == [])
        #expect(bench.wait(100) == [])
        #expect(bench.step(.drain) == [])
    }

    /// A coordinator of the past answers, from a backup perhaps, or an answer comes twice: not
    /// believed.
    @Test func theWelcomesOfThePastAreIgnored() {
        var bench = Bench()
        bench.step(.tick)
        bench.welcome(1, incarnation: 5)
        bench.receive(.introduce)
        #expect(bench.welcome(1, incarnation: 5) == [])
        #expect(bench.welcome(2, incarnation: 4) == [])
        #expect(bench.welcome(2, incarnation: 5) == ["registered in epoch 2"])
    }

    /// A coordinator with another journal: its numbers mean other work, so what runs stops, what
    /// was to be told is set aside, and comes back with the journal that it belongs to.
    @Test func anotherJournalGetsNothingOfThisOne() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1", "1/1#1")
        bench.end("1/1#1")
        bench.receive(.introduce)
        #expect(
            bench.welcome(1, journal: "other") == ["stop 1/0#1", "registered in epoch 1"])
        #expect(bench.dispatch(1, "1/0#1", "1/1#1") == ["→ released 1/0#1", "start 1/1#1"])
        #expect(bench.end("1/0#1") == [])
        #expect(bench.end("1/1#1", .permanent) == ["→ results 1/1#1 failed (permanent)"])
        bench.acknowledge(1, "1/1#1")
        bench.receive(.introduce)
        #expect(
            bench.welcome(9) == ["→ results 1/1#1 completed", "registered in epoch 9"])
    }

    /// A dispatch that cannot be started fails in words, instead of being forgotten.
    @Test func anImpossibleDispatchFails() {
        var bench = Bench.registered()
        #expect(
            bench.dispatch(1, "1/0#1", agent: 1)
                == ["→ results 1/0#1 failed (transient, protocol_error)"])
        #expect(
            bench.dispatch(1, "1/1#1", agent: -1)
                == ["→ results 1/1#1 failed (transient, protocol_error)"])
        #expect(
            bench.dispatch(1, "1/2#1", sessions: [])
                == ["→ results 1/2#1 failed (transient, protocol_error)"])
        for slots: Int32 in [0, 5] {
            #expect(
                bench.dispatch(1, "1/3#\(slots + 1)", slots: slots)
                    == ["→ results 1/3#\(slots + 1) failed (transient, protocol_error)"])
        }
    }

    /// The process before this one died: that is told with each registration until one is answered.
    @Test func aDeathIsToldUntilItWasHeard() {
        let death = WorkerDeath(
            journalID: "journal", incarnation: 1, cause: .signal(11),
            attempts: [Bench.attempt("1/0#1")])
        var bench = Bench(death: death)
        #expect(bench.step(.tick).last?.hasSuffix("death of 1/0#1") == true)
        bench.step(.initialized(agentIndex: 0, failure: nil))
        #expect(bench.wait(10).contains { $0.hasSuffix("death of 1/0#1") })
        #expect(bench.welcome(1).contains("forget the death"))
        bench.receive(.introduce)
        #expect(!bench.wait(10).contains { $0.hasSuffix("death of 1/0#1") })
    }
}
