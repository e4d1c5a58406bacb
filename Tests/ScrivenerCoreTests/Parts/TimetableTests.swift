// Waiting for a better slot: when it pays, what it promises, where it ends, and what it comes to in
// a pool of unequal machines.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct TimetableTests {
    private typealias RunTime = Timetable.RunTime

    private func instance(
        slots: Int32 = 1, busy: [Double] = [], idle: Double = 0, errors: Int64 = 0,
        _ admission: CircuitBreaker.Admission = .yes
    ) -> Timetable.Instance {
        Timetable.Instance(
            slots: slots, used: Int32(busy.count), busy: busy.map(TimeSpan.seconds),
            idle: .seconds(idle), errorPermille: errors, admission: admission)
    }

    private func certain(_ seconds: Double...) -> (Int) -> RunTime {
        { RunTime(mean: .seconds(seconds[$0])) }
    }

    private func seconds(_ decision: Timetable.Decision?) -> (until: Double, gain: Double)? {
        guard case .wait(_, let until, let gain) = decision else { return nil }
        return (until.seconds, gain.seconds)
    }

    // MARK: One decision

    /// 4 s here, or 1 s there in 2 s: waits. In 4 s: does not.
    @Test func waitsWhereItIsDoneSooner() {
        var soon = Timetable([instance(), instance(busy: [2])])
        let decision = soon.place(waited: .zero, runTime: certain(4, 1))
        #expect(decision == .wait(1, until: .seconds(2), gain: .seconds(1)))
        var late = Timetable([instance(), instance(busy: [4])])
        #expect(late.place(waited: .zero, runTime: certain(4, 1)) == .take(0))
    }

    /// An instance that is to be tried is tried with one task, however many slots it has.
    @Test func oneThatIsToBeTriedTakesOneTask() {
        var table = Timetable([
            Timetable.Instance(slots: 2, used: 0, busy: [], admission: .probe)
        ])
        #expect(table.place(waited: .zero, runTime: certain(1)) == .take(0))
        #expect(table.place(waited: .zero, runTime: certain(1)) == nil)
    }

    /// What a machine is faster by must be worth the trouble: learned speeds are never quite equal.
    @Test func aSmallGainIsNotWaitedFor() {
        var table = Timetable([instance(), instance(busy: [0.01])])
        #expect(table.place(waited: .zero, runTime: certain(1, 0.95)) == .take(0))
        var equal = Timetable([instance(), instance(busy: [0.01])])
        #expect(equal.place(waited: .zero, runTime: certain(1, 1)) == .take(0))
    }

    /// Of two that are free, the one where it is done first; of equals, the one with more room.
    @Test func takesTheBestFreeSlot() {
        var table = Timetable([instance(), instance(), instance(busy: [9])])
        #expect(table.place(waited: .zero, runTime: certain(2, 1, 5)) == .take(1))
        var equals = Timetable([instance(slots: 4, busy: [1, 1]), instance(slots: 4, busy: [1])])
        #expect(equals.place(waited: .zero, runTime: certain(1, 1)) == .take(1))
    }

    /// The mean is worth waiting for neither, but a surprise would be four times as bad here.
    @Test func whatVariesIsKeptFromSlowSlots() {
        let busy = instance(busy: [3.5])
        var steady = Timetable([instance(), busy])
        #expect(steady.place(waited: .zero, runTime: certain(4, 1)) == .take(0))
        var unsteady = Timetable([instance(), busy])
        let decision = unsteady.place(waited: .zero) { place in
            let scale = place == 0 ? 4.0 : 1.0
            return RunTime(mean: .seconds(scale), deviation: .seconds(scale))
        }
        #expect(decision == .wait(1, until: .seconds(3.5), gain: .seconds(5.5)))
    }

    @Test func failuresMakeAnInstanceSlow() {
        // One of two fails: 2 s become 4.
        var table = Timetable([instance(errors: 500), instance(busy: [1])])
        let decision = table.place(waited: .zero, runTime: certain(2, 2))
        #expect(decision == .wait(1, until: .seconds(1), gain: .seconds(1)))
    }

    @Test func breakersAreHeeded() {
        var probe = Timetable([instance(), instance(.probe)])
        #expect(probe.place(waited: .zero, runTime: certain(1, 100)) == .take(1))
        // Nobody waits for one that is ejected, or only being tried.
        for admission in [CircuitBreaker.Admission.no(until: .distantFuture), .probeRunning] {
            var table = Timetable([instance(), instance(busy: [0.1], admission)])
            #expect(table.place(waited: .zero, runTime: certain(100, 1)) == .take(0))
            var alone = Timetable([instance(admission)])
            #expect(alone.place(waited: .zero, runTime: certain(1)) == nil)
        }
    }

    /// With all slots busy there is nothing to decide. Where tasks may be prefetched, they are.
    @Test func whatIsFullTakesNothing() {
        var full = Timetable([instance(busy: [1]), instance(busy: [2])])
        #expect(!full.hasRoom)
        #expect(full.place(waited: .zero, runTime: certain(1, 1)) == nil)
        #expect(full.placeLast(between: 5, waited: .zero, runTime: certain(1, 1)) == nil)
        var deep = [instance(busy: [1]), instance(busy: [2])]
        deep[1].limit = 2
        var prefetching = Timetable(deep)
        #expect(prefetching.place(waited: .zero, runTime: certain(1, 1)) == .take(1))
        #expect(prefetching.place(waited: .zero, runTime: certain(1, 1)) == nil)
        var none = Timetable([])
        #expect(none.place(waited: .zero, runTime: certain()) == nil)
    }

    // MARK: Bounds

    /// Waiting ends when it has cost as much as running here would have.
    @Test func waitingIsBounded() {
        func decide(waited: Double, idle: Double) -> Timetable.Decision? {
            var table = Timetable([instance(idle: idle), instance(busy: [2])])
            return table.place(waited: .seconds(waited), runTime: certain(4, 1))
        }
        #expect(seconds(decide(waited: 3, idle: 3))?.until == 1)
        #expect(decide(waited: 4, idle: 4) == .take(0))
        // The slot was not there for so long, or the task was not.
        #expect(seconds(decide(waited: 9, idle: 1))?.until == 2)
        #expect(seconds(decide(waited: 1, idle: 9))?.until == 2)
    }

    /// However an attempt overruns, those who wait for its slot give up in time.
    @Test func anAttemptThatHangsIsNotWaitedForLong() {
        let (expected, started) = (TimeSpan.seconds(1), 10.0)
        var (now, wakes) = (started, 0)
        while true {
            let left = Timetable.remaining(of: expected, after: .seconds(now))
            var table = Timetable([
                instance(idle: now - started), instance(busy: [left.seconds]),
            ])
            let decision = table.place(waited: .seconds(now - started), runTime: certain(4, 1))
            guard let until = seconds(decision)?.until else {
                #expect(decision == .take(0))
                break
            }
            #expect(until > 0)
            now += until
            wakes += 1
        }
        #expect(now - started <= 4)
        #expect(wakes < 10)
    }

    @Test func whatRemainsGrowsWithWhatHasPassed() {
        func remaining(_ elapsed: Double) -> Double {
            Timetable.remaining(of: .seconds(8), after: .seconds(elapsed)).seconds
        }
        #expect(remaining(0) == 8)
        #expect(remaining(4) == 4)
        #expect(remaining(8) == 2)
        #expect(remaining(40) == 10)
        #expect(remaining(-1e12) > 0)
        #expect(Timetable.remaining(of: .zero, after: .zero).nanoseconds == 1)
    }

    /// Numbers from outside: nothing traps.
    @Test func extremesSaturate() {
        let extremes = [Int64.min, -1, 0, 1, .max].map(TimeSpan.init(nanoseconds:))
        for mean in extremes {
            for busy in extremes {
                var table = Timetable([
                    instance(slots: .max), Timetable.Instance(slots: 1, used: 1, busy: [busy]),
                    Timetable.Instance(slots: 0, used: .max, busy: []),
                    instance(errors: .max),
                ])
                let runTime = { (_: Int) in RunTime(mean: mean, deviation: mean) }
                for _ in 0..<4 {
                    #expect(table.place(waited: mean, runTime: runTime) != nil)
                    #expect(
                        table.placeLast(between: .max, waited: busy, runTime: runTime) != nil)
                }
            }
        }
    }

    // MARK: A pass

    /// The first three fit before the slow slot would be done with one; the fourth takes it.
    @Test func thoseBehindSeeWhatWasPromised() {
        var table = Timetable([instance(), instance(busy: [0.1])])
        let decisions = (0..<4).map { _ in table.place(waited: .zero, runTime: certain(4, 1)) }
        #expect(decisions[0] == .wait(1, until: .seconds(0.1), gain: .seconds(2.9)))
        #expect(decisions[1] == .wait(1, until: .seconds(1.1), gain: .seconds(1.9)))
        #expect(decisions[2] == .wait(1, until: .seconds(2.1), gain: .seconds(0.9)))
        #expect(decisions[3] == .take(0))
        #expect(!table.hasRoom)
    }

    /// A slot that was given counts as busy, with others: the next task sees two.
    @Test func whatWasGivenIsBusy() {
        var table = Timetable([instance(slots: 2), instance(slots: 2, busy: [1])])
        #expect(table.place(waited: .zero, runTime: certain(5, 2)) == .take(1))
        let second = table.place(waited: .zero, runTime: certain(5, 2))
        #expect(second == .wait(1, until: .seconds(1), gain: .seconds(2)))
        // Both free again at 2 s and 3 s: 4 s and 5 s are no gain worth waiting for.
        #expect(
            table.place(waited: .zero, runTime: certain(5, 2))
                == .wait(1, until: .seconds(2), gain: .seconds(1)))
        #expect(table.place(waited: .zero, runTime: certain(5, 2)) == .take(0))
    }

    /// With many behind, the last one takes the slow slot; with few, the fast one is through with
    /// all of them sooner.
    @Test func theLastTakesASlowSlotWhenTheQueueIsLong() {
        func last(of between: Int) -> Timetable.Decision? {
            var table = Timetable([instance(), instance(busy: [1])])
            #expect(seconds(table.place(waited: .zero, runTime: certain(10, 1))) != nil)
            return table.placeLast(between: between, waited: .zero, runTime: certain(10, 1))
        }
        // 2 s for the first, 1 s for each between, 1 s for itself.
        #expect(seconds(last(of: 3))?.gain == 4)
        #expect(seconds(last(of: 6))?.gain == 1)
        #expect(last(of: 7) == .take(0))
        #expect(last(of: 1_000_000) == .take(0))
    }

    // MARK: Many instances

    @Test func fewAreAllLookedAt() {
        var random = SeededGenerator(seed: 1)
        #expect(Timetable.sample(of: 3, random: &random) { _ in false } == [0, 1, 2])
        #expect(Timetable.sample(of: 0, random: &random) { _ in true }.isEmpty)
    }

    /// Of many, eight different ones, evenly; and always one that can take the task.
    @Test func ofManySomeAreDrawn() {
        var random = SeededGenerator(seed: 2)
        var hits = Array(repeating: 0, count: 40)
        for _ in 0..<4_000 {
            let drawn = Timetable.sample(of: 40, random: &random) { _ in true }
            #expect(drawn == Set(drawn).sorted() && drawn.count == Timetable.lookedAt)
            for place in drawn { hits[place] += 1 }
        }
        #expect(hits.allSatisfy { (640...960).contains($0) })
        for _ in 0..<100 {
            #expect(Timetable.sample(of: 40, random: &random) { $0 == 17 }.contains(17))
        }
    }

    // MARK: A pool

    /// Three tasks: the fast machine is through with all of them before the slow one with one.
    @Test func aSlowMachineIsLeftIdleWhereItHelpsNobody() {
        func makespan(_ isPatient: Bool) -> Double {
            var pool = UnequalPool(
                speeds: [1, 4], slots: 1, runTimes: [8, 8, 8], isPatient: isPatient)
            return pool.run()
        }
        #expect(makespan(false) == 8)
        #expect(makespan(true) == 6)
    }

    /// With enough work every machine is used to the end: nothing is finished later than it must.
    @Test(arguments: [2, 8, 32])
    func aLongQueueUsesAllMachines(slots: Int) {
        let runTimes = Array(repeating: 4.0, count: slots * 800)
        var pool = UnequalPool(
            speeds: [1, 1, 2, 4], slots: slots, runTimes: runTimes, isPatient: true)
        let bound = runTimes.reduce(0, +) / (8 * Double(slots))
        #expect(pool.run() <= 1.02 * bound)
        #expect(pool.mostLooks <= Timetable.lookahead + 4 * slots)
    }

    /// Tasks of all lengths, the longest first: never much worse than giving the fastest free slot
    /// away, and better on the whole.
    @Test(arguments: [5, 12, 40, 200])
    func waitingPays(tasks: Int) {
        var random = SeededGenerator(seed: 3)
        var (patient, eager) = (0.0, 0.0)
        for _ in 0..<200 {
            let runTimes = (0..<tasks).map { _ in
                Double(Int.random(in: 1...30, using: &random))
            }.sorted(by: >)
            func makespan(_ isPatient: Bool) -> Double {
                var pool = UnequalPool(
                    speeds: [1, 1, 2, 4], slots: 2, runTimes: runTimes, isPatient: isPatient)
                return pool.run()
            }
            let (mine, other) = (makespan(true), makespan(false))
            #expect(mine <= 1.1 * other)
            patient += mine
            eager += other
        }
        #expect(patient <= eager * (tasks < 100 ? 0.97 : 1), "\(patient) against \(eager)")
    }
}
