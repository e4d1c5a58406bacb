// What commands read of a session's results: all but the payloads, which are large and opaque, and
// of those the one that holds the report.

import ScrivenerModel

/// A session's results without payloads and findings.
struct ResultsOverview: Sendable, Equatable, Decodable {
    var session: ResearchSession
    var sources: SourceSection
    var analysis: AnalysisSection
    var document: DocumentSection
    var execution: ExecutionSection
    var quality: QualitySection
    var tasks: [Entry]

    struct Entry: Sendable, Equatable, Decodable {
        var task: TaskRecord
    }

    /// How many tasks each worker completed, by the worker's name.
    var tasksByWorker: [(worker: String, tasks: Int)] {
        var counts: [String: Int] = [:]
        for entry in tasks {
            for execution in entry.task.executions where execution.outcome == .completed {
                counts[execution.workerID, default: 0] += 1
            }
        }
        return counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// `w1 4 tasks, w2 3 tasks`.
    var workersDescribed: String {
        tasksByWorker.map { "\($0.worker) \(Readable.count($0.tasks, "task"))" }
            .joined(separator: ", ")
    }
}

/// The report that a session of research ends with.
struct FinalReport: Sendable, Equatable {
    /// The type of the task whose payload it is.
    static let taskType = "report_assembly"

    var title: String
    var markdown: String
    var html: String

    /// The report among a session's results: of the last task of its type that completed.
    static func find(in results: JSONValue) -> FinalReport? {
        let entries = results["tasks"]?.arrayValue ?? []
        let made = entries.last { entry in
            let task = entry["task"]
            return task?["task_type"]?.stringValue == taskType
                && task?["status"]?.stringValue == TaskStatus.completed.rawValue
        }
        guard let payload = made?["payload"], let markdown = payload["markdown"]?.stringValue,
            let html = payload["html"]?.stringValue
        else { return nil }
        return FinalReport(
            title: payload["title"]?.stringValue ?? "", markdown: markdown, html: html)
    }
}

/// What to say of tasks that did not complete.
enum TaskFailures {
    static let maximumLines = 10

    /// A line for each failed task, and what became of those that depended on one.
    static func lines(_ tasks: [TaskRecord]) -> [String] {
        let failed = tasks.filter { $0.status == .failed }
        var lines = failed.prefix(maximumLines).map(line)
        if failed.count > maximumLines {
            lines.append("and \(failed.count - maximumLines) more failed")
        }
        for status in [TaskStatus.lost, .skipped, .cancelled] {
            let names = tasks.filter { $0.status == status }.map(\.taskID)
            guard !names.isEmpty else { continue }
            let more = names.count > 5 ? " and \(names.count - 5) more" : ""
            lines.append("\(status.rawValue): \(names.prefix(5).joined(separator: ", "))\(more)")
        }
        return lines
    }

    private static func line(_ task: TaskRecord) -> String {
        guard let last = task.executions.last(where: { $0.failure != nil }),
            let failure = last.failure
        else { return "task \(task.taskID) (\(task.taskType)) failed; no reason was given" }
        let tries = Readable.count(task.executions.count, "attempt")
        return "task \(task.taskID) (\(task.taskType)) failed after \(tries), last on "
            + "\(last.workerID): \(failure.message) [\(failure.code), "
            + "\(failure.failureClass.name)]"
    }
}
