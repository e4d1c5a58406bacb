// Workers that go: with a word of their own, or because words to them do not arrive.

import ScrivenerModel

extension OrchestratorCore {
    mutating func leave(
        _ connection: ConnectionID, epoch: Int64, at now: Moment, into outcome: inout Outcome
    ) {
        guard let worker = registry.worker(on: connection),
            registry.workers[Int(worker)].connection?.epoch == epoch
        else { return }
        lose(worker, as: .left, at: now, into: &outcome)
    }

    /// Messages to the worker do not arrive: it gets no more of them, and has to register and say
    /// what it holds. Its lease runs on.
    mutating func loseTouch(
        with connection: ConnectionID, at now: Moment, into outcome: inout Outcome
    ) {
        counters.unroutableMessages += 1
        guard let worker = registry.worker(on: connection) else { return }
        note(.unreachable, of: worker, at: now, into: &outcome)
        wakeDemands(ofWorker: worker)
        registry.markOutOfReach(worker)
    }
}
