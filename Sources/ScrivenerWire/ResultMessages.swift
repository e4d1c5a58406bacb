// Results as columns. Findings, usage and failure of an item are messages of their own inside the
// arena, so that a batch of plain successes pays nothing for them.

import ScrivenerModel

extension ProtoResults {
    init(_ batch: ResultBatch) {
        self.init()
        epoch = batch.epoch
        guard !batch.items.isEmpty else { return }
        attempts = ProtoAttempts(batch.items.lazy.map { $0.attempt })
        runTimeNanoseconds = batch.items.map { $0.runTime.nanoseconds }
        var lengths = ResultLengths()
        for item in batch.items { lengths.append(item.result) }
        arenaBytes = lengths.arena.bytes
        payloadLengths = lengths.payloads.unlessAllZero
        findingsLengths = lengths.findings.unlessAllZero
        usageLengths = lengths.usages.unlessAllZero
        failureLengths = lengths.failures.unlessAllZero
        proposedTasksLengths = lengths.proposedTasks.unlessAllZero
    }

    func model(_ limits: WireLimits) throws(WireError) -> ResultBatch {
        let epoch = try checked(epoch: self.epoch)
        let attempts = try self.attempts.references(limit: limits.batchItems, "attempts")
        let columns = try ResultColumns(self, rows: attempts.count)
        var arena = ArenaReader(arenaBytes)
        var items: [AttemptResult] = []
        items.reserveCapacity(attempts.count)
        for (row, attempt) in attempts.enumerated() {
            let runTime = columns.runTimes[row]
            try Check.natural(runTime, WireField("run_time_nanoseconds", row: row))
            items.append(
                AttemptResult(
                    attempt: attempt, runTime: TimeSpan(nanoseconds: runTime),
                    result: try columns.result(row, &arena, limits)))
        }
        try arena.finish("arena")
        return ResultBatch(epoch: epoch, items: items)
    }
}

/// The columns of a batch in the making. Built aside and set once: appending to a field of a
/// generated message copies it.
private struct ResultLengths {
    private(set) var arena = ArenaWriter()
    private(set) var payloads: [Int32] = []
    private(set) var findings: [Int32] = []
    private(set) var usages: [Int32] = []
    private(set) var failures: [Int32] = []
    private(set) var proposedTasks: [Int32] = []

    mutating func append(_ result: AgentResult) {
        payloads.append(arena.append(result.payload, unless: .null))
        findings.append(arena.append(WireCodec.encode(findings: result.findings)))
        usages.append(arena.append(WireCodec.encode(usage: result.usage)))
        failures.append(result.failure.map { arena.append(WireCodec.encode(failure: $0)) } ?? 0)
        proposedTasks.append(result.proposedTasks.map { arena.append($0.bytes) } ?? 0)
    }
}

/// The columns of a batch of results, checked to be of one length.
private struct ResultColumns {
    let runTimes: Column<Int64>
    let payloads: Column<Int32>
    let findings: Column<Int32>
    let usages: Column<Int32>
    let failures: Column<Int32>
    let proposedTasks: Column<Int32>

    init(_ batch: ProtoResults, rows: Int) throws(WireError) {
        runTimes = try Column(batch.runTimeNanoseconds, rows: rows, "run_time_nanoseconds")
        payloads = try Column(optional: batch.payloadLengths, rows: rows, "payload_lengths")
        findings = try Column(optional: batch.findingsLengths, rows: rows, "findings_lengths")
        usages = try Column(optional: batch.usageLengths, rows: rows, "usage_lengths")
        failures = try Column(optional: batch.failureLengths, rows: rows, "failure_lengths")
        proposedTasks = try Column(
            optional: batch.proposedTasksLengths, rows: rows, "proposed_tasks_lengths")
    }

    /// Cuts one result off the arena, in the order that the schema gives.
    func result(
        _ row: Int, _ arena: inout ArenaReader, _ limits: WireLimits
    ) throws(WireError) -> AgentResult {
        var result = AgentResult()
        result.payload = try arena.json(
            payloads[row], absent: .null, limit: limits.resultBytes,
            WireField("payloads", row: row))
        if findings[row] != 0 {
            let part = try arena.part(
                findings[row], limit: limits.findingsBytes, WireField("findings", row: row))
            result.findings = try WireCodec.decode(findings: part, limits: limits)
        }
        if usages[row] != 0 {
            let part = try arena.part(
                usages[row], limit: limits.usageBytes, WireField("usage", row: row))
            result.usage = try WireCodec.decode(usage: part, limits: limits)
        }
        if failures[row] != 0 {
            let part = try arena.part(
                failures[row], limit: limits.failureBytes, WireField("failure", row: row))
            result.failure = try WireCodec.decode(failure: part, limits: limits)
        }
        if proposedTasks[row] != 0 {
            result.proposedTasks = try arena.json(
                proposedTasks[row], absent: .null, limit: limits.proposedTasksBytes,
                WireField("proposed_tasks", row: row))
        }
        return result
    }
}
