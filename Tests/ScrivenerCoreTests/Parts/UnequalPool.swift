// A pool of machines of unequal speed in virtual time, and one queue. Each pass over the queue goes
// as the core's does: the first tasks in their order, then the last.

import ScrivenerModel

@testable import ScrivenerCore

/// Independent tasks, given out by `Timetable` or to the fastest free slot.
struct UnequalPool {
    private struct Running {
        var task: Int
        var start: Double
        var end: Double
    }

    let speeds: [Double]
    let slots: Int
    /// What a task takes at speed 1, in the order of the queue.
    let runTimes: [Double]
    let isPatient: Bool
    private var queue: [Int]
    private var running: [[Running]]
    private var idleSince: [Double]
    private var now = 0.0
    /// Tasks looked at, and the most in one pass.
    private(set) var looks = 0
    private(set) var mostLooks = 0

    init(speeds: [Double], slots: Int, runTimes: [Double], isPatient: Bool) {
        self.speeds = speeds
        self.slots = slots
        self.runTimes = runTimes
        self.isPatient = isPatient
        queue = Array(runTimes.indices)
        running = Array(repeating: [], count: speeds.count)
        idleSince = Array(repeating: 0, count: speeds.count)
    }

    /// - Returns: when the last task has ended.
    mutating func run() -> Double {
        repeat {
            if isPatient { pass() } else { giveAway() }
            let next = running.joined().map(\.end).min()
            guard let next else { return now }
            now = next
            for place in speeds.indices {
                let wasFull = running[place].count == slots
                running[place].removeAll { $0.end <= now }
                if wasFull, running[place].count < slots { idleSince[place] = now }
            }
        } while true
    }

    private mutating func giveAway() {
        let fastest = speeds.indices.sorted { speeds[$0] > speeds[$1] }
        while !queue.isEmpty, let place = fastest.first(where: { running[$0].count < slots }) {
            start(queue.removeFirst(), on: place)
        }
    }

    private mutating func pass() {
        var (table, waiting) = (timetable(), [Int]())
        let looksBefore = looks
        while table.hasRoom, waiting.count < Timetable.lookahead, !queue.isEmpty {
            let task = queue.removeFirst()
            looks += 1
            let speeds = speeds
            let decision = table.place(waited: .seconds(now)) { place in
                Timetable.RunTime(mean: .seconds(runTimes[task] / speeds[place]))
            }
            if case .take(let place) = decision {
                start(task, on: place)
            } else {
                waiting.append(task)
            }
        }
        while table.hasRoom, waiting.count == Timetable.lookahead, let task = queue.last {
            looks += 1
            let speeds = speeds
            let decision = table.placeLast(
                between: queue.count - 1, waited: .seconds(now)
            ) { place in
                Timetable.RunTime(mean: .seconds(runTimes[task] / speeds[place]))
            }
            guard case .take(let place) = decision else { break }
            queue.removeLast()
            start(task, on: place)
        }
        queue = waiting + queue
        mostLooks = max(mostLooks, looks - looksBefore)
    }

    private func timetable() -> Timetable {
        Timetable(
            speeds.indices.map { place in
                let busy = running[place].map { attempt in
                    Timetable.remaining(
                        of: .seconds(attempt.end - attempt.start),
                        after: .seconds(now - attempt.start))
                }
                return Timetable.Instance(
                    slots: Int32(slots), used: Int32(busy.count), busy: busy.sorted(),
                    idle: .seconds(now - idleSince[place]))
            })
    }

    private mutating func start(_ task: Int, on place: Int) {
        let end = now + runTimes[task] / speeds[place]
        running[place].append(Running(task: task, start: now, end: end))
    }
}
