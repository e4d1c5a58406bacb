// What running attempts say, as columns.

import ScrivenerModel

extension ProtoOutput {
    init(epoch: Int64, _ output: [AttemptOutput]) {
        self.init()
        self.epoch = epoch
        guard !output.isEmpty else { return }
        var arena = ArenaWriter()
        attempts = ProtoAttempts(output.lazy.map { $0.attempt })
        lengths = output.map { arena.append($0.text) }.unlessAllZero
        dropped = output.map(\.droppedBytes).unlessAllZero
        arenaBytes = arena.bytes
    }

    func model(_ limits: WireLimits) throws(WireError) -> [AttemptOutput] {
        let attempts = try self.attempts.references(limit: limits.batchItems, "attempts")
        let lengths = try Column(optional: self.lengths, rows: attempts.count, "lengths")
        let dropped = try Column(optional: self.dropped, rows: attempts.count, "dropped")
        try Check.size(arena.count, limit: limits.outputBytes, "arena")
        var arena = ArenaReader(arenaBytes)
        var output: [AttemptOutput] = []
        output.reserveCapacity(attempts.count)
        for (row, attempt) in attempts.enumerated() {
            let text = try arena.text(
                lengths[row], limit: limits.textBytes, WireField("output", row: row))
            try Check.natural(dropped[row], WireField("dropped", row: row))
            output.append(
                AttemptOutput(attempt: attempt, text: text, droppedBytes: dropped[row]))
        }
        try arena.finish("arena")
        return output
    }
}
