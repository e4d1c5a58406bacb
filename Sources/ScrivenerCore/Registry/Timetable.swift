// Whether a task takes a slot that is free, or waits for a better one that is still busy.
//
// A free slot on a slow instance is worth less than a busy one on a fast instance, if that one is
// expected to be free soon. So each of the first ready tasks, in their order, goes where it is
// expected to be done first, the time until a slot is free included: the earliest finish time of
// HEFT (Topcuoglu, Hariri, Wu, "Performance-effective and low-complexity task scheduling for
// heterogeneous computing", IEEE TPDS 13(3), 2002), decided anew at each event instead of once.
// A task that waits books the slot it waits for, so that the next one sees it busy for longer:
// that is what sends the tasks further back to the slow slots. We deviate in these points:
//
// - Run times are guesses. A task's own run time counts with two standard deviations on top, which
//   is what a bad surprise costs on that instance; bookings are made with the mean. Without it long
//   tasks of a type that varies much end up on slow slots at a session's end. Run times that were
//   declared have no deviation.
// - An attempt that runs longer than expected is expected to go on for a quarter of the time that it
//   has run: the longer it hangs, the less is it waited for.
// - Waiting has to gain a twentieth, and ends when it has cost as much as running here would have
//   (the rule for renting skis: so it never costs more than twice).
// - Only so many tasks are looked at. When all of them wait and a slot is still free, the *last* of
//   the queue may take it, if what stands before it keeps the faster instances busy for long
//   enough: a slow slot is best spent on what least depends on.
//
// This is a value for one pass over one demand's queue. It knows no clock: all times count from now.

import ScrivenerModel

/// The expected state of a few instances' slots, with what this pass has given and promised.
struct Timetable: Sendable {
    /// So many tasks are looked at in one pass, and so many of an instance's busy slots.
    static let lookahead = 32
    /// So many instances are looked at.
    static let lookedAt = 8
    /// Waiting has to gain one part in so many.
    private static let leastGain: Int64 = 20
    /// Nobody wakes up sooner than this: what is expected at once is looked at a little later.
    static let shortestWait = TimeSpan.milliseconds(1)

    /// What is known of an instance.
    struct Instance: Sendable, Equatable {
        var slots: Int32
        /// Attempts that it holds, prefetched ones included.
        var used: Int32
        /// How many it may hold.
        var limit: Int32
        /// When its busy slots will be free, from now: the soonest first, all that it holds
        /// included. More than `lookahead` are not needed.
        var busy: [TimeSpan]
        /// For how long it has had a free slot.
        var idle: TimeSpan
        /// Infrastructure failures of a thousand attempts.
        var errorPermille: Int64
        var admission: CircuitBreaker.Admission

        init(
            slots: Int32, used: Int32, limit: Int32? = nil, busy: [TimeSpan],
            idle: TimeSpan = .zero, errorPermille: Int64 = 0,
            admission: CircuitBreaker.Admission = .yes
        ) {
            self.slots = slots
            self.used = used
            self.limit = limit ?? slots
            self.busy = busy
            self.idle = idle
            self.errorPermille = errorPermille
            self.admission = admission
        }
    }

    /// How long a task is expected to run on an instance.
    struct RunTime: Sendable, Equatable {
        var mean: TimeSpan
        /// The standard deviation; none where the run time was declared.
        var deviation: TimeSpan

        init(mean: TimeSpan, deviation: TimeSpan = .zero) {
            self.mean = mean
            self.deviation = deviation
        }
    }

    /// What becomes of a task. Instances go by their place.
    enum Decision: Sendable, Equatable {
        case take(Int)
        /// Waits for a slot that is busy, or promised to a task before it.
        ///
        /// - until: when to look again at the latest, from now.
        /// - gain: how much sooner it is expected to be done there than on the best free slot.
        case wait(Int, until: TimeSpan, gain: TimeSpan)
    }

    private var instances: [Instance]
    /// What the tasks of this pass take on each instance, added up.
    private var seen: [Int64]
    private var count: Int64 = 0

    init(_ instances: [Instance]) {
        self.instances = instances
        seen = Array(repeating: 0, count: instances.count)
    }

    /// Whether there is a slot that a task could take.
    var hasRoom: Bool { instances.contains(where: \.takes) }

    /// How much longer an attempt is expected to run.
    static func remaining(of expected: TimeSpan, after elapsed: TimeSpan) -> TimeSpan {
        let left = expected.nanoseconds.subtractingSaturated(elapsed.nanoseconds)
        return TimeSpan(nanoseconds: max(left, max(0, elapsed.nanoseconds) / 4, 1))
    }

    // MARK: Whom to look at

    /// The places of the instances that a pass looks at: all, or as many as it may, drawn at random.
    /// One that `takes` is among them when there is any.
    static func sample(
        of count: Int, random: inout SeededGenerator, takes: (Int) -> Bool
    ) -> [Int] {
        guard count > lookedAt else { return Array(0..<max(0, count)) }
        // Floyd's: each set is equally likely, by as many draws as there are members.
        var drawn: [Int] = []
        for last in (count - lookedAt)..<count {
            let place = Int.random(in: 0...last, using: &random)
            drawn.append(drawn.contains(place) ? last : place)
        }
        guard !drawn.contains(where: takes) else { return drawn.sorted() }
        let start = Int.random(in: 0..<count, using: &random)
        let others = (0..<count).lazy.map { (start + $0) % count }
        if let able = others.first(where: takes) { drawn[0] = able }
        return drawn.sorted()
    }

    // MARK: Deciding

    /// Decides for the next task in order, and books its slot. `nil` when nobody can take it now.
    ///
    /// - Parameters:
    ///   - waited: for how long the task has been ready.
    ///   - runTime: on the instance at a place.
    mutating func place(waited: TimeSpan, runTime: (Int) -> RunTime) -> Decision? {
        let decision = decide(waited: waited, delay: { _ in 0 }, runTime)
        count += 1
        for place in instances.indices {
            let mean = instances[place].attempts(of: runTime(place).mean)
            seen[place] = seen[place].addingSaturated(mean)
        }
        switch decision {
        case .take(let place): instances[place].take(runTime(place).mean)
        case .wait(let place, _, _): instances[place].book(runTime(place).mean)
        case nil: break
        }
        return decision
    }

    /// Decides for the last task of the queue, when the first ones wait. It waits in earnest, so
    /// nothing is booked for it unless it takes a slot.
    ///
    /// - Parameter between: how many tasks stand between those that were decided on and this one.
    mutating func placeLast(
        between: Int, waited: TimeSpan, runTime: (Int) -> RunTime
    ) -> Decision? {
        guard instances.indices.contains(where: isFree) else { return nil }
        let decision = decide(
            waited: waited, delay: { delay(behind: between, fasterThan: $0) }, runTime)
        if case .take(let place) = decision { instances[place].take(runTime(place).mean) }
        return decision
    }

    private struct Option {
        var place: Int
        var start: Int64
        var run: Int64

        var finish: Int64 { start.addingSaturated(run) }
    }

    /// - Parameter delay: what stands between, by the place of the best free slot.
    private func decide(
        waited: TimeSpan, delay: (Int) -> Int64, _ runTime: (Int) -> RunTime
    ) -> Decision? {
        if let probe = instances.firstIndex(where: { $0.admission == .probe && $0.takes }) {
            return .take(probe)
        }
        let options = instances.indices.compactMap { option($0, runTime($0)) }
        guard let free = best(options.filter { isFree($0.place) }) else {
            // Where tasks may be prefetched, and no slot is free.
            return best(options.filter { instances[$0.place].takes }).map { .take($0.place) }
        }
        let pause = delay(free.place)
        let busy = options.compactMap { option -> Option? in
            guard !isFree(option.place), option.run < free.run else { return nil }
            return Option(
                place: option.place, start: option.start.addingSaturated(pause), run: option.run)
        }
        guard let better = best(busy) else { return .take(free.place) }
        let gain = free.finish.subtractingSaturated(better.finish)
        guard gain > free.finish / Self.leastGain else { return .take(free.place) }
        if instances[better.place].takes, pause == 0 { return .take(better.place) }
        let paid = min(waited, instances[free.place].idle).nanoseconds
        let left = free.run.subtractingSaturated(max(0, paid))
        guard left > 0 else { return .take(free.place) }
        return .wait(
            better.place,
            until: max(Self.shortestWait, TimeSpan(nanoseconds: min(better.start, left))),
            gain: TimeSpan(nanoseconds: gain))
    }

    private func option(_ place: Int, _ runTime: RunTime) -> Option? {
        let instance = instances[place]
        guard instance.admission == .yes, let start = instance.nextStart else { return nil }
        let spread = runTime.deviation.nanoseconds.multipliedSaturated(by: 2)
        let cautious = TimeSpan(nanoseconds: runTime.mean.nanoseconds.addingSaturated(spread))
        return Option(place: place, start: start, run: instance.attempts(of: cautious))
    }

    private func isFree(_ place: Int) -> Bool {
        instances[place].used < instances[place].slots && instances[place].takes
    }

    /// The earliest to finish; of equals the least loaded.
    private func best(_ options: [Option]) -> Option? {
        options.min { left, right in
            if left.finish != right.finish { return left.finish < right.finish }
            return instances[left.place].isLessLoaded(than: instances[right.place])
        }
    }

    /// How long the instances that are faster than one need for so many tasks like those seen.
    private func delay(behind: Int, fasterThan slow: Int) -> Int64 {
        guard count > 0, behind > 0 else { return 0 }
        // Tasks in 2^80 nanoseconds: at most 2^111 each.
        var rate: UInt128 = 0
        for place in instances.indices
        where instances[place].admission == .yes && seen[place] < seen[slow] {
            let mean = UInt128(max(1, seen[place] / count))
            rate += UInt128(max(0, instances[place].slots)) << 80 / mean
        }
        guard rate > 0 else { return .max }
        return Int64(clamping: UInt128(min(behind, Int(Int32.max))) << 80 / rate)
    }
}

extension Timetable.Instance {
    /// Whether it can be given a task now.
    var takes: Bool {
        guard slots > 0, used >= 0, used < limit else { return false }
        switch admission {
        case .yes, .probe: return true
        case .no, .probeRunning: return false
        }
    }

    /// When its next slot is free; `nil` when it has none.
    fileprivate var nextStart: Int64? {
        if used < slots { return 0 }
        return slots > 0 ? busy.first.map { max(1, $0.nanoseconds) } : nil
    }

    /// The time for a task, retries included.
    fileprivate func attempts(of span: TimeSpan) -> Int64 {
        let succeeding = 1_000 - min(max(errorPermille, 0), 990)
        return max(1, span.nanoseconds).multipliedSaturated(by: 1_000) / succeeding
    }

    fileprivate func isLessLoaded(than other: Timetable.Instance) -> Bool {
        let mine = Int64(used) * Int64(other.slots)
        let others = Int64(other.used) * Int64(slots)
        if mine != others { return mine < others }
        return slots - used > other.slots - other.used
    }

    /// Gives a task a slot. One that was to be tried is being tried by it.
    fileprivate mutating func take(_ mean: TimeSpan) {
        book(mean)
        if admission == .probe { admission = .probeRunning }
    }

    /// A task takes the next slot, now or when it is free.
    fileprivate mutating func book(_ mean: TimeSpan) {
        let start = nextStart ?? 0
        if used >= slots, !busy.isEmpty { busy.removeFirst() }
        used += 1
        let end = TimeSpan(nanoseconds: start.addingSaturated(attempts(of: mean)))
        busy.insert(end, at: busy.firstIndex { $0 > end } ?? busy.count)
    }
}

extension Int64 {
    fileprivate func addingSaturated(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    fileprivate func subtractingSaturated(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }

    fileprivate func multipliedSaturated(by other: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? ((self < 0) == (other < 0) ? .max : .min) : product
    }
}
