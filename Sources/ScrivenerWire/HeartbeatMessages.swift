// Heartbeat: a few numbers, and as columns the progress of running attempts and how the agents are.

import ScrivenerModel

extension ProtoHeartbeat {
    init(_ model: WorkerHeartbeat) {
        self.init()
        epoch = model.epoch
        sequence = model.sequence
        held = model.held
        processorLoadPermille = model.processorLoadPermille
        memoryBytes = model.memoryBytes
        if !model.health.isEmpty { health = ProtoHealthTable(model.health) }
        guard !model.progress.isEmpty else { return }
        var arena = ArenaWriter()
        progress = ProtoAttempts(model.progress.lazy.map(\.attempt))
        progressPermille = model.progress.map(\.permille)
        progressMessageLengths =
            model.progress.map { arena.append($0.message) }.unlessAllZero
        progressArenaBytes = arena.bytes
    }

    func model(_ limits: WireLimits) throws(WireError) -> WorkerHeartbeat {
        try Check.natural(sequence, "sequence")
        try Check.natural(held, "held")
        try Check.range(processorLoadPermille, in: 0...1_000, "processor_load_permille")
        try Check.natural(memoryBytes, "memory_bytes")
        return WorkerHeartbeat(
            epoch: try checked(epoch: epoch), sequence: sequence, held: held,
            processorLoadPermille: processorLoadPermille, memoryBytes: memoryBytes,
            progress: try progressRows(limits), health: try health.model(limits))
    }

    private func progressRows(_ limits: WireLimits) throws(WireError) -> [AttemptProgress] {
        let attempts = try progress.references(limit: limits.batchItems, "progress")
        let permilles = try Column(progressPermille, rows: attempts.count, "progress_permille")
        let lengths = try Column(
            optional: progressMessageLengths, rows: attempts.count, "progress_message_lengths")
        var arena = ArenaReader(progressArenaBytes)
        var rows: [AttemptProgress] = []
        rows.reserveCapacity(attempts.count)
        for (row, attempt) in attempts.enumerated() {
            let permille = permilles[row]
            try Check.range(permille, in: 0...1_000, WireField("progress_permille", row: row))
            let message = try arena.text(
                lengths[row], limit: limits.textBytes, WireField("progress_message", row: row))
            rows.append(AttemptProgress(attempt: attempt, permille: permille, message: message))
        }
        try arena.finish("progress_arena")
        return rows
    }
}
