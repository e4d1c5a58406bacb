// What running a session again would come to, for people.

import ScrivenerModel

extension Tables {
    static func rerun(_ preview: RerunPreview, columns: Int?) -> String {
        var table = TableRenderer(columns: [
            .init(title: "TASK", isFlexible: true), .init(title: "STATUS"),
            .init(title: "WOULD"), .init(title: "BECAUSE", isFlexible: true),
        ])
        for task in preview.tasks {
            table.add([task.taskID, task.status.rawValue, task.action.described, task.described])
        }
        var counts =
            "\(Readable.count(preview.tasksToRun, "task")) would run, \(preview.tasksKept) would be kept"
        if preview.tasksDropped > 0 { counts += ", \(preview.tasksDropped) would be left out" }
        if preview.tasksOmitted > 0 { counts += "; \(preview.tasksOmitted) are not listed" }
        return table.rendered(width: columns) + "\n" + counts + "\n"
    }
}

extension RerunAction {
    fileprivate var described: String {
        switch self {
        case .keep: "be kept"
        case .run: "run"
        case .drop: "be left out"
        }
    }
}

extension RerunTask {
    fileprivate var described: String {
        let other = because ?? "another task"
        return switch reason {
        case .completed: "it completed"
        case .notCompleted: "it did not complete"
        case .dependencyRuns: "\(other), which it depends on, runs again"
        case .adderRuns: "\(other), which added it, runs again"
        case .additionDropped: "\(other), which it added, depends on what is left out"
        case .requested: "everything runs again"
        }
    }
}
