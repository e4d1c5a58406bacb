// What stands in a journal, and whether it can be believed: every checksum is computed again, every
// row decoded, and every handle held against the payload that it points into.

internal import GRDB
internal import ScrivenerCore
internal import ScrivenerModel

/// What was found in a journal.
package struct JournalContents: Sendable, Equatable {
    /// A table's rows and the bytes of their blobs.
    package struct Amount: Sendable, Equatable {
        package var rows: Int64 = 0
        package var bytes: Int64 = 0
    }

    package var identity: JournalIdentity
    package var schema: Int
    /// The last commit, and the last of those that were compacted.
    package var lastCommit: Int64
    package var compactedThrough: Int64
    package var commits: Amount
    package var kept: Amount
    package var payloads: Amount
    package var archives: Amount
    package var plans: Amount
    package var deliveries: Amount
    /// Pages of the database, and how many of them are free.
    package var pageBytes: Int64
    package var pages: Int64
    package var freePages: Int64
}

extension SQLiteJournal {
    package func contents() throws(JournalError) -> JournalContents {
        try connection.access { database in
            func number(_ sql: String) throws -> Int64 {
                try Int64.fetchOne(database, sql: sql) ?? 0
            }
            func amount(_ table: String, _ size: String) throws -> JournalContents.Amount {
                JournalContents.Amount(
                    rows: try number("SELECT count(*) FROM \(table)"),
                    bytes: try number("SELECT total(\(size)) FROM \(table)"))
            }
            return JournalContents(
                identity: identity, schema: Int(JournalSchema.version), lastCommit: lastSequence,
                compactedThrough: compaction.through,
                commits: try amount("journal", "length(facts)"),
                kept: try amount("kept", "length(facts)"),
                payloads: try amount("payload", "length(bytes)"),
                archives: try amount("archive", "length(session) + length(tasks)"),
                plans: try amount("plan", "length(facts)"),
                deliveries: try amount("delivery", "length(body)"),
                pageBytes: try number("PRAGMA page_size"), pages: try number("PRAGMA page_count"),
                freePages: try number("PRAGMA freelist_count"))
        }
    }

    /// Looks at everything.
    ///
    /// - Parameter maximum: how many mistakes are told at most.
    /// - Returns: what is wrong, in words; nothing when all is well.
    package func mistakes(maximum: Int = 100) -> [String] {
        var found: [String] = []
        func check(_ body: () throws(JournalError) -> [String]) {
            guard found.count < maximum else { return }
            do throws(JournalError) {
                found += try body()
            } catch {
                found.append("\(error)")
            }
        }
        check { () throws(JournalError) in try pageMistakes() }
        var used = UsedPayloads()
        var open = OpenSessions()
        check { () throws(JournalError) in
            try replay { row in
                for fact in row.facts { open.take(fact) }
            }
            return []
        }
        for handle in open.handles.values.joined() { used.add(handle) }
        check { () throws(JournalError) in try archiveMistakes(&used, open) }
        check { () throws(JournalError) in try planMistakes(&used) }
        check { () throws(JournalError) in try payloadMistakes(&used) }
        for row in used.ends.keys.sorted() where found.count < maximum {
            found.append("payload \(row) is missing")
        }
        return Array(found.prefix(maximum))
    }

    private func pageMistakes() throws(JournalError) -> [String] {
        let lines = try connection.access {
            try String.fetchAll($0, sql: "PRAGMA integrity_check(20)")
        }
        return lines == ["ok"] ? [] : lines
    }

    private func archiveMistakes(
        _ used: inout UsedPayloads, _ open: OpenSessions
    ) throws(JournalError) -> [String] {
        let ended = try connection.access {
            try Int64.fetchAll($0, sql: "SELECT number FROM archive ORDER BY number")
        }
        var found = ended.filter { open.handles[$0] != nil }.map {
            "session \($0) has ended, and is still open"
        }
        let ids = try connection.access {
            try String.fetchAll($0, sql: "SELECT session_id FROM archive ORDER BY number")
        }
        for id in ids {
            do throws(JournalError) {
                let executions = try archive(sessionID: id)?.tasks.flatMap(\.executions) ?? []
                for record in executions.compactMap(\.record) {
                    used.add(record.payload)
                    used.add(record.annex)
                }
            } catch {
                found.append("\(error)")
            }
        }
        return found
    }

    private func planMistakes(_ used: inout UsedPayloads) throws(JournalError) -> [String] {
        var open = OpenSessions()
        try connection.access { database in
            try Self.visitPlans(database) { _, facts in
                for fact in facts { open.take(fact) }
            }
        }
        for handle in open.handles.values.joined() { used.add(handle) }
        return []
    }

    /// Takes the payloads that are there out of those that are used.
    private func payloadMistakes(_ used: inout UsedPayloads) throws(JournalError) -> [String] {
        var found: [String] = []
        try connection.access { database in
            let sql = "SELECT part, checksum, bytes FROM payload ORDER BY part"
            try database.run(sql) { statement in
                var current = PayloadSize()
                while try statement.step() {
                    let part = PayloadPart(key: statement.integer(0))
                    let bytes = statement.blob(2)
                    if part.sequence != current.sequence {
                        found += current.mistakes(&used)
                        current = PayloadSize(sequence: part.sequence)
                    }
                    current.add(part, bytes.count)
                    if RowChecksum.payload(part, bytes) != statement.integer(1) {
                        found.append("payload \(part.sequence): the checksum does not fit")
                    }
                }
                found += current.mistakes(&used)
            }
        }
        return found
    }
}

/// How much of a commit's payload is there without a gap.
private struct PayloadSize {
    var sequence: Int64 = 0
    private var bytes = 0

    init(sequence: Int64 = 0) { self.sequence = sequence }

    mutating func add(_ part: PayloadPart, _ count: Int) {
        if part.offset == bytes { bytes += count }
    }

    func mistakes(_ used: inout UsedPayloads) -> [String] {
        guard let end = used.ends.removeValue(forKey: sequence), end > bytes else { return [] }
        return ["payload \(sequence) has \(bytes) bytes; up to \(end) are named"]
    }
}

/// The sessions that facts leave open, and the payloads that they name. Those of sessions that have
/// ended may be gone with their archives.
private struct OpenSessions {
    var handles: [Int64: [PayloadHandle]] = [:]

    mutating func take(_ fact: SessionFact) {
        switch fact {
        case .sessionOpened(let opening):
            handles[opening.number] = [opening.plan.tasks.specificationPayload]
        case .graphExtended(let addition):
            handles[addition.session]?.append(addition.tasks.specificationPayload)
        case .sessionRerun(let rerun):
            for addition in rerun.additions {
                handles[rerun.session]?.append(addition.tasks.specificationPayload)
            }
            for result in rerun.reused {
                handles[rerun.session]?.append(contentsOf: [
                    result.record.payload, result.record.annex,
                ])
            }
        case .checkpointKept(let attempt, let bytes): handles[attempt.session]?.append(bytes)
        case .attemptDied(let attempt, _, let record?):
            handles[attempt.session]?.append(contentsOf: [record.payload, record.annex])
        case .attemptEnded(let attempt, let ending):
            guard let record = ending.record else { return }
            handles[attempt.session]?.append(contentsOf: [record.payload, record.annex])
        case .sessionEnded(let session, _): handles[session] = nil
        default: return
        }
    }
}

/// How far into each commit's payload somebody's handle reaches.
private struct UsedPayloads {
    var ends: [Int64: Int] = [:]

    mutating func add(_ handle: PayloadHandle) {
        guard handle.length > 0 else { return }
        let end = Int(handle.offset) + Int(handle.length)
        ends[handle.row] = max(ends[handle.row] ?? 0, end)
    }
}
