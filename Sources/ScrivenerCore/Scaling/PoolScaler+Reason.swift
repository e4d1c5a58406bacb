// Why a pool should have as many replicas as it should: a sentence for people.

import ScrivenerModel

extension PoolScaler {
    var reason: String { "\(situation); \(decision)" }

    private var situation: String {
        guard demand.queued > 0 else {
            return replicas.busy > 0
                ? "nothing waits, \(Self.count(replicas.busy, "replica")) busy" : "nothing waits"
        }
        let tasks = demand.queued == 1 ? "1 task waits" : "\(demand.queued) tasks wait"
        return "\(tasks), the longest for \(Self.tenths(demand.oldestWait)) s of "
            + "\(Self.tenths(specification.targetQueueWait)) s"
    }

    private var decision: String {
        switch cause {
        case .work(0): "no replica is needed"
        case .work(let needed):
            "work for \(needed == 1 ? "1 replica" : "\(needed) replicas")"
        case .recently(let needed, let window):
            "\(needed == 1 ? "1 was" : "\(needed) were") needed within the last "
                + "\(Self.tenths(window)) s"
        case .minimum: "there are never fewer than \(specification.minimum)"
        case .maximum(let needed):
            "work for \(needed), and there may be \(specification.maximum)"
        case .busy: "no busy replica is asked to leave"
        case .settling: "the coordinator has just started, and waits for those that it knew"
        }
    }

    private static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? " is" : "s are")"
    }

    /// Seconds with one decimal where they are not whole.
    private static func tenths(_ span: TimeSpan) -> String {
        let tenths = span.nanoseconds / 100_000_000
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
