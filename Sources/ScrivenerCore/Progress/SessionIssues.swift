// What is wrong with a session, or was: tasks with the same trouble are gathered into one issue, so
// that a thousand tasks that wait for the same agent are one line and not a thousand.

import ScrivenerModel

/// Looks for issues.
struct SessionIssues {
    let snapshot: SessionSnapshot
    /// By task id.
    let explained: [String: Explanation]
    let annexes: [ResultHandle: AgentResult]
    let analysis: ScheduleAnalysis
    let unusual: UnusualRunTimes

    /// A task that has failed so often is worth a look, whatever becomes of it.
    static let manyFailures = 3

    /// The gravest first; kinds in the order of their declaration, and in each the first seen first.
    func found() -> [DiagnosticIssue] {
        var collector = IssueCollector()
        for (number, task) in snapshot.tasks.enumerated() {
            if task.status.isTerminal {
                end(of: task, &collector)
            } else if let explanation = explained[task.taskID] {
                wait(of: task, explanation, &collector)
            }
            attempts(at: task, &collector)
            slowness(of: number, task, &collector)
        }
        if analysis.timeline.clockJumps > 0 {
            collector.add(.clockJumped, key: "", count: analysis.timeline.clockJumps) { _ in }
        }
        return collector.issues
    }

    // MARK: One task

    private func end(of task: TaskSnapshot, _ collector: inout IssueCollector) {
        let last = task.executions.last
        switch task.status {
        case .completed, .cancelled: return
        case .skipped:
            let culprit = snapshot.dependencies(of: task).first {
                $0.status.isTerminal && $0.status != .completed && $0.status != .skipped
            }
            collector.add(.taskSkipped, key: culprit?.taskID ?? "", task: task.taskID) {
                $0.detail = culprit.map { "\($0.taskID) is \($0.status.rawValue)" }
            }
        case .failed:
            let failure = last?.failureClass
            collector.add(
                .taskFailed, key: "\(failure?.name ?? "") \(last?.agent ?? "")",
                task: task.taskID
            ) {
                $0.agent = last?.agent
                $0.failureClass = failure
                $0.detail = last?.record.flatMap { annexes[$0]?.failure?.message }
            }
        default:
            collector.add(.taskLost, key: last?.agent ?? "", task: task.taskID) {
                $0.agent = last?.agent
            }
        }
    }

    private func wait(
        of task: TaskSnapshot, _ explanation: Explanation, _ collector: inout IssueCollector
    ) {
        let kind: DiagnosticIssue.Kind
        switch explanation.reason {
        case .unplaceable: kind = .unplaceable
        case .unhealthy: kind = .unhealthy
        case .circuitOpen: kind = .circuitOpen
        default: return
        }
        collector.add(kind, key: explanation.message, task: task.taskID) {
            $0.detail = explanation.message
        }
    }

    private func attempts(at task: TaskSnapshot, _ collector: inout IssueCollector) {
        var failures = 0
        for execution in task.ownExecutions {
            failures += execution.hasFailed ? 1 : 0
            guard execution.failureClass == .workerLost else { continue }
            collector.add(.workerLost, key: execution.workerID, task: task.taskID) {
                $0.workerID = execution.workerID
            }
        }
        guard failures >= Self.manyFailures else { return }
        collector.add(.retriedOften, key: task.taskType, task: task.taskID) {
            $0.taskType = task.taskType
        }
    }

    private func slowness(
        of number: Int, _ task: TaskSnapshot, _ collector: inout IssueCollector
    ) {
        guard let decisive = analysis.schedule.decisiveAttempt(of: number),
            decisive.isCompleted || decisive.isOpen,
            let limit = unusual.limits[task.taskType], decisive.runTime > limit
        else { return }
        collector.add(.unusuallySlow, key: task.taskType, task: task.taskID) {
            $0.taskType = task.taskType
            $0.detail = "more than \(Figure.words(limit))"
        }
    }
}

/// Beyond which run time a task is unusual for its type.
///
/// What the pool has learned of the type counts. Without that, the session's own completed attempts
/// do: more than three times the interquartile range above the third quartile is "far out" (Tukey,
/// "Exploratory Data Analysis", 1977), and at least twice the median, lest types whose tasks all take
/// the same time have every third one reported.
struct UnusualRunTimes {
    /// Seconds, by task type. Types of which too little is known are absent.
    private(set) var limits: [String: Double]

    /// Quartiles of fewer say nothing.
    static let minimumSamples = 8

    init(
        _ snapshot: SessionSnapshot, _ analysis: ScheduleAnalysis, learned: [String: TimeSpan]
    ) {
        limits = learned.mapValues { max(0, $0.seconds) }
        var samples: [String: [Double]] = [:]
        for (number, task) in snapshot.tasks.enumerated() where limits[task.taskType] == nil {
            guard let decisive = analysis.schedule.decisiveAttempt(of: number),
                decisive.isCompleted
            else { continue }
            samples[task.taskType, default: []].append(decisive.runTime)
        }
        for (type, times) in samples where times.count >= Self.minimumSamples {
            let sorted = times.sorted()
            let upper = Figure.quantile(sorted, 0.75)
            let fence = upper + 3 * (upper - Figure.quantile(sorted, 0.25))
            limits[type] = max(fence, 2 * Figure.quantile(sorted, 0.5))
        }
    }
}
