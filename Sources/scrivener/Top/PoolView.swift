// `scrivener top` as text: for a screen of a certain size, and without one. Pure.

import ScrivenerClient
import ScrivenerModel

struct PoolView {
    /// Between two snapshots.
    struct Rate {
        var perSecond: Double

        /// - Returns: `nil` where the coordinator has begun to count anew.
        init?(from earlier: (completed: Int, at: Duration), to later: Int, at now: Duration) {
            guard now > earlier.at, later >= earlier.completed else { return nil }
            perSecond = Double(later - earlier.completed) / ((now - earlier.at) / .seconds(1))
        }
    }

    /// No section is cut below its head and so many rows.
    private static let leastRows = 2

    let snapshot: PoolSnapshot
    var rate: Rate?

    /// All of it, one table after the other.
    func text(columns: Int?) -> String {
        ([facts] + tables(columns: columns)).joined(separator: "\n")
    }

    /// As much as the screen has room for: a section that is cut says how much is missing.
    func lines(columns: Int, rows: Int) -> [String] {
        var lines = facts.split(separator: "\n").map(String.init)
        let tables = tables(columns: columns).map { $0.split(separator: "\n").map(String.init) }
        for (index, table) in tables.enumerated() {
            // What is left is shared; what a section does not need is left to those after it.
            let share = (rows - lines.count) / (tables.count - index) - 1
            lines.append("")
            lines += Self.cut(table, to: max(share, Self.leastRows + 1))
        }
        return lines.prefix(max(0, rows)).map { TerminalText.truncated($0, to: columns) }
    }

    private static func cut(_ table: [String], to rows: Int) -> [String] {
        guard table.count > rows else { return table }
        return table.prefix(rows - 1) + ["and \(table.count - rows + 1) more"]
    }

    private var facts: String {
        let load = snapshot.status.value.loadBalancing
        let slots = snapshot.slots
        var facts = FactList()
        facts.add(
            "tasks",
            "\(load.activeExecutions) running, \(load.queueSize) waiting, "
                + "\(snapshot.completed) completed, \(snapshot.failed) failed")
        facts.add(
            "rate", rate.map { "\(Readable.decimal($0.perSecond, digits: 1)) tasks a second" })
        facts.add("slots", "\(load.availableSlots) of \(slots) free")
        facts.add("sessions", "\(snapshot.status.value.activeSessions) open")
        return facts.rendered()
    }

    private func tables(columns: Int?) -> [String] {
        [workers(columns: columns), waiting(columns: columns), sessions(columns: columns)]
            .compactMap(\.self)
    }

    private func workers(columns: Int?) -> String {
        var table = TableRenderer(columns: [
            .init(title: "WORKER", isFlexible: true), .init(title: "STATE"),
            .init(title: "BUSY", isRightAligned: true),
            .init(title: "COMPLETED", isRightAligned: true),
            .init(title: "FAILED", isRightAligned: true),
            .init(title: "HEARTBEAT", isRightAligned: true),
            .init(title: "AGENTS", isFlexible: true),
        ])
        for worker in snapshot.workers.value.records.sorted(by: { $0.workerID < $1.workerID }) {
            func sum(_ count: KeyPath<InstanceMetrics, Int>) -> Int {
                worker.instances.reduce(0) { $0 &+ $1[keyPath: count] }
            }
            table.add([
                worker.workerID, worker.state,
                "\(sum(\.currentExecutions))/\(sum(\.maxConcurrentExecutions))",
                String(sum(\.successfulExecutions)), String(sum(\.failedExecutions)),
                worker.secondsSinceHeartbeat.map { Readable.seconds($0) + " ago" } ?? "",
                worker.instances.map(Self.described).joined(separator: ", "),
            ])
        }
        return table.rendered(width: columns)
    }

    /// An agent, and its circuit breaker where that keeps work away.
    private static func described(_ instance: InstanceMetrics) -> String {
        instance.circuit == "closed" ? instance.agent : "\(instance.agent) (\(instance.circuit))"
    }

    private func waiting(columns: Int?) -> String? {
        guard !snapshot.waiting.isEmpty else { return nil }
        var table = TableRenderer(columns: [
            .init(title: "WAITING", isFlexible: true), .init(title: "SESSION", isFlexible: true),
            .init(title: "REASON"), .init(title: "BECAUSE", isFlexible: true),
        ])
        for task in snapshot.waiting {
            table.add([
                task.why.taskID, task.sessionID, task.why.reason.rawValue, task.why.message,
            ])
        }
        return table.rendered(width: columns)
    }

    private func sessions(columns: Int?) -> String? {
        let states = snapshot.status.value.sessionStates
        guard !states.isEmpty else { return nil }
        return Tables.sessions(states, columns: columns)
    }
}
