// Deliberate defects of the modelled surroundings. A checker that has never reported anything may
// be asleep; each of these has to be noticed.

import ScrivenerCore
import ScrivenerModel

/// A defect to be found.
package enum Sabotage: String, Sendable, CaseIterable {
    /// The shell shows what is not on disk yet.
    case effectsBeforeCommit
    /// The shell never calls the machine when time has passed.
    case noTimers
    /// The disk forgets a batch that it has confirmed.
    case lostBatch
    /// Acknowledgements of results never arrive.
    case lostAcknowledgements
    /// Dispatches never arrive, though connections are well. Were it those to one worker alone, the
    /// others would do its work.
    case lostDispatches
    /// A dispatch comes twice, the second time as if it were new.
    case repeatedDispatch
    /// A task is given another task's result.
    case wrongInputs
    /// The proof of a cancellation is sent while the agent runs on.
    case falseProof
    /// A dispatch starts the next attempt of a task as well.
    case inventedAttempt
    /// A dispatch allows more time than the plan does.
    case longerTimeout
    /// Workers are never told that something was cancelled.
    case lostCancellations
}

/// A defect, and what it remembers.
struct SabotageState {
    let kind: Sabotage?
    var lost = 0
    /// A dispatch that will be repeated.
    var remembered: [Int: DispatchItem] = [:]
}

extension World {
    /// The row as the disk keeps it.
    func sabotaged(_ row: JournalRow) -> JournalRow {
        guard sabotage.kind == .lostBatch, disk.rows.count > 5, sabotage.lost == 0 else {
            return row
        }
        let matters = row.facts.contains { fact in
            if case .attemptEnded = fact { true } else { false }
        }
        guard matters else { return row }
        sabotage.lost += 1
        var empty = row
        empty.facts = []
        return empty
    }

    /// A message as the network carries it; `nil` when it does not.
    func sabotaged(
        _ message: CoordinatorMessage, on connection: ConnectionNumber
    ) -> CoordinatorMessage? {
        switch (sabotage.kind, message) {
        case (.lostAcknowledgements, .resultsCommitted): return nil
        case (.lostDispatches, .dispatch): return nil
        case (.lostCancellations, .cancel): return nil
        case (.longerTimeout, .dispatch(var batch)):
            for index in batch.items.indices { batch.items[index].timeout = .seconds(1_000) }
            return .dispatch(batch)
        case (.repeatedDispatch, .dispatch(let batch)): return repeated(batch, on: connection)
        case (.wrongInputs, .dispatch(var batch)):
            for index in batch.items.indices where !batch.items[index].inputs.isEmpty {
                batch.items[index].inputs[0].payload = RawJSON("\"9/9#9\"")
            }
            return .dispatch(batch)
        case (.inventedAttempt, .dispatch(var batch)):
            guard var item = batch.items.first else { return message }
            item.attempt.attempt += 1
            batch.items.append(item)
            return .dispatch(batch)
        default: return message
        }
    }

    private func repeated(
        _ batch: DispatchBatch, on connection: ConnectionNumber
    ) -> CoordinatorMessage {
        var batch = batch
        let worker = connections[connection].worker
        if let old = sabotage.remembered[worker], let first = batch.items.first,
            old.attempt.session == first.attempt.session
        {
            batch.items.append(old)
        }
        sabotage.remembered[worker] = batch.items.first
        return .dispatch(batch)
    }
}
