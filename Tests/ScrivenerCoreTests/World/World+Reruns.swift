// Running sessions again, as the gateway has it done: from the archive and the facts of the one that ended.

import ScrivenerModel

@testable import ScrivenerCore

extension World {
    @discardableResult
    mutating func rerun(
        _ id: String, as new: String, _ scope: RerunScope = .failed,
        finding: FindingsSummary = FindingsSummary()
    ) -> [String] {
        guard let submission = submission(id, as: new, scope, finding) else { return [] }
        return step(.rerun(submission, token()))
    }

    /// What would become of a session's tasks: `a keep`, `b run`, in the order of the plan.
    func verdicts(_ id: String, _ scope: RerunScope = .failed) -> [String] {
        guard let archive = archive(id) else { return [] }
        let selection = RerunSelection(archive, scope)
        return archive.tasks.indices.map {
            "\(archive.tasks[$0].taskID) \(selection.action(of: $0).rawValue)"
        }
    }

    func archive(_ id: String) -> SessionSnapshot? {
        archives.first { $0.session.sessionID == id }
    }

    private func submission(
        _ id: String, as new: String, _ scope: RerunScope, _ finding: FindingsSummary
    ) -> RerunSubmission? {
        guard let archive = archive(id),
            let plan = EndedPlan(
                history.map(\.fact).filter { $0.plannedSession == archive.number })
        else { return nil }
        let records = archive.tasks.compactMap(\.committed?.record)
        return RerunSubmission(
            plan, archive, RerunSelection(archive, scope), sessionID: new,
            summaries: Dictionary(
                records.map { ($0, finding) }, uniquingKeysWith: { one, _ in one }))
    }
}
