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

    /// The same of several, in one go; without those that are not archived.
    func listings(
        _ ids: Set<String>
    ) async throws(ScrivenerError) -> [String: ResearchSession] {
        guard !ids.isEmpty else { return [:] }
        return try await ask { (journal) throws(JournalError) in
            var sessions: [String: ResearchSession] = [:]
            for id in ids { sessions[id] = try journal.listing(sessionID: id)?.session }
            return sessions
        }
    }

    /// An archived session with its plan, which is held until it is released.
    func hold(_ id: String) async throws(ScrivenerError) -> EndedSession? {
        try await ask { (journal) throws(JournalError) in
            guard let snapshot = try journal.archive(sessionID: id) else { return nil }
            let plan = try journal.plan(of: snapshot)
            journal.hold(session: snapshot.number)
            return EndedSession(snapshot: snapshot, plan: plan)
        }
    }

    /// Nobody waits for it.
    func release(_ ended: EndedSession) {
        let number = ended.snapshot.number
        _ = jobs.post(.read({ $0.release(session: number) }, abandon: {}))
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

    /// What became of a session's callbacks.
    func callbacks(ofSession number: Int64) async throws(ScrivenerError) -> [SessionCallback] {
        try await ask { (journal) throws(JournalError) in
            try journal.callbacks(ofSession: number)
        }
    }

    /// What is due for callbacks, and where it is asked for how much is pending at all.
    func due(
        _ question: DueQuestion, counting: Bool
    ) async throws(ScrivenerError) -> (due: DueDeliveries, pending: Int?) {
        try await ask { (journal) throws(JournalError) in
            (
                try journal.dueDeliveries(question),
                counting ? try journal.pendingDeliveryCount() : nil
            )
        }
    }

    /// Keeps what deliveries have come to.
    func settle(_ settlements: [DeliverySettlement]) async throws(ScrivenerError) {
        guard !settlements.isEmpty else { return }
        try await ask { (journal) throws(JournalError) in try journal.settle(settlements) }
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

/// A session that has ended, with what it takes to run it again.
struct EndedSession: Sendable {
    var snapshot: SessionSnapshot
    var plan: EndedPlan
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
    static let journalFull = ScrivenerError(
        .storageFull, "the journal's disk is full; nothing new is taken until there is room",
        retryAfterSeconds: 10)
}
