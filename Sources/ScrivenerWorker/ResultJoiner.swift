// The machine tells results as they come, since it does not know how large they are: of short tasks many
// end in one turn of the loop, and a message each would cost more than the work. Plain small results
// that follow each other go together, and what may be large alone.

import ScrivenerModel

/// Makes messages of the results of one turn.
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
        guard case .results(let batch) = message else {
            return [finish(), message].compactMap(\.self)
        }
        var due: [WorkerMessage] = []
        if batch.epoch != epoch, let earlier = finish() { due.append(earlier) }
        epoch = batch.epoch
        for result in batch.items {
            let isSmall = Self.isSmall(result)
            if !isSmall || joined.count == Self.maximumResults, let full = finish() {
                due.append(full)
            }
            if isSmall {
                joined.append(result)
            } else {
                due.append(.results(ResultBatch(epoch: epoch, items: [result])))
            }
        }
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
