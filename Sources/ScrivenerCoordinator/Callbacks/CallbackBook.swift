// The open sessions that have callbacks, and what these are to be told. When a batch is sealed, the
// book goes through its facts and writes down the messages that follow from them; they go to the
// journal in the same commit. While no open session has callbacks nothing is gone through.

import ScrivenerBatch
import ScrivenerCore
import ScrivenerModel
import ScrivenerStore
import ScrivenerWire

/// What callbacks of open sessions want to hear. Confined to the loop's thread.
struct CallbackBook {
    /// How many events of a session are told beside its end. A plan of 100,000 tasks that all fail
    /// is not told 100,000 times: the end says how many there were.
    static let maximumEvents: Int64 = 1_000

    private struct Entry {
        var sessionID: String
        var callbacks: [(place: Int, events: Set<CallbackEvent>)] = []
        /// How many events were told.
        var told: Int64 = 0
    }

    private var entries: [Int64: Entry] = [:]
    private var changes = CallbackChanges()

    init(_ open: [OpenCallback] = []) {
        for callback in open {
            let session = callback.key.session
            var entry = entries[session] ?? Entry(sessionID: callback.sessionID)
            entry.callbacks.append((callback.key.place, Set(callback.events)))
            entry.told = max(entry.told, callback.lastOrdinal)
            entries[session] = entry
        }
    }

    var isEmpty: Bool { entries.isEmpty }

    /// The session that a plan has opened gets its callbacks.
    ///
    /// - Parameter facts: what the submission came to; without an opening where it was refused.
    mutating func subscribe(_ callbacks: [PlanCallback], openedBy facts: ArraySlice<SessionFact>) {
        guard !callbacks.isEmpty else { return }
        for case .sessionOpened(let opening) in facts {
            let sessionID = opening.plan.sessionID
            changes.subscriptions.append(
                CallbackSubscription(
                    session: opening.number, sessionID: sessionID, callbacks: callbacks))
            entries[opening.number] = Entry(
                sessionID: sessionID,
                callbacks: callbacks.enumerated().map { ($0.offset, Set($0.element.events)) })
        }
    }

    /// What the batch is to write about callbacks, which it takes along.
    mutating func seal(
        _ batch: OpenBatch, of core: OrchestratorCore, at now: Moment
    ) -> CallbackChanges {
        if !isEmpty {
            let at = batch.outcome.moment ?? now
            tellOfFacts(batch, core, at)
            for archive in batch.outcome.archives { tellOfEnd(archive, at) }
        }
        defer { changes = CallbackChanges() }
        return changes
    }

    private mutating func tellOfFacts(
        _ batch: OpenBatch, _ core: OrchestratorCore, _ at: Moment
    ) {
        for fact in batch.outcome.facts {
            switch fact {
            case .sessionPaused(let number, let mode):
                guard let session = session(number, batch, core, at) else { continue }
                tell(.sessionPaused, of: number, at) {
                    CallbackBody.session(session, running: mode)
                }
            case .sessionResumed(let number):
                guard let session = session(number, batch, core, at) else { continue }
                tell(.sessionResumed, of: number, at) { CallbackBody.session(session) }
            case .attemptEnded(let attempt, let ending) where ending.disposition == .final:
                switch ending.outcome {
                case .failed(let failureClass):
                    tellOfFailure(attempt, failureClass, ending.record, batch, core, at)
                // Handed back, and not to be executed twice.
                case .workerLost, .released:
                    tellOfFailure(attempt, .workerLost, ending.record, batch, core, at)
                // The agent gave up by itself; where the task was cancelled it has not failed.
                case .cancelled:
                    tellOfFailure(attempt, .cancelled, ending.record, batch, core, at)
                case .completed, .superseded: continue
                }
            case .attemptDied(let attempt, .quarantined, let record)
            where entries[attempt.session] != nil && !ends(attempt, batch):
                tellOfFailure(attempt, .poison, record, batch, core, at)
            default: continue
            }
        }
    }

    /// Whether the batch says how the attempt ended, as it does of one that still ran.
    private func ends(_ attempt: AttemptReference, _ batch: OpenBatch) -> Bool {
        batch.outcome.facts.contains {
            if case .attemptEnded(attempt, _) = $0 { true } else { false }
        }
    }

    private func session(
        _ number: Int64, _ batch: OpenBatch, _ core: OrchestratorCore, _ at: Moment
    ) -> ResearchSession? {
        guard entries[number] != nil else { return nil }
        return core.session(number: number, at: at.instant)
            ?? batch.outcome.archives.first { $0.number == number }?.session
    }

    private mutating func tellOfFailure(
        _ attempt: AttemptReference, _ failureClass: FailureClass, _ record: ResultHandle?,
        _ batch: OpenBatch, _ core: OrchestratorCore, _ at: Moment
    ) {
        guard let entry = entries[attempt.session], entry.told < Self.maximumEvents,
            let task = core.task(attempt.task, of: attempt.session) ?? archived(attempt, batch),
            task.status == .failed || task.status == .lost
        else { return }
        tell(.taskFailed, of: attempt.session, at) {
            CallbackBody.task(
                id: task.id, status: task.status, of: entry.sessionID,
                attempt: Int(attempt.attempt), failureClass: failureClass,
                failure: record.flatMap { Self.failure($0, in: batch.payload) })
        }
    }

    private func archived(
        _ attempt: AttemptReference, _ batch: OpenBatch
    ) -> (id: String, status: TaskStatus)? {
        guard
            let tasks = batch.outcome.archives.first(where: { $0.number == attempt.session })?
                .tasks,
            tasks.indices.contains(Int(attempt.task))
        else { return nil }
        return (tasks[Int(attempt.task)].taskID, tasks[Int(attempt.task)].status)
    }

    /// The failure in a result that came with the batch.
    private static func failure(_ record: ResultHandle, in payload: [UInt8]) -> AgentFailure? {
        let annex = record.annex
        let range = Int(annex.offset)..<Int(annex.offset) + Int(annex.length)
        guard annex.length > 0, range.upperBound <= payload.count else { return nil }
        return try? WireCodec.decode(annex: Array(payload[range]), payload: .null).failure
    }

    private mutating func tellOfEnd(_ archive: SessionSnapshot, _ at: Moment) {
        guard entries[archive.number] != nil else { return }
        if let event = CallbackEvent.end(in: archive.session.sessionState) {
            tell(event, of: archive.number, at) { CallbackBody.session(archive.session) }
        }
        entries[archive.number] = nil
        changes.closed.append(archive.number)
    }

    private mutating func tell(
        _ event: CallbackEvent, of session: Int64, _ at: Moment, data: () -> JSONValue
    ) {
        guard let entry = entries[session] else { return }
        let places = entry.callbacks.filter { $0.events.contains(event) }.map(\.place)
        let isEnd = CallbackEvent.ends.contains(event)
        guard !places.isEmpty, isEnd || entry.told < Self.maximumEvents else { return }
        let ordinal = entry.told + 1
        entries[session]?.told = ordinal
        let id = Self.messageID()
        let body = CallbackBody.message(id: id, event, at: at.wall, data: data())
        for place in places {
            changes.messages.append(
                CallbackMessage(
                    key: CallbackKey(session: session, place: place), ordinal: ordinal, id: id,
                    event: event, at: at.wall, body: body))
        }
    }

    private static func messageID() -> String {
        let bits = (0..<2).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        return "msg_" + bits.joined()
    }
}
