// What a timeline says of its session, on timelines that can be worked out by hand.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct ScheduleAnalysisTests {
    /// Three documents to read, one reader: planned 0–2, read 2–12, 12–22, 22–32, analysed 33–40 with
    /// six seconds of work, over at 41.
    private static var oneReader: SampleSession {
        var sample = SampleSession(endedAt: 41)
        let plan = sample.add("plan", type: "planning", SampleSession.ran(0, 2, by: "planner"))
        let read = [2.0, 12, 22].enumerated().map { index, begin in
            sample.add(
                "read_\(index)", type: "reading", after: [plan],
                SampleSession.ran(begin, begin + 10, by: "reader"))
        }
        sample.add("analysis", after: read, SampleSession.ran(33, 40, by: "analyst", run: 6))
        return sample
    }

    /// A user asks why three documents took 41 s: there was one slot to read them in, and a second
    /// would have saved up to 12.
    @Test func aMissingSlotIsNamedWithItsPrice() throws {
        let analysis = Self.oneReader.analysis()
        #expect(analysis.makespan == 41)
        #expect(analysis.chainBound.isNear(18))
        #expect(analysis.lowerBound.isNear(30))
        #expect(analysis.busyTime.isNear(38))
        #expect(analysis.parallelEfficiency.isNear(38.0 / (3 * 41)))
        #expect(analysis.parallelExecutionRatio == 0)

        let found = analysis.bottlenecks
        #expect(
            found.bottlenecks.map(\.kind) == [
                .slots, .slotWait, .criticalPath, .slots, .slots, .waiting, .handover,
            ])
        let first = try #require(found.bottlenecks.first)
        #expect(first.agent == "reader")
        #expect(first.seconds.isNear(30))
        #expect(first.share.isNear(30.0 / 41))
        #expect(try #require(first.gainOfOneSlot).isNear(12))
        #expect(
            first.message == "30.0 s of work on the 1 slot of reader take at least 30.0 s of "
                + "41.0 s; 1 more lowers the bound of the session by 12.0 s")
        #expect(found.bottlenecks[1].seconds.isNear(20))
        #expect(found.bottlenecks[2].agent == "reader")
        // The analyst's slot bounds nothing: more of them gain nothing.
        #expect(found.bottlenecks[3].agent == "analyst")
        #expect(found.bottlenecks[3].gainOfOneSlot == 0)

        let chain = found.finalChain
        #expect(chain.tasks == 3)
        #expect(chain.running.isNear(18))
        #expect(chain.slotWait.isNear(20))
        #expect(chain.handover.isNear(1))
        #expect(chain.waiting.isNear(2))
        #expect(chain.retries == 0)
    }

    /// With the two slots that the pool has, the reader is no bottleneck: something else kept the
    /// second one from this session.
    @Test func slotsThatWereThereAreNotMissing() {
        let analysis = Self.oneReader.analysis(slots: ["reader": 2])
        #expect(analysis.lowerBound.isNear(18))
        let chain = analysis.bottlenecks.finalChain
        #expect(chain.slotWait == 0)
        #expect(chain.waiting.isNear(22))
        #expect(analysis.bottlenecks.bottlenecks.first?.kind == .waiting)
    }

    @Test func waitsAndPathsAreListed() {
        let results = Self.oneReader.results()
        let performance = results.performance
        #expect(performance.criticalPath.map(\.taskID) == ["plan", "read_0", "analysis"])
        #expect(performance.criticalPath.map(\.agent) == ["planner", "reader", "analyst"])
        #expect(performance.criticalPath.map(\.runTime) == [2, 10, 6])
        let wait = performance.queueWait
        #expect(wait.tasks == 5)
        #expect(wait.total.isNear(31))
        #expect(wait.average.isNear(6.2))
        #expect(wait.median.isNear(1))
        #expect(wait.p95.isNear(20))
        #expect(wait.maximum.isNear(20))
        #expect(performance.throughput.tasksPerMinute.isNear(5 * 60.0 / 41))
    }

    /// Two attempts at once for half of the time in which anything ran.
    @Test func overlapIsMeasured() {
        var sample = SampleSession(endedAt: 20)
        sample.add("a", SampleSession.ran(0, 10))
        sample.add("b", SampleSession.ran(5, 10))
        sample.add("c", SampleSession.ran(18, 20, by: "other"))
        let analysis = sample.analysis()
        #expect(analysis.parallelExecutionRatio.isNear(5.0 / 12))
        #expect(analysis.agents.map(\.slots) == [2, 1])
        #expect(analysis.resourceUtilization.isNear(17.0 / (3 * 20)))
    }

    /// What failed and what was tried again costs time, and is not useful work.
    @Test func failedAttemptsAreNotUseful() {
        var sample = SampleSession(endedAt: 20)
        let first = sample.add(
            "a", SampleSession.ran(0, 5, as: .failed, because: .transient), SampleSession.ran(7, 17)
        )
        sample.add("b", after: [first], SampleSession.ran(17, 20))
        let analysis = sample.analysis()
        #expect(analysis.busyTime.isNear(18))
        #expect(analysis.usefulTime.isNear(13))
        #expect(analysis.agents.map(\.failed) == [1])
        let chain = analysis.bottlenecks.finalChain
        #expect(chain.retries.isNear(7))
        #expect(chain.running.isNear(13))
        #expect(analysis.bottlenecks.bottlenecks.last?.kind == .retries)
        #expect(analysis.bottlenecks.bottlenecks.last?.agent == "agent")
    }

    /// A lost worker held its slot to the end; a task that was handed back never used one.
    @Test func lostAndHandedBack() {
        var sample = SampleSession(endedAt: 30)
        sample.add(
            "a", SampleSession.ran(0, 10, by: "gone", run: 0, as: .lost, because: .workerLost),
            SampleSession.ran(10, 13, by: "back", run: 0, as: .lost),
            SampleSession.ran(20, 30, by: "agent"))
        let analysis = sample.analysis()
        let busy = Dictionary(uniqueKeysWithValues: analysis.agents.map { ($0.name, $0.busyTime) })
        #expect(busy == ["gone": 10, "back": 0, "agent": 10])
        #expect(analysis.agents.map(\.failed) == [0, 0, 1])
        #expect(analysis.bottlenecks.finalChain.retries.isNear(20))
    }

    /// Dispatched ahead of time, an attempt waits at its worker: its slot is not in use twice.
    @Test func prefetchedAttemptsDoNotOverlap() {
        var sample = SampleSession(endedAt: 20)
        sample.add("a", SampleSession.ran(0, 10))
        sample.add("b", SampleSession.ran(0, 20, run: 10))
        let analysis = sample.analysis()
        #expect(analysis.agents.map(\.slots) == [1])
        #expect(analysis.resourceUtilization.isNear(1))
        #expect(analysis.bottlenecks.finalChain.handover.isNear(10))
    }

    /// A join that takes three of four inputs has not waited for the fourth.
    @Test func aDependencyThatCameTooLateHeldNobodyUp() {
        var sample = SampleSession(endedAt: 20)
        let inTime = sample.add("in_time", SampleSession.ran(0, 5))
        let late = sample.add("late", SampleSession.ran(0, 20))
        sample.add("join", after: [inTime, late], SampleSession.ran(6, 10))
        let analysis = sample.analysis()
        let join = analysis.schedule.entries[2]
        #expect(join.ready == 5)
        #expect(join.releasedBy == inTime)
        #expect(join.queueWait == 1)
        #expect(join.longestChain.isNear(9))
        #expect(analysis.chainBound.isNear(20))
    }

    /// The planner's tasks are not in the plan: they could not have run before it was done.
    @Test func addedTasksWaitForWhoAddedThem() {
        func sample(addedBy adder: Int32?) -> SampleSession {
            var sample = SampleSession(endedAt: 10)
            sample.add("plan", SampleSession.ran(0, 4, by: "planner"))
            sample.add("search", addedBy: adder, SampleSession.ran(5, 10, by: "search"))
            return sample
        }
        let known = sample(addedBy: 0).analysis()
        #expect(known.queueWait.total.isNear(1))
        #expect(known.chainBound.isNear(9))
        #expect(known.bottlenecks.finalChain.waiting.isNear(1))
        #expect(sample(addedBy: nil).analysis().queueWait.total.isNear(5))
    }

    /// An open session is looked at now: what runs has run until now, and what waits may go on
    /// waiting.
    @Test func anOpenSessionIsMeasuredUntilNow() {
        var sample = SampleSession()
        let done = sample.add("done", SampleSession.ran(0, 10))
        let runs = sample.add(
            "runs", status: .running, after: [done], SampleSession.running(since: 12))
        sample.add("waits", status: .waiting, after: [runs])
        sample.add("ready", status: .ready, after: [done])
        let analysis = sample.analysis(now: 30)
        #expect(analysis.makespan == 30)
        #expect(analysis.busyTime.isNear(28))
        #expect(analysis.schedule.entries.map(\.ready) == [0, 10, nil, 10])
        #expect(analysis.chainBound.isNear(28))
        let chain = analysis.bottlenecks.finalChain
        #expect(chain.running.isNear(28))
        #expect(chain.waiting.isNear(2))
        // Nobody knows what time it is: as far as the stamps reach.
        #expect(sample.analysis().makespan == 12)
        // Between two attempts nothing of it is certain.
        var pausing = SampleSession()
        pausing.add(
            "a", status: .backingOff, SampleSession.ran(0, 4, as: .failed, because: .transient))
        #expect(pausing.analysis(now: 5).usefulTime == 0)
        #expect(pausing.analysis(now: 5).lowerBound == 0)
    }

    @Test func nothingHasHappenedYet() {
        let analysis = SampleSession().analysis()
        #expect(analysis.bottlenecks == BottleneckAnalysis())
        #expect(analysis.queueWait == QueueWait())
        #expect(analysis.parallelEfficiency == 0)
        #expect(SampleSession().results().performance == PerformanceSection())
    }
}
