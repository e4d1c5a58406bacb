// What a worker stops of its own accord.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct WorkerStoppingStories {
    /// An agent waits for a service that never answers: it is stopped when it has said nothing for
    /// so long, not when the whole timeout has passed.
    @Test func anAttemptThatSaysNothingIsStopped() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1", timeout: 60, progress: 2)
        for _ in 0..<5 {
            #expect(bench.waitInTouch(1.999) == [])
            bench.progress("1/0#1")
        }
        #expect(bench.waitInTouch(1.999) == [])
        #expect(bench.waitInTouch(0.001) == ["stop 1/0#1"])
        bench.progress("1/0#1")
        #expect(
            bench.end("1/0#1", .cancelled) == [
                "→ results 1/0#1 failed (timeout, progress_timeout)"
            ])
    }

    /// Progress holds the timeout off for nobody.
    @Test func progressDoesNotMoveTheTimeout() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1", timeout: 3, progress: 2)
        bench.waitInTouch(1.5)
        bench.progress("1/0#1")
        #expect(bench.waitInTouch(1.499) == [])
        bench.progress("1/0#1")
        #expect(bench.waitInTouch(0.001) == ["stop 1/0#1"])
        #expect(bench.end("1/0#1", .cancelled) == ["→ results 1/0#1 failed (timeout)"])
    }

    /// Cut off from its coordinator, a worker stops an exclusive attempt before another worker can
    /// begin the next: the lease counts from the sending of what was acknowledged, less a tenth.
    @Test func anExclusiveAttemptStopsBeforeItsLease() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1", isExclusive: true)
        bench.dispatch(1, "1/1#1")
        bench.wait(1)
        bench.wait(0.4)
        // Sent at 1 s, acknowledged at 1.4 s: it runs until 1 + 4.5 s.
        bench.receive(.heartbeatAcknowledged(epoch: 1, sequence: bench.lastSequence))
        #expect(bench.wait(4.099).allSatisfy { $0.hasPrefix("→ heartbeat") })
        #expect(bench.wait(0.001) == ["stop 1/0#1"])
        #expect(
            bench.end("1/0#1", .cancelled) == [
                "→ results 1/0#1 failed (cancelled, lease_margin)"
            ])
    }

    /// In touch with its coordinator it runs as long as it likes.
    @Test func anExclusiveAttemptRunsOnWhileInTouch() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1", isExclusive: true)
        #expect(bench.waitInTouch(20) == [])
        #expect(bench.end("1/0#1") == ["→ results 1/0#1 completed"])
    }

    /// Acknowledgements that come late, or of heartbeats long past, renew no more than they are
    /// worth.
    @Test func aLateAcknowledgementIsWorthItsHeartbeat() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1", isExclusive: true)
        bench.wait(2)
        let second = bench.lastSequence
        bench.wait(2)
        bench.receive(.heartbeatAcknowledged(epoch: 1, sequence: second))
        bench.receive(.heartbeatAcknowledged(epoch: 1, sequence: second - 1))
        bench.receive(.heartbeatAcknowledged(epoch: 1, sequence: second))
        bench.receive(.heartbeatAcknowledged(epoch: 1, sequence: 1_000))
        #expect(bench.wait(2.499).allSatisfy { $0.hasPrefix("→ heartbeat") })
        #expect(bench.wait(0.001).contains("stop 1/0#1"))
    }

    /// The work was done before the stop took effect: the coordinator decides what it is worth.
    @Test func anExclusiveSuccessIsToldEvenLate() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1", isExclusive: true)
        #expect(bench.wait(4.5).last == "stop 1/0#1")
        #expect(bench.end("1/0#1") == ["→ results 1/0#1 completed"])
    }

    /// A registration that was answered renews the lease from when it was asked for.
    @Test func aRegistrationRenewsTheLease() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1", isExclusive: true)
        bench.wait(3)
        bench.receive(.introduce)
        bench.wait(1)
        bench.welcome(2)
        // Asked at 3 s.
        #expect(bench.wait(3.499).allSatisfy { $0.hasPrefix("→ heartbeat") })
        #expect(bench.wait(0.001).contains("stop 1/0#1"))
    }

    /// What is exclusive and still waits when the lease becomes doubtful begins only when it has been
    /// renewed.
    @Test func anExclusiveAttemptBeginsOnlyWithinItsLease() {
        var bench = Bench.registered(agents: "work*1")
        bench.dispatch(1, "1/0#1")
        bench.dispatch(1, "1/1#1", isExclusive: true)
        bench.wait(4.5)
        #expect(bench.end("1/0#1") == ["→ results 1/0#1 completed"])
        #expect(
            bench.receive(.heartbeatAcknowledged(epoch: 1, sequence: bench.lastSequence)) == [
                "start 1/1#1"
            ])
    }

    /// The coordinator is gone for good: its work does not go on for ever. What was reached until
    /// then is kept, and the worker goes on asking.
    @Test func anOrphanStopsAfterItsGrace() {
        var bench = Bench.registered(agents: "work*2") { $0.healthCheckInterval = .seconds(1_000) }
        bench.dispatch(1, "1/0#1", "1/1#1", "1/2#1")
        var lines = bench.wait(59.999)
        #expect(!lines.contains { $0.hasPrefix("stop") })
        lines = bench.wait(0.001)
        #expect(lines.filter { $0.hasPrefix("stop") } == ["stop 1/0#1", "stop 1/1#1"])
        #expect(bench.end("1/0#1", .cancelled) == [])
        #expect(bench.end("1/1#1") == [])
        #expect(
            bench.wait(60).contains {
                $0.hasSuffix("running 1/2#1, outbox 1/0#1, 1/1#1")
            })
        while !bench.wait(0.1).contains(where: { $0.hasPrefix("→ register") }) {}
        // What had not begun goes on, unless others have it by now.
        #expect(
            bench.welcome(2) == [
                "→ results 1/0#1 failed (cancelled, orphaned)", "→ results 1/1#1 completed",
                "registered in epoch 2", "start 1/2#1",
            ])
    }

    /// A coordinator that comes back within the grace finds its work going on, and the grace begins
    /// anew.
    @Test func aRestartWithinTheGraceStopsNothing() {
        var bench = Bench.registered { $0.orphanGrace = .seconds(20) }
        bench.dispatch(1, "1/0#1")
        for epoch: Int64 in 2...5 {
            bench.wait(8)
            var lines: [String] = []
            while !lines.contains(where: { $0.hasPrefix("→ register") }) {
                lines = bench.wait(0.01)
            }
            #expect(!lines.contains("stop 1/0#1"))
            #expect(bench.welcome(epoch).contains("registered in epoch \(epoch)"))
        }
        #expect(bench.end("1/0#1") == ["→ results 1/0#1 completed"])
    }

    /// Attempts end before their timeouts by the million: what is remembered of them does not grow.
    @Test func timersOfWhatHasEndedAreForgotten() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1", timeout: 1_000)
        for number in 1...10_000 {
            bench.dispatch(1, "1/\(number)#1", timeout: 3_600)
            bench.end("1/\(number)#1")
            bench.acknowledge(1, "1/\(number)#1")
        }
        #expect(bench.core.timers.count < 1_100)
        #expect(bench.waitInTouch(999.999).filter { !$0.hasPrefix("check") } == [])
        #expect(bench.waitInTouch(0.001) == ["stop 1/0#1"])
    }

    /// Tasks with timeouts of their own, more of them than any plan of one kind has, and one that is put
    /// off by its progress: each is stopped when its own time is over.
    @Test func eachIsStoppedInItsOwnTime() {
        var bench = Bench.registered(agents: "work*40")
        let order = (0..<15).map { ($0 * 7) % 15 }
        for number in order {
            bench.dispatch(1, "1/\(number)#1", timeout: Double(20 + number))
            bench.dispatch(1, "2/\(number)#1", timeout: 60, progress: 20, sessions: [2])
        }
        bench.waitInTouch(15)
        for number in 0..<15 where number != 3 { bench.end("2/\(number)#1") }
        bench.progress("2/3#1")
        var stopped: [String] = []
        for _ in 0..<20 {
            let lines = bench.waitInTouch(1).filter { $0.hasPrefix("stop") }
            #expect(lines.count <= 2)
            stopped += lines
        }
        #expect(
            stopped == (0..<15).map { "stop 1/\($0)#1" } + ["stop 2/3#1"])
        #expect(bench.core.timers.count == 0)
    }

    /// A worker is told to go, and its time is over: what runs is stopped, and handed back only when
    /// it has stopped, so that nobody runs beside it. Then the worker leaves.
    @Test func whatDoesNotEndInTimeIsHandedBackWhenItHasStopped() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1", "1/1#1")
        bench.step(.drain)
        #expect(bench.end("1/0#1") == ["→ results 1/0#1 completed"])
        #expect(bench.step(.stopAll) == ["stop 1/1#1"])
        #expect(bench.step(.stopAll) == [])
        #expect(
            bench.end("1/1#1", .cancelled) == ["→ results 1/1#1 failed (cancelled, drained)"])
        #expect(bench.acknowledge(1, "1/0#1", "1/1#1") == ["→ goodbye", "leave"])
    }
}
