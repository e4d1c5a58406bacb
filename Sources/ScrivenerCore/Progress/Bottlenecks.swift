// What bounded the makespan, and by how much: the bounds beside the final chain; see
// `ScheduleAnalysis` for both.

import ScrivenerModel

/// The final chain, with the parts of each agent beside the sums.
struct ChainTime {
    var chain = FinalChain()
    private(set) var slotWait: [Double]
    private(set) var retries: [Double]
    private(set) var handover: [Double]

    init(_ analysis: ScheduleAnalysis) {
        slotWait = Array(repeating: 0, count: analysis.agents.count)
        retries = slotWait
        handover = slotWait
        let (last, end) = Self.end(of: analysis.schedule)
        chain.waiting = max(0, analysis.makespan - end)
        var task = last
        while task >= 0 {
            add(task, analysis)
            task = Int(analysis.schedule.entries[task].releasedBy)
        }
    }

    /// The task whose attempt ended last, or runs.
    private static func end(of schedule: TaskSchedule) -> (task: Int, time: Double) {
        var (last, end) = (-1, 0.0)
        for task in schedule.entries.indices {
            guard let decisive = schedule.decisiveAttempt(of: task) else { continue }
            if decisive.ended > end || last < 0 { (last, end) = (task, decisive.ended) }
        }
        return (last, end)
    }

    /// From the moment from which the task could run to its end, without a gap.
    private mutating func add(_ task: Int, _ analysis: ScheduleAnalysis) {
        let entry = analysis.schedule.entries[task]
        guard let decisive = analysis.schedule.decisiveAttempt(of: task),
            let dispatched = entry.dispatched, let ready = entry.ready
        else { return }
        chain.tasks += 1
        let first = analysis.timeline.attempts(of: task).lowerBound
        let agent = analysis.timeline.attempts[first].agent
        let full = min(
            analysis.agents[agent].saturation.seconds(from: ready, until: dispatched),
            dispatched - ready)
        slotWait[agent] += full
        chain.slotWait += full
        chain.waiting += dispatched - ready - full
        retries[decisive.agent] += decisive.dispatched - dispatched
        chain.retries += decisive.dispatched - dispatched
        handover[decisive.agent] += decisive.began - decisive.dispatched
        chain.handover += decisive.began - decisive.dispatched
        chain.running += decisive.ended - decisive.began
    }
}

extension ScheduleAnalysis {
    private static let maximumBottlenecks = 20

    var bottlenecks: BottleneckAnalysis {
        let time = ChainTime(self)
        var result = BottleneckAnalysis()
        result.finalChain = time.chain
        let found = agents.indices.flatMap { [slots($0), slotWait($0, time)] }
        let all = [criticalPathBottleneck] + found + [retries(time), handover(time), waiting(time)]
        // Stable: of two that are equal, the one that stands first here.
        result.bottlenecks = all.enumerated().filter { $0.element.seconds > 0 }.sorted {
            let (left, right) = ($0.element.seconds, $1.element.seconds)
            return left == right ? $0.offset < $1.offset : left > right
        }.prefix(Self.maximumBottlenecks).map(\.element)
        return result
    }

    private func bottleneck(
        _ kind: Bottleneck.Kind, _ agent: String?, _ seconds: Double, gain: Double? = nil,
        _ message: String
    ) -> Bottleneck {
        Bottleneck(
            kind: kind, agent: agent, seconds: seconds,
            share: Figure.share(seconds, of: makespan), gainOfOneSlot: gain, message: message)
    }

    private var criticalPathBottleneck: Bottleneck {
        let agent = agents.max { $0.chainTime < $1.chainTime }
        let seconds = min(chainBound, makespan)
        let part = agent.map { ", \(Figure.words($0.chainTime)) of it on \($0.name)" } ?? ""
        return bottleneck(
            .criticalPath, agent?.name, seconds,
            "tasks that had to run one after the other took \(Figure.words(seconds)) of "
                + "\(Figure.words(makespan))\(part); more slots change nothing about that")
    }

    private func slots(_ place: Int) -> Bottleneck {
        let agent = agents[place]
        let seconds = min(agent.bound, makespan)
        let gain = gainOfOneSlot(place)
        return bottleneck(
            .slots, agent.name, seconds, gain: gain,
            "\(Figure.words(agent.usefulTime)) of work on \(Self.count(agent.slots)) of "
                + "\(agent.name) take at least \(Figure.words(seconds)) of "
                + "\(Figure.words(makespan)); 1 more lowers the bound of the session by "
                + Figure.words(gain))
    }

    private func slotWait(_ place: Int, _ time: ChainTime) -> Bottleneck {
        let agent = agents[place]
        return bottleneck(
            .slotWait, agent.name, time.slotWait[place],
            "tasks on the final chain waited \(Figure.words(time.slotWait[place])) of "
                + "\(Figure.words(makespan)) while \(Self.count(agent.slots)) of "
                + "\(agent.name) \(agent.slots == 1 ? "was" : "were") in use")
    }

    private func retries(_ time: ChainTime) -> Bottleneck {
        bottleneck(
            .retries, largest(time.retries), time.chain.retries,
            "attempts that did not count and the pauses after them took "
                + "\(Figure.words(time.chain.retries)) of \(Figure.words(makespan)) on the "
                + "final chain")
    }

    private func handover(_ time: ChainTime) -> Bottleneck {
        bottleneck(
            .handover, largest(time.handover), time.chain.handover,
            "messages and the queues of workers took \(Figure.words(time.chain.handover)) of "
                + "\(Figure.words(makespan)) on the final chain")
    }

    private func waiting(_ time: ChainTime) -> Bottleneck {
        bottleneck(
            .waiting, nil, time.chain.waiting,
            "nothing on the final chain was dispatched for \(Figure.words(time.chain.waiting)) "
                + "of \(Figure.words(makespan)) though slots that this session has used were "
                + "free: limits, pauses, other sessions, or workers that were not there")
    }

    private func largest(_ seconds: [Double]) -> String? {
        guard let place = seconds.indices.max(by: { seconds[$0] < seconds[$1] }),
            seconds[place] > 0
        else { return nil }
        return agents[place].name
    }

    private static func count(_ slots: Int) -> String {
        slots == 1 ? "the 1 slot" : "the \(slots) slots"
    }
}
