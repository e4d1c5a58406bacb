// The diagnosis of a session, for people: figures first, then what is wrong, what holds it up, and
// why each open task is where it is.

import ScrivenerModel

extension Tables {
    /// How many open tasks are listed.
    private static let maximumOpenTasks = 20

    static func diagnostics(_ diagnostics: SessionDiagnostics, columns: Int?) -> String {
        [
            figures(diagnostics), issues(diagnostics.issues, columns: columns),
            bottlenecks(diagnostics.bottlenecks, columns: columns),
            utilization(diagnostics.agentUtilization, columns: columns),
            openTasks(diagnostics.dependencyGraph.tasks, columns: columns),
        ].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private static func figures(_ diagnostics: SessionDiagnostics) -> String {
        let performance = diagnostics.performance
        let counts = TaskStatus.allCases.compactMap { status -> String? in
            diagnostics.dependencyGraph.tasksByStatus[status.rawValue].map {
                "\($0) \(status.rawValue)"
            }
        }
        let path = performance.criticalPath.map(\.taskID)
        var facts = FactList()
        facts.add("session", diagnostics.sessionID)
        facts.add("status", diagnostics.status.rawValue)
        facts.add("state", diagnostics.sessionState.rawValue)
        facts.add("tasks", counts.joined(separator: ", "))
        facts.add(
            "makespan",
            "\(Readable.seconds(performance.makespan)), at least "
                + Readable.seconds(performance.lowerBound))
        facts.add(
            "speedup",
            "\(Readable.decimal(performance.speedup, digits: 1)) on "
                + "\(Readable.count(performance.slots, "slot")) "
                + "(\(Readable.percent(performance.parallelEfficiency * 100)))")
        facts.add(
            "waited",
            "\(Readable.seconds(performance.queueWait.average)) on average, "
                + "\(Readable.seconds(performance.queueWait.maximum)) at most")
        facts.add(
            "critical path",
            path.prefix(8).joined(separator: " → ")
                + (path.count > 8 ? " and \(path.count - 8) more" : ""))
        return facts.rendered()
    }

    private static func issues(_ issues: [DiagnosticIssue], columns: Int?) -> String {
        guard !issues.isEmpty else { return "No issues.\n" }
        var table = TableRenderer(columns: [
            .init(title: "ISSUE"), .init(title: "SEVERITY"),
            .init(title: "COUNT", isRightAligned: true), .init(title: "WHAT", isFlexible: true),
        ])
        for issue in issues {
            table.add([
                issue.kind.rawValue, issue.severity.rawValue, String(issue.count), issue.message,
            ])
        }
        return table.rendered(width: columns)
    }

    private static func bottlenecks(_ bottlenecks: [Bottleneck], columns: Int?) -> String {
        guard !bottlenecks.isEmpty else { return "" }
        var table = TableRenderer(columns: [
            .init(title: "BOTTLENECK"), .init(title: "TIME", isRightAligned: true),
            .init(title: "SHARE", isRightAligned: true), .init(title: "WHAT", isFlexible: true),
        ])
        for bottleneck in bottlenecks {
            table.add([
                bottleneck.kind.rawValue, Readable.seconds(bottleneck.seconds),
                Readable.percent(bottleneck.share * 100), bottleneck.message,
            ])
        }
        return table.rendered(width: columns)
    }

    private static func utilization(_ agents: [AgentUtilization], columns: Int?) -> String {
        guard !agents.isEmpty else { return "" }
        var table = TableRenderer(columns: [
            .init(title: "AGENT", isFlexible: true), .init(title: "SLOTS", isRightAligned: true),
            .init(title: "ATTEMPTS", isRightAligned: true),
            .init(title: "FAILED", isRightAligned: true),
            .init(title: "RUN TIME", isRightAligned: true),
            .init(title: "IN USE", isRightAligned: true),
            .init(title: "FULL", isRightAligned: true),
        ])
        for agent in agents {
            table.add([
                agent.agent, String(agent.slots), String(agent.attempts),
                String(agent.failedAttempts), Readable.seconds(agent.busyTime),
                Readable.percent(agent.utilization * 100),
                Readable.percent(agent.saturation * 100),
            ])
        }
        return table.rendered(width: columns)
    }

    private static func openTasks(_ tasks: [TaskNode], columns: Int?) -> String {
        let open = tasks.filter { !$0.status.isTerminal }
        guard !open.isEmpty else { return "" }
        var table = TableRenderer(columns: [
            .init(title: "OPEN TASK", isFlexible: true), .init(title: "STATUS"),
            .init(title: "REASON"), .init(title: "BECAUSE", isFlexible: true),
            .init(title: "MOVES WHEN", isFlexible: true),
        ])
        for task in open.prefix(maximumOpenTasks) {
            table.add([
                task.taskID, task.status.rawValue, task.reason?.rawValue ?? "", task.message,
                task.wakes ?? "",
            ])
        }
        let more =
            open.count > maximumOpenTasks ? "and \(open.count - maximumOpenTasks) more\n" : ""
        return table.rendered(width: columns) + more
    }
}
