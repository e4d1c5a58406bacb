// The batch that the loop is filling: what the machine's handling of events came to, with the bytes
// that came along. While one batch is being committed the next fills; that is the group commit.

package import ScrivenerCore
package import ScrivenerModel
import ScrivenerStore

/// What the loop gathers between two commits.
package struct OpenBatch {
    package var outcome = Outcome()
    /// Payloads that came with events of this batch, back to back.
    package var payload: [UInt8] = []

    package init() {}

    /// Whether there is something to write.
    package var isDurable: Bool { !outcome.facts.isEmpty || !outcome.archives.isEmpty }

    package var isEmpty: Bool { !isDurable && outcome.effects.isEmpty && outcome.changes.isEmpty }

    /// What is worth keeping of the payload: nothing, where no fact names any of it, as when all
    /// results were refused.
    package var namedPayload: [UInt8] {
        JournalBatch.namesPayload(outcome.facts) ? payload : []
    }

    /// Begins another payload, after the batch was handed over with the one that there was. With room
    /// for as much again, within reason, and no more: parts of payloads are kept for long.
    package mutating func renewPayload() {
        let count = payload.count
        payload = []
        payload.reserveCapacity(min(count, 1 << 20))
    }

    /// Puts bytes into the batch.
    ///
    /// - Parameter row: the sequence number that the batch will be committed under.
    package mutating func keep(_ bytes: some Collection<UInt8>, row: Int64) -> PayloadHandle {
        let offset = payload.count
        payload.append(contentsOf: bytes)
        return PayloadHandle(row: row, offset: UInt32(offset), length: UInt32(bytes.count))
    }

    /// Puts a result into the batch: its payload, and behind it the annex.
    package mutating func keep(payload bytes: [UInt8], annex: [UInt8], row: Int64) -> ResultHandle {
        let offset = payload.count
        payload.append(contentsOf: bytes)
        payload.append(contentsOf: annex)
        return ResultHandle(
            row: row, offset: UInt32(offset), payloadLength: UInt32(bytes.count),
            annexLength: UInt32(annex.count))
    }
}

/// A batch on its way to disk, with what is to be done when it is there.
package struct SealedBatch {
    package var effects: [OrchestratorEffect]
    /// For each dispatch among the effects, in order, what its attempts are to be told.
    package var dispatches: [SealedDispatch]
    /// Sessions that end with it.
    package var endings: [SessionEnding]
    /// For those who follow the pool.
    package var changes: [PoolChange]
    /// The commit that the batch is, or that was the last before it.
    package var sequence: Int64
    /// Whether it has something to tell to callbacks.
    package var hasMessages: Bool

    package init(
        _ outcome: Outcome, _ dispatches: [SealedDispatch], sequence: Int64, hasMessages: Bool
    ) {
        effects = outcome.effects
        self.dispatches = dispatches
        endings = outcome.archives.map { SessionEnding(number: $0.number, session: $0.session) }
        changes = outcome.changes
        self.sequence = sequence
        self.hasMessages = hasMessages
    }
}

/// A session that ended.
package struct SessionEnding {
    package var number: Int64
    package var session: ResearchSession
}
