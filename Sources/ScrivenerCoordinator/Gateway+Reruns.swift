// A session that has ended is run again: what is kept of it is read from the journal, and what becomes of
// its tasks is decided here, before anything is opened. While that lasts the journal keeps the session from
// being retired: the new one names its payloads.

import ScrivenerCore
import ScrivenerHTTP
import ScrivenerModel

extension Gateway {
    func rerun(
        _ id: String, _ scope: RerunScope, idempotencyKey: String?, trace: TraceContext?,
        end: PendingEnd?
    ) async throws(ScrivenerError) -> SubmissionReceipt {
        let derived = idempotencyKey.map(SessionIDs.derived(fromKey:))
        if let derived, let known = try await rerun(of: id, knownAs: derived, end) { return known }
        let new = derived ?? SessionIDs.random()
        let ended = try await holdEnded(id)
        defer { journal.release(ended) }
        let selection = RerunSelection(ended.snapshot, scope)
        try check(ended, selection)
        var draft = RerunSubmission(
            ended.plan, ended.snapshot, selection, sessionID: new,
            summaries: try await summaries(of: ended.snapshot, selection))
        draft.plan.trace = self.trace(of: new, below: trace)
        let submission = draft
        let reply = await ask { .rerun(submission, end, $0) }
        if case .session(let number, let session) = reply {
            output.begin(session.sessionID, number: number)
            return SubmissionReceipt(session: session, created: true)
        }
        spans?.drop(submission.plan.trace)
        switch reply {
        case .refused(let error) where error.code == .sessionExists:
            // The same request, sent twice at once.
            guard let known = try await rerun(of: id, knownAs: new, end) else { throw error }
            return known
        default: throw unexpected(reply)
        }
    }

    func rerunPreview(
        _ id: String, _ scope: RerunScope
    ) async throws(ScrivenerError) -> RerunPreview {
        let ended = try await holdEnded(id)
        defer { journal.release(ended) }
        return RerunSelection(ended.snapshot, scope).preview
    }

    /// The session that an idempotency key has led to; `nil` when there is none.
    private func rerun(
        of id: String, knownAs new: String, _ end: PendingEnd?
    ) async throws(ScrivenerError) -> SubmissionReceipt? {
        let session: ResearchSession
        do throws(ScrivenerError) {
            session = try await self.session(new, end)
        } catch {
            guard error.code == .sessionNotFound else { throw error }
            return nil
        }
        guard session.rerunOf == id else {
            throw Self.keyLedElsewhere(to: new, "which does not run \(id) again")
        }
        return SubmissionReceipt(session: session, created: false)
    }

    private func holdEnded(_ id: String) async throws(ScrivenerError) -> EndedSession {
        if let ended = try await journal.hold(id) { return ended }
        let reply = await ask { .query(.session(id: id), $0) }
        switch reply {
        case .session(_, let session):
            throw ScrivenerError(
                .sessionNotEnded,
                "session \(id) is \(session.status.rawValue); it can be run again when it has ended"
            )
        case .notOpen:
            // It may have ended meanwhile.
            if let ended = try await journal.hold(id) { return ended }
            throw Self.notFound(id)
        default: throw unexpected(reply)
        }
    }

    /// Refuses what would come to nothing, and what a submission would be refused for.
    private func check(
        _ ended: EndedSession, _ selection: RerunSelection
    ) throws(ScrivenerError) {
        let id = ended.snapshot.session.sessionID
        let runs = selection.count(.run)
        guard runs > 0 else {
            throw ScrivenerError(
                .nothingToRerun,
                "every task of session \(id) completed; there is nothing to run again")
        }
        let count = runs + selection.count(.keep)
        guard count <= settings.planLimits.maximumTasks else {
            throw ScrivenerError(
                .planTooLarge, "session \(id) has too many tasks",
                mistakes: [
                    Mistake(
                        .planTooLarge, at: "", "too many tasks",
                        limit: "\(settings.planLimits.maximumTasks)", actual: "\(count)")
                ])
        }
        if let catalogue = settings.catalogue { try check(ended, selection, catalogue) }
    }

    /// Whoever executes the tasks that run is in the catalogue, as it is now.
    private func check(
        _ ended: EndedSession, _ selection: RerunSelection, _ catalogue: AgentCatalogue
    ) throws(ScrivenerError) {
        let names = catalogue.names.sorted().joined(separator: ", ")
        var known: Set<String> = catalogue.names
        var mistakes: [Mistake] = []
        for (task, kind) in ended.plan.taskClasses.enumerated()
        where selection.action(of: task) == .run {
            for name in [kind.assignedAgent ?? kind.taskType] + kind.fallbackAgents
            where known.insert(name).inserted {
                mistakes.append(
                    Mistake(
                        .planUnknownAgent, at: "/tasks/\(task)",
                        "strict_agents is on, and the catalogue has no such agent or capability",
                        limit: names, actual: name))
            }
        }
        guard mistakes.isEmpty else {
            throw ScrivenerError(
                .planUnknownAgent, "tasks ask for agents that the catalogue does not have",
                mistakes: mistakes)
        }
    }

    /// What progress counts of the results that are kept.
    private func summaries(
        of snapshot: SessionSnapshot, _ selection: RerunSelection
    ) async throws(ScrivenerError) -> [ResultHandle: FindingsSummary] {
        var kept = snapshot
        kept.tasks = snapshot.tasks.indices.filter { selection.action(of: $0) == .keep }.map {
            var task = snapshot.tasks[$0]
            task.executions = task.committed.map { [$0] } ?? []
            return task
        }
        let (annexes, _) = try await journal.records(of: kept, withPayloads: false)
        return annexes.mapValues { FindingsSummary($0.findings) }
    }
}
