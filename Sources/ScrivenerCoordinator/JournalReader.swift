// Reads from the journal for people: questions run on the journal's thread, between commits, and
// answer whoever waits for them.

import ScrivenerCore
import ScrivenerModel
import ScrivenerStore
import ScrivenerWire
import ZeroMQ

/// Asks the journal.
struct JournalReader: Sendable {
    private let jobs: Mailbox<JournalJob>

    init(jobs: Mailbox<JournalJob>) { self.jobs = jobs }

    /// An archived session, or `nil` when no archived session has this id.
    func archive(_ id: String) async throws(ScrivenerError) -> SessionSnapshot? {
        try await ask { (journal) throws(JournalError) in try journal.archive(sessionID: id) }
    }

    func isArchived(_ id: String) async throws(ScrivenerError) -> Bool {
        try await ask { (journal) throws(JournalError) in try journal.isKnown(sessionID: id) }
    }

    func archives(
        limit: Int, after cursor: Int64?, status: SessionStatus?
    ) async throws(ScrivenerError) -> [SessionListing] {
        try await ask { (journal) throws(JournalError) in
            try journal.archives(limit: limit, after: cursor, status: status)
        }
    }

    /// What a session's attempts left: the typed part of each, and the payloads of those whose
    /// result counts.
    func records(
        of snapshot: SessionSnapshot, withPayloads: Bool = true
    ) async throws(ScrivenerError) -> (
        annexes: [ResultHandle: AgentResult], payloads: [ResultHandle: RawJSON]
    ) {
        let all = snapshot.tasks.flatMap(\.executions).compactMap(\.record)
        let committed = withPayloads ? snapshot.tasks.compactMap { $0.committed?.record } : []
        let handles = all.map(\.annex) + committed.map(\.payload)
        let bytes = try await ask { (journal) throws(JournalError) in try journal.read(handles) }
        var annexes: [ResultHandle: AgentResult] = [:]
        for (handle, annex) in zip(all, bytes) {
            do throws(WireError) {
                annexes[handle] = try WireCodec.decode(annex: annex, payload: .null)
            } catch {
                throw ScrivenerError(
                    .journalCorrupt, "a result in row \(handle.row) cannot be read: \(error)")
            }
        }
        let payloads = zip(committed, bytes.dropFirst(all.count)).map { ($0, RawJSON($1)) }
        return (annexes, Dictionary(payloads, uniquingKeysWith: { first, _ in first }))
    }

    private func ask<Value: Sendable>(
        _ question: @escaping @Sendable (any SessionJournal) throws(JournalError) -> Value
    ) async throws(ScrivenerError) -> Value {
        let answer = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Value, ScrivenerError>, Never>) in
            let job = JournalJob.read(
                { journal in
                    do throws(JournalError) {
                        continuation.resume(returning: .success(try question(journal)))
                    } catch {
                        continuation.resume(returning: .failure(error.scrivenerError))
                    }
                },
                abandon: { continuation.resume(returning: .failure(.stopping)) })
            if !jobs.post(job) { continuation.resume(returning: .failure(.stopping)) }
        }
        return try answer.get()
    }
}

extension ScrivenerError {
    static let stopping = ScrivenerError(.shuttingDown, "the coordinator is stopping")
}
