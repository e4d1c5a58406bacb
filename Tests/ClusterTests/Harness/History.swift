// What holds for every session's execution records, whatever happened to its processes.

import ScrivenerModel
import Testing

/// Expects what is promised of the attempts at tasks that all completed: exactly one was committed
/// (P3), it is the last, it began when its dependencies had ended, and none was left open.
func expectCommittedOnce(
    _ tasks: [TaskRecord], sourceLocation: SourceLocation = #_sourceLocation
) {
    let ends = Dictionary(
        tasks.map { ($0.taskID, $0.executions.last?.endedAt) }, uniquingKeysWith: { $1 })
    for task in tasks {
        let executions = task.executions
        let committed = executions.filter { $0.outcome == .completed }
        #expect(task.status == .completed, "\(task)", sourceLocation: sourceLocation)
        #expect(committed.count == 1, "\(task)", sourceLocation: sourceLocation)
        #expect(
            executions.last?.outcome == .completed, "\(task)", sourceLocation: sourceLocation)
        #expect(
            executions.map(\.attempt) == Array(1...max(1, executions.count)), "\(task)",
            sourceLocation: sourceLocation)
        #expect(
            executions.allSatisfy { $0.endedAt != nil && $0.outcome != .running }, "\(task)",
            sourceLocation: sourceLocation)
        for dependency in task.dependencies {
            guard let end = ends[dependency] ?? nil, let first = executions.first else {
                Issue.record("\(task): no end of \(dependency)", sourceLocation: sourceLocation)
                continue
            }
            #expect(first.dispatchedAt >= end, "\(task)", sourceLocation: sourceLocation)
        }
    }
}

extension ProgressReport {
    /// The ids of the tasks that run.
    var runningTasks: [String] { currentTasks.map(\.taskID) }
}

extension [TaskRecord] {
    subscript(id: String) -> TaskRecord? { first { $0.taskID == id } }

    /// The workers of the last attempts, each once, in order.
    var workers: [String] { Set(compactMap { $0.executions.last?.workerID }).sorted() }
}
