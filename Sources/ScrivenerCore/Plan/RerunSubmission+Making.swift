// Makes the plan of a rerun out of that of the session which has ended: the same tasks, without the
// additions that are left out, numbered without gaps.

import ScrivenerModel

extension RerunSubmission {
    /// - Parameters:
    ///   - ended: the session's plan. Its tasks are those of the snapshot, in the same order.
    ///   - snapshot: of the session that has ended.
    ///   - selection: what becomes of its tasks.
    ///   - id: of the new session.
    ///   - summaries: what progress counts of results that are kept, by where they lie.
    package init(
        _ ended: EndedPlan, _ snapshot: SessionSnapshot, _ selection: RerunSelection,
        sessionID id: String, summaries: [ResultHandle: FindingsSummary]
    ) {
        var plan = ended.plan
        plan.sessionID = id
        // It belongs to the trace of whoever asked for it.
        plan.trace = nil
        // Number of each task in the new session, or -1.
        var numbers = Array(0..<Int32(plan.tasks.count))
        var additions: [GraphExtension] = []
        for addition in ended.additions {
            let first = numbers.count
            let next = Int32(plan.tasks.count + additions.reduce(0) { $0 + $1.tasks.count })
            let count = addition.tasks.count
            // All that one result has added goes the same way.
            guard count > 0, selection.action(of: first) != .drop else {
                numbers += Array(repeating: -1, count: count)
                continue
            }
            numbers += (0..<Int32(count)).map { next + $0 }
            var kept = addition
            kept.by = numbers[Int(addition.by)]
            kept.tasks.dependencies = addition.tasks.dependencies.map { numbers[Int($0)] }
            additions.append(kept)
        }
        let results = snapshot.tasks.enumerated().compactMap { number, task -> KeptResult? in
            guard selection.action(of: number) == .keep, let committed = task.committed,
                let record = committed.record
            else { return nil }
            return KeptResult(
                task: numbers[number], execution: committed, record: record,
                summary: summaries[record] ?? FindingsSummary())
        }
        self.init(
            of: snapshot.session.sessionID, plan: plan, additions: additions, results: results)
    }
}
