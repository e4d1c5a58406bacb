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

    /// The same without its tasks.
    func listing(_ id: String) async throws(ScrivenerError) -> SessionListing? {
        try await ask { (journal) throws(JournalError) in try journal.listing(sessionID: id) }
    }

    func isArchived(_ id: String) async throws(ScrivenerError) -> Bool {
        try await ask { (journal) throws(JournalError) in try journal.isKnown(sessionID: id) }
    }

    func archives(
        limit: Int, after cursor: Int64?, status: SessionStatus?, since: WallTime?
    ) async throws(ScrivenerError) -> [SessionListing] {
        try await ask { (journal) throws(JournalError) in
            try journal.archives(limit: limit, after: cursor, status: status, since: since)
        }
    }

    /// What a session's attempts left: the typed part of each, and the payloads of those whose
    /// result counts.
    func records(
        of snapshot: SessionSnapshot, withPayloads: Bool = true
    ) async throws(ScrivenerError) -> (
        annexes: [ResultHandle: AgentResult], payloads: [ResultHandle: RawJSON]
    ) {
        try await records(SessionRecords(snapshot.tasks, withPayloads: withPayloads))
    }

    /// The typed part of what a task's attempts left.
    func annexes(
        of task: TaskSnapshot
    ) async throws(ScrivenerError) -> [ResultHandle: AgentResult] {
        let wanted = SessionRecords([task], withPayloads: false)
        guard !wanted.handles.isEmpty else { return [:] }
        return try await records(wanted).annexes
    }

    private func records(
        _ wanted: SessionRecords
    ) async throws(ScrivenerError) -> (
        annexes: [ResultHandle: AgentResult], payloads: [ResultHandle: RawJSON]
    ) {
        let bytes = try await ask { (journal) throws(JournalError) in
            try journal.read(wanted.handles)
        }
        return try wanted.decode(bytes)
    }

    /// Writes a copy of the journal. Commits wait meanwhile.
    func backUp(to path: String) async throws(ScrivenerError) {
        try await ask { (journal) throws(JournalError) in try journal.backUp(to: path) }
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

/// What the attempts of a session left in the journal.
struct SessionRecords: Sendable {
    /// The typed parts of all results.
    private let all: [ResultHandle]
    /// The payloads of those that count.
    private let committed: [ResultHandle]

    init(_ tasks: [TaskSnapshot], withPayloads: Bool = true) {
        all = tasks.flatMap(\.executions).compactMap(\.record)
        committed = withPayloads ? tasks.compactMap { $0.committed?.record } : []
    }

    var handles: [PayloadHandle] { all.map(\.annex) + committed.map(\.payload) }

    /// - Parameter bytes: what the handles name, in their order.
    func decode(
        _ bytes: PayloadBytes
    ) throws(ScrivenerError) -> (
        annexes: [ResultHandle: AgentResult], payloads: [ResultHandle: RawJSON]
    ) {
        var annexes: [ResultHandle: AgentResult] = [:]
        for (index, handle) in all.enumerated() {
            do throws(WireError) {
                annexes[handle] = try WireCodec.decode(
                    annex: Array(bytes[index]), payload: .null)
            } catch {
                throw ScrivenerError(
                    .journalCorrupt, "a result in row \(handle.row) cannot be read: \(error)")
            }
        }
        let payloads = committed.enumerated().map { index, handle in
            (handle, RawJSON(Array(bytes[all.count + index])))
        }
        return (annexes, Dictionary(payloads, uniquingKeysWith: { first, _ in first }))
    }
}

extension ScrivenerError {
    static let stopping = ScrivenerError(.shuttingDown, "the coordinator is stopping")
}
