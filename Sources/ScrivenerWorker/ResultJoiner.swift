// The machine tells one result a message, since it does not know how large they are. Of short tasks
// many end in one turn of the loop, and a message of their own each costs more than the work: plain
// small results that follow each other go together.

import ScrivenerModel

/// Joins the results of one turn.
struct ResultJoiner {
    private var epoch: Int64 = 0
    private var joined: [AttemptResult] = []

    /// Results in one message.
    static let maximumResults = 64
    /// A payload up to so many bytes is small.
    static let smallPayloadBytes = 4 << 10

    /// Takes the next message.
    ///
    /// - Returns: what is to be sent now, in order.
    mutating func add(_ message: WorkerMessage) -> [WorkerMessage] {
        guard case .results(let batch) = message, batch.items.allSatisfy(Self.isSmall) else {
            return [finish(), message].compactMap(\.self)
        }
        var due: [WorkerMessage] = []
        if batch.epoch != epoch || joined.count + batch.items.count > Self.maximumResults {
            if let full = finish() { due.append(full) }
        }
        epoch = batch.epoch
        joined += batch.items
        return due
    }

    /// What is left at the end of the turn.
    mutating func finish() -> WorkerMessage? {
        guard !joined.isEmpty else { return nil }
        let batch = ResultBatch(epoch: epoch, items: joined)
        joined.removeAll(keepingCapacity: true)
        return .results(batch)
    }

    /// Findings, failures and proposals are what can make a result large beside its payload.
    private static func isSmall(_ result: AttemptResult) -> Bool {
        let result = result.result
        return result.payload.bytes.count <= smallPayloadBytes && result.findings.isEmpty
            && result.failure == nil && result.proposedTasks == nil
    }
}
