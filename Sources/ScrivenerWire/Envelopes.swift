// Which message an envelope holds: one switch for each way. The small messages, an epoch and
// perhaps a list of attempts, are converted here; the large ones have files of their own.

import ScrivenerModel

// MARK: Worker to coordinator

extension ProtoWorkerEnvelope {
    init(_ message: WorkerMessage) {
        self.init()
        switch message {
        case .register(let registration): register = ProtoRegister(registration)
        case .heartbeat(let beat): heartbeat = ProtoHeartbeat(beat)
        case .results(let batch): results = ProtoResults(batch)
        case .released(let epoch, let attempts):
            released.epoch = epoch
            released.attempts = ProtoAttempts(attempts)
        case .checkpoints(let epoch, let rows):
            checkpoints = ProtoCheckpoints(epoch: epoch, rows)
        case .output(let epoch, let rows): output = ProtoOutput(epoch: epoch, rows)
        case .draining(let epoch): draining.epoch = epoch
        case .goodbye(let epoch): goodbye.epoch = epoch
        }
    }

    func model(_ limits: WireLimits) throws(WireError) -> WorkerMessage {
        switch message {
        case .register(let register): return .register(try register.model(limits))
        case .heartbeat(let beat): return .heartbeat(try beat.model(limits))
        case .results(let results): return .results(try results.model(limits))
        case .released(let released):
            return .released(
                epoch: try checked(epoch: released.epoch),
                attempts: try released.attempts.references(
                    limit: limits.attemptReferences, "attempts"))
        case .checkpoints(let checkpoints):
            return .checkpoints(
                epoch: try checked(epoch: checkpoints.epoch), try checkpoints.model(limits))
        case .output(let output):
            return .output(epoch: try checked(epoch: output.epoch), try output.model(limits))
        case .draining(let draining): return .draining(epoch: try checked(epoch: draining.epoch))
        case .goodbye(let goodbye): return .goodbye(epoch: try checked(epoch: goodbye.epoch))
        case nil: throw .unknownMessage
        }
    }
}

// MARK: Coordinator to worker

extension ProtoCoordinatorEnvelope {
    init(_ message: CoordinatorMessage) {
        self.init()
        switch message {
        case .welcome(let model): welcome = ProtoWelcome(model)
        case .heartbeatAcknowledged(let epoch, let sequence, let interval):
            heartbeatAcknowledged.epoch = epoch
            heartbeatAcknowledged.sequence = sequence
            heartbeatAcknowledged.heartbeatIntervalNanoseconds = interval.nanoseconds
        case .dispatch(let batch): dispatch = ProtoDispatch(batch)
        case .cancel(let epoch, let attempts):
            cancel.epoch = epoch
            cancel.attempts = ProtoAttempts(attempts)
        case .recall(let epoch, let attempts):
            recall.epoch = epoch
            recall.attempts = ProtoAttempts(attempts)
        case .resultsCommitted(let epoch, let attempts):
            resultsCommitted.epoch = epoch
            resultsCommitted.attempts = ProtoAttempts(attempts)
        case .introduce: introduce = ProtoIntroduce()
        case .drain(let epoch): drain.epoch = epoch
        case .refused(let code, let reason, let isFinal):
            refused = ProtoRefused(code: code, reason: reason, isFinal: isFinal)
        }
    }

    func model(_ limits: WireLimits) throws(WireError) -> CoordinatorMessage {
        switch message {
        case .welcome(let welcome): return .welcome(try welcome.model(limits))
        case .heartbeatAcknowledged(let answer):
            try Check.natural(answer.sequence, "sequence")
            try Check.natural(
                answer.heartbeatIntervalNanoseconds, "heartbeat_interval_nanoseconds")
            return .heartbeatAcknowledged(
                epoch: try checked(epoch: answer.epoch), sequence: answer.sequence,
                interval: TimeSpan(nanoseconds: answer.heartbeatIntervalNanoseconds))
        case .dispatch(let dispatch): return .dispatch(try dispatch.model(limits))
        case .cancel(let cancel):
            return .cancel(
                epoch: try checked(epoch: cancel.epoch),
                attempts: try cancel.attempts.references(
                    limit: limits.attemptReferences, "attempts"))
        case .recall(let recall):
            return .recall(
                epoch: try checked(epoch: recall.epoch),
                attempts: try recall.attempts.references(
                    limit: limits.attemptReferences, "attempts"))
        case .resultsCommitted(let committed):
            return .resultsCommitted(
                epoch: try checked(epoch: committed.epoch),
                attempts: try committed.attempts.references(
                    limit: limits.attemptReferences, "attempts"))
        case .introduce: return .introduce
        case .drain(let drain): return .drain(epoch: try checked(epoch: drain.epoch))
        case .refused(let refused): return try refused.model(limits)
        case nil: throw .unknownMessage
        }
    }
}

/// An epoch, which is never negative.
func checked(epoch: Int64) throws(WireError) -> Int64 {
    try Check.natural(epoch, "epoch")
    return epoch
}
