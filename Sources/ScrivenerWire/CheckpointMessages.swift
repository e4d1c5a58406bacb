// What running attempts keep for their successors, as columns.

import ScrivenerModel

extension ProtoCheckpoints {
    init(epoch: Int64, _ checkpoints: [AttemptCheckpoint]) {
        self.init()
        self.epoch = epoch
        guard !checkpoints.isEmpty else { return }
        var arena = ArenaWriter()
        attempts = ProtoAttempts(checkpoints.lazy.map { $0.attempt })
        lengths = checkpoints.map { arena.append($0.bytes) }.unlessAllZero
        arenaBytes = arena.bytes
    }

    func model(_ limits: WireLimits) throws(WireError) -> [AttemptCheckpoint] {
        let attempts = try self.attempts.references(limit: limits.batchItems, "attempts")
        let lengths = try Column(optional: self.lengths, rows: attempts.count, "lengths")
        var arena = ArenaReader(arenaBytes)
        var checkpoints: [AttemptCheckpoint] = []
        checkpoints.reserveCapacity(attempts.count)
        for (row, attempt) in attempts.enumerated() {
            let bytes = try arena.part(
                lengths[row], limit: limits.checkpointBytes, WireField("checkpoints", row: row))
            checkpoints.append(AttemptCheckpoint(attempt: attempt, bytes: bytes))
        }
        try arena.finish("arena")
        return checkpoints
    }
}
