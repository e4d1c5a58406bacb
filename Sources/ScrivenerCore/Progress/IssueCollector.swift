// Gathers findings about single tasks into issues, and puts each into a sentence.

import ScrivenerModel

/// Issues by kind and by what tasks have in common.
struct IssueCollector {
    /// What tasks with the same trouble have in common.
    struct Group {
        let kind: DiagnosticIssue.Kind
        var count = 0
        /// Ids, up to a limit.
        var tasks: [String] = []
        var latestTask: String?
        var taskType: String?
        var agent: String?
        var workerID: String?
        var failureClass: FailureClass?
        /// What is known beyond that, in words.
        var detail: String?
        /// Whether it stands for several groups for which there was no room.
        var isRest = false
    }

    private var groups: [DiagnosticIssue.Kind: [Group]] = [:]
    private var places: [DiagnosticIssue.Kind: [String: Int]] = [:]

    /// Groups of one kind beyond these are gathered into the last.
    static let maximumGroups = 20
    /// How many tasks an issue names.
    static let maximumTasks = 20

    /// - Parameters:
    ///   - key: equal for tasks with the same trouble.
    ///   - describe: fills in what a new group has in common.
    mutating func add(
        _ kind: DiagnosticIssue.Kind, key: String, task: String? = nil, count: Int = 1,
        describe: (inout Group) -> Void
    ) {
        let place = place(of: key, kind, describe: describe)
        // A task that lost the same worker twice has the trouble once.
        if let task, groups[kind]?[place].latestTask == task { return }
        groups[kind]?[place].latestTask = task
        groups[kind]?[place].count += count
        if let task, groups[kind, default: []][place].tasks.count < Self.maximumTasks {
            groups[kind]?[place].tasks.append(task)
        }
    }

    private mutating func place(
        of key: String, _ kind: DiagnosticIssue.Kind, describe: (inout Group) -> Void
    ) -> Int {
        if let place = places[kind]?[key] { return place }
        let count = groups[kind]?.count ?? 0
        if count < Self.maximumGroups {
            var group = Group(kind: kind)
            describe(&group)
            groups[kind, default: []].append(group)
            places[kind, default: [:]][key] = count
            return count
        }
        if count == Self.maximumGroups {
            groups[kind]?.append(Group(kind: kind, isRest: true))
        }
        return Self.maximumGroups
    }

    /// The gravest first.
    var issues: [DiagnosticIssue] {
        DiagnosticIssue.Kind.allCases.flatMap { groups[$0] ?? [] }.map(\.issue)
    }
}

extension IssueCollector.Group {
    fileprivate var issue: DiagnosticIssue {
        DiagnosticIssue(
            kind: kind, message: isRest ? rest : message, count: count, tasks: tasks,
            taskType: taskType, agent: agent, workerID: workerID, failureClass: failureClass)
    }

    private var message: String {
        switch kind {
        case .taskFailed:
            let reason = failureClass.map { " (\($0.name))" } ?? ""
            let place = agent.map { " at \($0)" } ?? " without an attempt"
            return "\(number) failed\(place)\(reason)\(suffix)"
        case .taskLost:
            let place = agent.map { " at \($0)" } ?? ""
            return "\(number) may or may not have been executed\(place)"
        case .unplaceable: return "\(number) cannot be placed\(suffix)"
        case .unhealthy: return "\(number) held up by agents that are not well\(suffix)"
        case .circuitOpen: return "\(number) held up by a circuit breaker\(suffix)"
        case .workerLost: return "\(number) lost an attempt with worker \(workerID ?? "")"
        case .retriedOften:
            return "\(number) of type \(taskType ?? "") failed "
                + "\(SessionIssues.manyFailures) times or more"
        case .unusuallySlow:
            return "\(number) of type \(taskType ?? "") took longer than usual\(suffix)"
        case .taskSkipped: return "\(number) skipped\(suffix)"
        case .clockJumped:
            return "\(count) times of this session lie before what they follow: the wall clock "
                + "was set back, and figures in seconds are approximate"
        }
    }

    private var rest: String { "\(kind.rawValue): \(number) beyond the ones listed" }
    private var number: String { count == 1 ? "1 task" : "\(count) tasks" }
    private var suffix: String { detail.map { ": \($0)" } ?? "" }
}
