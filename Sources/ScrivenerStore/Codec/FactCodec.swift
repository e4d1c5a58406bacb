// Facts as bytes: which kinds of fact follow each other, and then the columns of each kind.
//
//     format      1 byte, 3
//     runs        count, then for each run of facts of one kind: length × 64 + kind
//     columns     of each kind that occurs, in the order of the kinds' numbers
//
// A batch is mostly attempts that were dispatched and attempts that ended, of the same few sessions
// and with rising task numbers. In columns of differences a dispatch takes about six bytes.

package import ScrivenerCore

/// Turns facts into bytes and back.
package enum FactCodec {
    /// The format that `encode` writes, and the only one that `decode` reads.
    package static let format: UInt8 = 3

    /// - Precondition: The columns of tasks in the facts fit together. What could never be read
    ///   back must not be written.
    package static func encode(_ facts: [SessionFact]) -> [UInt8] {
        var table = FactTable()
        var runs: [(kind: FactKind, length: UInt64)] = []
        for fact in facts {
            let kind = table.append(fact)
            if runs.last?.kind == kind {
                runs[runs.count - 1].length += 1
            } else {
                runs.append((kind, 1))
            }
        }
        var writer = ByteWriter()
        writer.byte(format)
        writer.count(runs.count)
        for run in runs { writer.varint(run.length << FactKind.bits | UInt64(run.kind.rawValue)) }
        table.write(to: &writer)
        return writer.bytes
    }

    package static func decode(_ bytes: [UInt8]) throws(JournalDecodingError) -> [SessionFact] {
        try ByteReader.read(bytes) { reader throws(JournalDecodingError) in
            try decode(from: &reader)
        }
    }

    /// Reads the bytes where they are; the facts keep no reference to them.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer
    ) throws(JournalDecodingError) -> [SessionFact] {
        var reader = ByteReader(bytes)
        return try decode(from: &reader)
    }

    private static func decode(
        from reader: inout ByteReader
    ) throws(JournalDecodingError) -> [SessionFact] {
        let format = try reader.byte()
        guard format == Self.format else { throw reader.error(.format(format)) }
        let runs = try runs(from: &reader)
        var counts = FactCounts()
        for run in runs { counts[run.kind] += run.length }
        let table = try FactTable(from: &reader, counts: counts)
        try reader.finish()

        var facts: [SessionFact] = []
        facts.reserveCapacity(runs.reduce(0) { $0 + $1.length })
        var next = FactCounts()
        for run in runs {
            let start = next[run.kind]
            next[run.kind] += run.length
            table.append(start..<start + run.length, of: run.kind, to: &facts)
        }
        return facts
    }

    private static func runs(
        from reader: inout ByteReader
    ) throws(JournalDecodingError) -> [(kind: FactKind, length: Int)] {
        let count = try reader.count()
        var runs: [(kind: FactKind, length: Int)] = []
        runs.reserveCapacity(count)
        for _ in 0..<count {
            let run = try reader.varint()
            let code = UInt8(run & FactKind.mask)
            let length = run >> FactKind.bits
            guard let kind = FactKind(rawValue: code) else {
                throw reader.error(.unknownCase(of: "FactKind", UInt64(code)))
            }
            // Every fact takes a byte or more of the columns. Lengths that are bounded so cannot
            // overflow a sum either: there are fewer runs than bytes.
            guard length <= UInt64(reader.remaining), length > 0 else {
                throw reader.error(.count)
            }
            runs.append((kind, Int(length)))
        }
        return runs
    }
}

/// The kinds of facts, by the numbers that the journal has for them.
enum FactKind: UInt8, CaseIterable {
    case workerKnown = 1
    case agentKnown = 2
    case sessionOpened = 3
    case graphExtended = 4
    case attemptDispatched = 5
    case attemptEnded = 6
    case cancelRequested = 7
    case sessionEnded = 8
    case joinClosed = 9
    case checkpointKept = 10
    case taskCancelRequested = 11
    case sessionPaused = 12
    case sessionResumed = 13
    case priorityChanged = 14
    case performanceLearned = 15
    case metricsRecorded = 16
    case sessionsCounted = 17
    case attemptDied = 18
    case sessionRerun = 19

    /// How much of a run's header the kind takes.
    static let bits: UInt64 = 6
    static let mask: UInt64 = 1 << bits - 1
}

/// A number for each kind of fact.
struct FactCounts {
    private var counts = [Int](repeating: 0, count: 1 << Int(FactKind.bits))

    subscript(kind: FactKind) -> Int {
        get { counts[Int(kind.rawValue)] }
        set { counts[Int(kind.rawValue)] = newValue }
    }
}
