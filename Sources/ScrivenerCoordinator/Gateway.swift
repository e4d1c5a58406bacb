// The coordinator as HTTP sees it: requests go into the loop's mailbox and wait for a reply; what
// has ended is read from the journal on the journal's thread.

import ScrivenerCore
import ScrivenerHTTP
import ScrivenerModel
import ScrivenerStore
import ScrivenerWire
import ZeroMQ

/// Implements the HTTP face's gateway on the loop and the journal.
final class Gateway: CoordinatorGateway {
    let mailbox: Mailbox<LoopRequest>
    private let notices: Mailbox<LoopNotice>
    let journal: JournalReader
    let settings: CoordinatorSettings
    let output: OutputTails
    /// Absent when nobody records spans.
    let spans: SessionSpans?

    init(
        mailbox: Mailbox<LoopRequest>, notices: Mailbox<LoopNotice>, journal: JournalReader,
        output: OutputTails, settings: CoordinatorSettings, spans: SessionSpans?
    ) {
        self.mailbox = mailbox
        self.notices = notices
        self.journal = journal
        self.output = output
        self.settings = settings
        self.spans = spans
    }

    /// The gateway exists only once the journal was read back.
    var isReady: Bool { true }

    // MARK: Submission

    func submit(
        planJSON: [UInt8], idempotencyKey: String?, trace: TraceContext?, end: PendingEnd?
    ) async throws(ScrivenerError) -> SubmissionReceipt {
        let plan = try PlanParser.plan(
            fromJSON: planJSON, defaults: settings.defaults, limits: settings.acceptedPlans,
            catalogue: settings.catalogue)
        // A key stands for an id, and ids are durable: a repeated request finds its session, also
        // after a restart of the coordinator.
        let derived = plan.sessionID == nil ? idempotencyKey.map(SessionIDs.derived(fromKey:)) : nil
        let id: String
        if let known = plan.sessionID ?? derived {
            id = known
            guard try await !journal.isArchived(id) else {
                return try await existing(id, derived, end)
            }
        } else {
            // Nobody has a random id already: the journal need not be asked.
            id = SessionIDs.random()
        }
        var (compiled, payload) = PlanCompiler.compile(
            plan, sessionID: id, defaults: settings.defaults)
        compiled.trace = self.trace(of: id, below: trace)
        let submission = compiled
        let reply = await ask {
            .submit(submission, payload: payload, plan.callbacks, end, $0)
        }
        if case .session(let number, let session) = reply {
            output.begin(session.sessionID, number: number)
            return SubmissionReceipt(session: session, created: true)
        }
        spans?.drop(submission.trace)
        switch reply {
        case .refused(let error) where error.code == .sessionExists:
            return try await existing(id, derived, end)
        default: throw unexpected(reply)
        }
    }

    /// The place of a session that is about to be opened in the trace that the request belongs to.
    func trace(of id: String, below trace: TraceContext?) -> SessionTrace? {
        spans.map { $0.begin(id, below: trace) } ?? trace.map { SessionTrace($0) }
    }

    func stopWaiting() { _ = notices.post(.stopWaiting) }

    private func existing(
        _ id: String, _ derived: String?, _ end: PendingEnd?
    ) async throws(ScrivenerError) -> SubmissionReceipt {
        guard derived == nil else {
            let session = try await session(id, end)
            if let other = session.rerunOf {
                throw Self.keyLedElsewhere(to: id, "which runs \(other) again")
            }
            return SubmissionReceipt(session: session, created: false)
        }
        throw ScrivenerError(
            .sessionExists, "a session with the id \(id) exists",
            mistakes: [
                Mistake(.sessionExists, at: "/session_id", "the id is taken", actual: id)
            ])
    }

    static func keyLedElsewhere(to id: String, _ what: String) -> ScrivenerError {
        ScrivenerError(
            .sessionExists, "the idempotency key has led to \(id), \(what)",
            mistakes: [
                Mistake(
                    .sessionExists, at: "Idempotency-Key", "was used for another request",
                    actual: id)
            ])
    }

    // MARK: Sessions

    func session(_ id: String) async throws(ScrivenerError) -> ResearchSession {
        try await session(id, nil)
    }

    func session(forKey key: String) async throws(ScrivenerError) -> ResearchSession? {
        do throws(ScrivenerError) {
            return try await session(SessionIDs.derived(fromKey: key))
        } catch {
            guard error.code == .sessionNotFound else { throw error }
            return nil
        }
    }

    /// A session, and later its end for whoever wants to hear of it.
    func session(
        _ id: String, _ end: PendingEnd?
    ) async throws(ScrivenerError) -> ResearchSession {
        let reply = await ask { waiter in
            end.map { .awaitEnd(sessionID: id, $0, waiter) } ?? .query(.session(id: id), waiter)
        }
        switch reply {
        case .session(_, let session): return session
        case .notOpen:
            let session = try await listing(id).session
            end?.fulfil(session)
            return session
        default: throw unexpected(reply)
        }
    }

    func results(_ id: String) async throws(ScrivenerError) -> SessionResults {
        let snapshot = try await snapshot(id)
        let (annexes, payloads) = try await journal.records(of: snapshot)
        return ResultAggregator.aggregate(
            snapshot, annexes: annexes, payloads: payloads, context: try await context(of: snapshot)
        )
    }

    func explain(
        session id: String, task: String
    ) async throws(ScrivenerError) -> Explanation {
        let reply = await ask { .query(.explain(sessionID: id, taskID: task), $0) }
        switch reply {
        case .explanation(let explanation): return explanation
        case .notOpen:
            let snapshot = try await archived(id)
            let ended = try snapshot.task(task)
            return Explanation(
                taskID: task, status: ended.status, reason: .ended,
                message: "the task is \(ended.status.rawValue)",
                wakes: "nothing: the task is over")
        default: throw unexpected(reply)
        }
    }

    // MARK: Following

    func follow(_ id: String) async throws(ScrivenerError) -> Following {
        let reply = await withCheckedContinuation { (continuation: WatchContinuation) in
            if !mailbox.post(.watch(sessionID: id, continuation)) {
                continuation.resume(returning: .refused(Self.overloaded))
            }
        }
        switch reply {
        case .following(let stream): return .open(stream)
        case .refused(let error): throw error
        case .notOpen: return .over
        }
    }

    func changes(
        _ id: String, since position: FollowerPosition
    ) async throws(ScrivenerError) -> SessionChanges? {
        let reply = await ask { .query(.changes(sessionID: id, since: position), $0) }
        switch reply {
        case .changes(let changes): return changes
        case .notOpen: return nil
        default: throw unexpected(reply)
        }
    }

    func ended(
        _ id: String
    ) async throws(ScrivenerError) -> (session: ResearchSession, ends: [TaskChange]) {
        let snapshot = try await archived(id)
        return (
            snapshot.session, snapshot.endOrder.map { snapshot.tasks[Int($0)].change }
        )
    }

    // MARK: Asking

    func snapshot(_ id: String) async throws(ScrivenerError) -> SessionSnapshot {
        let reply = await ask { .query(.snapshot(id: id), $0) }
        switch reply {
        case .snapshot(let snapshot): return snapshot
        case .notOpen: return try await archived(id)
        default: throw unexpected(reply)
        }
    }

    func archived(_ id: String) async throws(ScrivenerError) -> SessionSnapshot {
        guard let snapshot = try await journal.archive(id) else { throw Self.notFound(id) }
        return snapshot
    }

    /// An archived session, without its tasks.
    func listing(_ id: String) async throws(ScrivenerError) -> SessionListing {
        guard let listing = try await journal.listing(id) else { throw Self.notFound(id) }
        return listing
    }

    static func notFound(_ id: String) -> ScrivenerError {
        ScrivenerError(.sessionNotFound, "no session has the id \(id)")
    }

    /// A full inbox is an error, not a wait.
    func ask(_ request: (ReplyContinuation) -> LoopRequest) async -> Reply {
        await withCheckedContinuation { continuation in
            if !mailbox.post(request(continuation)) {
                continuation.resume(returning: .refused(Self.overloaded))
            }
        }
    }

    static let overloaded = ScrivenerError(
        .overloaded, "the coordinator's inbox is full", retryAfterSeconds: 1)

    func unexpected(_ reply: Reply) -> ScrivenerError {
        if case .refused(let error) = reply { return error }
        return ScrivenerError(.internalError, "the coordinator gave an answer of another kind")
    }
}
