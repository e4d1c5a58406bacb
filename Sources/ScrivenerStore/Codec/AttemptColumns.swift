// The columns of the facts about attempts. Those that were dispatched and those that ended make up
// nearly all of a journal.

import ScrivenerCore
import ScrivenerModel

/// Which attempts a table is about.
struct ReferenceColumns {
    private var sessions: [Int64] = []
    private var tasks: [Int32] = []
    private var attempts: [Int32] = []

    init() {}

    subscript(index: Int) -> AttemptReference {
        AttemptReference(session: sessions[index], task: tasks[index], attempt: attempts[index])
    }

    mutating func append(_ attempt: AttemptReference) {
        sessions.append(attempt.session)
        tasks.append(attempt.task)
        attempts.append(attempt.attempt)
    }

    func write(to writer: inout ByteWriter) {
        writer.deltaColumn(sessions)
        writer.deltaColumn(tasks)
        writer.signedColumn(attempts)
    }

    init(from reader: inout ByteReader, count: Int) throws(JournalDecodingError) {
        sessions = try reader.deltaColumn(count)
        tasks = try reader.deltaColumn(count)
        attempts = try reader.signedColumn(count)
    }
}

struct DispatchColumns {
    private var references = ReferenceColumns()
    private var workers: [Int32] = []
    private var agents: [Int32] = []

    init() {}

    mutating func append(_ attempt: AttemptReference, worker: Int32, agent: Int32) {
        references.append(attempt)
        workers.append(worker)
        agents.append(agent)
    }

    func fact(at index: Int) -> SessionFact {
        .attemptDispatched(references[index], worker: workers[index], agent: agents[index])
    }

    func write(to writer: inout ByteWriter) {
        references.write(to: &writer)
        writer.signedColumn(workers)
        writer.signedColumn(agents)
    }

    init(from reader: inout ByteReader, count: Int) throws(JournalDecodingError) {
        references = try ReferenceColumns(from: &reader, count: count)
        workers = try reader.signedColumn(count)
        agents = try reader.signedColumn(count)
    }
}

/// Running attempts, and where the bytes lie that they keep for their successors.
struct CheckpointColumns {
    private var references = ReferenceColumns()
    private var checkpoints: [PayloadHandle] = []

    init() {}

    mutating func append(_ attempt: AttemptReference, _ checkpoint: PayloadHandle) {
        references.append(attempt)
        checkpoints.append(checkpoint)
    }

    func fact(at index: Int) -> SessionFact {
        .checkpointKept(references[index], checkpoints[index])
    }

    func write(to writer: inout ByteWriter) {
        references.write(to: &writer)
        var predictor = HandlePredictor()
        for checkpoint in checkpoints { predictor.write(checkpoint, to: &writer) }
    }

    init(from reader: inout ByteReader, count: Int) throws(JournalDecodingError) {
        references = try ReferenceColumns(from: &reader, count: count)
        var predictor = HandlePredictor()
        for _ in 0..<count { checkpoints.append(try predictor.read(from: &reader)) }
    }
}

/// Attempts that died with their worker's process, what that comes to, and what is known of it.
struct DeathColumns {
    private var references = ReferenceColumns()
    private var verdicts: [DeathVerdict] = []
    private var records: [ResultHandle?] = []

    init() {}

    mutating func append(
        _ attempt: AttemptReference, _ verdict: DeathVerdict, _ record: ResultHandle?
    ) {
        references.append(attempt)
        verdicts.append(verdict)
        records.append(record)
    }

    func fact(at index: Int) -> SessionFact {
        .attemptDied(references[index], verdicts[index], records[index])
    }

    func write(to writer: inout ByteWriter) {
        references.write(to: &writer)
        for verdict in verdicts { writer.coded(verdict) }
        var predictor = HandlePredictor()
        for record in records {
            writer.flag(record != nil)
            if let record { predictor.write(record, to: &writer) }
        }
    }

    init(from reader: inout ByteReader, count: Int) throws(JournalDecodingError) {
        references = try ReferenceColumns(from: &reader, count: count)
        for _ in 0..<count { verdicts.append(try reader.coded()) }
        var predictor = HandlePredictor()
        for _ in 0..<count {
            records.append(try reader.flag() ? try predictor.read(from: &reader) : nil)
        }
    }
}

/// Attempts that ended. The shape byte of each says which of the optional parts follow it.
struct EndingColumns {
    private var references = ReferenceColumns()
    private var endings: [AttemptEnding] = []

    init() {}

    mutating func append(_ attempt: AttemptReference, _ ending: AttemptEnding) {
        references.append(attempt)
        endings.append(ending)
    }

    func fact(at index: Int) -> SessionFact {
        .attemptEnded(references[index], endings[index])
    }

    func write(to writer: inout ByteWriter) {
        references.write(to: &writer)
        for ending in endings { writer.byte(ending.outcome.journalCode) }
        for ending in endings { writer.byte(EndingShape(ending).rawValue) }
        writer.signedColumn(endings.lazy.map(\.runTime.nanoseconds))
        writer.signedColumn(endings.lazy.map(\.summary.sources))
        writer.signedColumn(endings.lazy.map(\.summary.insights))
        var predictor = HandlePredictor()
        var lastRetry: Int64 = 0
        for ending in endings {
            if let record = ending.record { predictor.write(record, to: &writer) }
            if case .retry(let notBefore) = ending.disposition {
                writer.signed(notBefore.nanoseconds &- lastRetry)
                lastRetry = notBefore.nanoseconds
            }
        }
    }

    init(from reader: inout ByteReader, count: Int) throws(JournalDecodingError) {
        references = try ReferenceColumns(from: &reader, count: count)
        let outcomes = try reader.byteColumn(count)
        let shapes = try reader.byteColumn(count)
        let runTimes = try reader.signedColumn(count, of: Int64.self)
        let sources = try reader.signedColumn(count, of: Int32.self)
        let insights = try reader.signedColumn(count, of: Int32.self)
        var predictor = HandlePredictor()
        var lastRetry: Int64 = 0
        endings.reserveCapacity(count)
        for index in 0..<count {
            let shape = EndingShape(rawValue: shapes[index])
            guard shape.isLegal else {
                throw reader.error(.unknownCase(of: "EndingShape", UInt64(shape.rawValue)))
            }
            var record: ResultHandle?
            if shape.contains(.record) { record = try predictor.read(from: &reader) }
            if shape.contains(.retry) { lastRetry &+= try reader.signed() }
            endings.append(
                AttemptEnding(
                    outcome: try reader.outcome(outcomes[index]),
                    runTime: TimeSpan(nanoseconds: runTimes[index]), record: record,
                    summary: FindingsSummary(
                        sources: sources[index], insights: insights[index],
                        hasFinalDocument: shape.contains(.finalDocument)),
                    disposition: shape.disposition(retryAt: lastRetry)))
        }
    }
}

/// Which parts an ending has, and what becomes of its task: with none of the last three, it is over.
private struct EndingShape: OptionSet {
    var rawValue: UInt8

    static let record = EndingShape(rawValue: 1)
    static let finalDocument = EndingShape(rawValue: 2)
    static let retry = EndingShape(rawValue: 4)
    static let requeue = EndingShape(rawValue: 8)
    static let absorbed = EndingShape(rawValue: 16)
    private static let dispositions: EndingShape = [.retry, .requeue, .absorbed]

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ ending: AttemptEnding) {
        self = []
        if ending.record != nil { insert(.record) }
        if ending.summary.hasFinalDocument { insert(.finalDocument) }
        switch ending.disposition {
        case .final: break
        case .retry: insert(.retry)
        case .requeue: insert(.requeue)
        case .absorbed: insert(.absorbed)
        }
    }

    var isLegal: Bool {
        let disposition = intersection(Self.dispositions)
        return isSubset(of: [.record, .finalDocument, .retry, .requeue, .absorbed])
            && disposition.rawValue.nonzeroBitCount <= 1
    }

    func disposition(retryAt nanoseconds: Int64) -> TaskDisposition {
        if contains(.retry) { return .retry(notBefore: Instant(nanoseconds: nanoseconds)) }
        if contains(.requeue) { return .requeue }
        return contains(.absorbed) ? .absorbed : .final
    }
}

extension AttemptOutcome {
    /// Failures carry their class in the low half.
    fileprivate static let failureCode: UInt8 = 0x10

    fileprivate var journalCode: UInt8 {
        switch self {
        case .completed: 1
        case .cancelled: 2
        case .workerLost: 3
        case .released: 4
        case .superseded: 5
        case .failed(let failureClass): Self.failureCode | failureClass.journalCode
        }
    }
}

extension ByteReader {
    fileprivate func outcome(_ code: UInt8) throws(JournalDecodingError) -> AttemptOutcome {
        switch code {
        case 1: return .completed
        case 2: return .cancelled
        case 3: return .workerLost
        case 4: return .released
        case 5: return .superseded
        case AttemptOutcome.failureCode...(AttemptOutcome.failureCode | 0x0F):
            return .failed(try self.case(of: FailureClass.self, code & 0x0F))
        default: throw error(.unknownCase(of: "AttemptOutcome", UInt64(code)))
        }
    }
}

/// Results of one batch lie one behind the other, and so do checkpoints: where the next one lies is
/// known but for its length: each handle is written as its difference from that.
struct HandlePredictor {
    private var row: Int64 = 0
    private var end: UInt32 = 0

    mutating func write(_ handle: ResultHandle, to writer: inout ByteWriter) {
        writer.signed(handle.row &- row)
        writer.signed(Int64(handle.offset) - Int64(end))
        writer.varint(UInt64(handle.payloadLength))
        writer.varint(UInt64(handle.annexLength))
        advance(past: handle)
    }

    mutating func read(
        from reader: inout ByteReader
    ) throws(JournalDecodingError) -> ResultHandle {
        let (row, offset) = try start(from: &reader)
        let handle = ResultHandle(
            row: row, offset: offset, payloadLength: try reader.unsigned32(),
            annexLength: try reader.unsigned32())
        advance(past: handle)
        return handle
    }

    mutating func write(_ handle: PayloadHandle, to writer: inout ByteWriter) {
        writer.signed(handle.row &- row)
        writer.signed(Int64(handle.offset) - Int64(end))
        writer.varint(UInt64(handle.length))
        advance(past: handle)
    }

    mutating func read(
        from reader: inout ByteReader
    ) throws(JournalDecodingError) -> PayloadHandle {
        let (row, offset) = try start(from: &reader)
        let handle = PayloadHandle(row: row, offset: offset, length: try reader.unsigned32())
        advance(past: handle)
        return handle
    }

    private func start(
        from reader: inout ByteReader
    ) throws(JournalDecodingError) -> (row: Int64, offset: UInt32) {
        let row = row &+ (try reader.signed())
        guard let offset = UInt32(exactly: Int64(end) &+ (try reader.signed())) else {
            throw reader.error(.number)
        }
        return (row, offset)
    }

    private mutating func advance(past handle: ResultHandle) {
        row = handle.row
        end = handle.offset &+ handle.payloadLength &+ handle.annexLength
    }

    private mutating func advance(past handle: PayloadHandle) {
        row = handle.row
        end = handle.offset &+ handle.length
    }
}
