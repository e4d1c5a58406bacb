// A small pool in virtual time: a few instances, a choice strategy, a learned model. What a real
// pool does in an hour, in a second, and the same every time.

import ScrivenerModel

@testable import ScrivenerCore

/// Tasks arrive at random; each is given to an instance, fails or succeeds there, and is tried
/// again.
struct ClosedLoop {
    struct Instance {
        var slots: Int32 = 2
        /// Run time ÷ the usual.
        var slowness = 1.0
        var failurePermille = 0
    }

    struct Outcome {
        /// Attempts per instance.
        var attempts: [Int]
        /// From arrival to success, sorted, in seconds.
        var latencies: [Double]

        func share(_ instance: Int) -> Double {
            Double(attempts[instance]) / Double(attempts.reduce(0, +))
        }

        func quantile(_ part: Double) -> Double {
            latencies[Int(Double(latencies.count - 1) * part)]
        }
    }

    private struct Happening {
        enum Kind { case arrival, end(task: Int, instance: Int, began: Double) }
        var time: Double
        var kind: Kind
    }

    let instances: [Instance]
    private var choice: InstanceChoice
    private var random: SeededGenerator
    private var model = DurationModel()
    private var errors: [ErrorRate]
    private var used: [Int32]
    /// Instances hold so many beyond their slots.
    private let prefetch: Int32
    private var running: [[Int]]
    private var queue: [Int] = []
    private var arrivals: [Double] = []
    /// What is to come, the next last.
    private var calendar: [Happening] = []
    private var outcome: Outcome

    init(
        _ instances: [Instance], _ strategy: InstanceChoice.Strategy, seed: UInt64, prefetch: Int32
    ) {
        self.instances = instances
        choice = InstanceChoice(strategy)
        random = SeededGenerator(seed: seed)
        errors = Array(repeating: ErrorRate(), count: instances.count)
        used = Array(repeating: 0, count: instances.count)
        running = Array(repeating: [], count: instances.count)
        self.prefetch = prefetch
        outcome = Outcome(attempts: Array(repeating: 0, count: instances.count), latencies: [])
        _ = model.addType(prior: .seconds(1))
        for _ in instances { _ = model.addInstance() }
    }

    /// - Parameter interval: mean seconds between two arrivals; the usual run time is one second.
    mutating func run(tasks: Int, interval: Double) -> Outcome {
        schedule(.arrival, at: 0)
        while let next = calendar.popLast() {
            switch next.kind {
            case .arrival:
                queue.append(arrivals.count)
                arrivals.append(next.time)
                let gap = 2 * interval * Double(Int.random(in: 0...1_000, using: &random)) / 1_000
                if arrivals.count < tasks { schedule(.arrival, at: next.time + gap) }
            case .end(let task, let instance, let began):
                end(task, instance, began: began, now: next.time)
            }
            place(now: next.time)
        }
        outcome.latencies.sort()
        return outcome
    }

    private mutating func place(now: Double) {
        while let task = queue.first {
            let instant = Instant.zero.advanced(by: .seconds(now))
            let (model, errors, used, instances, prefetch) = (
                model, errors, used, instances, prefetch
            )
            let chosen = choice.choose(among: instances.count, random: &random) { place in
                Candidate(
                    used: used[place], slots: instances[place].slots,
                    limit: instances[place].slots + prefetch,
                    expected: model.estimate(type: 0, instance: Int32(place), at: instant),
                    errorPermille: errors[place].permille(at: instant))
            }
            guard let chosen else { return }
            queue.removeFirst()
            self.used[chosen] += 1
            outcome.attempts[chosen] += 1
            running[chosen].append(task)
            if running[chosen].count <= instances[chosen].slots { start(task, chosen, now: now) }
        }
    }

    private mutating func start(_ task: Int, _ instance: Int, now: Double) {
        let noise = Double(Int.random(in: 500...1_500, using: &random)) / 1_000
        let end = now + noise * instances[instance].slowness
        schedule(.end(task: task, instance: instance, began: now), at: end)
    }

    private mutating func end(_ task: Int, _ instance: Int, began: Double, now: Double) {
        let instant = Instant.zero.advanced(by: .seconds(now))
        used[instance] -= 1
        let slots = Int(instances[instance].slots)
        let waiting = running[instance].count > slots ? running[instance][slots] : nil
        running[instance].removeAll { $0 == task }
        if let waiting { start(waiting, instance, now: now) }
        let failed =
            Int.random(in: 0..<1_000, using: &random) < instances[instance].failurePermille
        errors[instance].add(failed ? .failure : .success, at: instant)
        if failed {
            queue.append(task)
        } else {
            model.learn(.seconds(now - began), type: 0, instance: Int32(instance), at: instant)
            outcome.latencies.append(now - arrivals[task])
        }
    }

    private mutating func schedule(_ kind: Happening.Kind, at time: Double) {
        let place = calendar.firstIndex { $0.time <= time } ?? calendar.count
        calendar.insert(Happening(time: time, kind: kind), at: place)
    }
}
