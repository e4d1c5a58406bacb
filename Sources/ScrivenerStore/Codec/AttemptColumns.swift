// The columns of the two facts that make up nearly all of a journal: attempts that were dispatched
// and attempts that ended.

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
            guard shape.isSubset(of: .all), !shape.isSuperset(of: [.retry, .requeue]) else {
                throw reader.error(.unknownCase(of: "EndingShape", UInt64(shape.rawValue)))
            }
            var record: ResultHandle?
            if shape.contains(.record) { record = try predictor.read(from: &reader) }
            var disposition: TaskDisposition = shape.contains(.requeue) ? .requeue : .final
            if shape.contains(.retry) {
                lastRetry &+= try reader.signed()
                disposition = .retry(notBefore: Instant(nanoseconds: lastRetry))
            }
            endings.append(
                AttemptEnding(
                    outcome: try reader.outcome(outcomes[index]),
                    runTime: TimeSpan(nanoseconds: runTimes[index]), record: record,
                    summary: FindingsSummary(
                        sources: sources[index], insights: insights[index],
                        hasFinalDocument: shape.contains(.finalDocument)),
                    disposition: disposition))
        }
    }
}

/// Which parts an ending has. Neither `retry` nor `requeue` means that the task is over.
private struct EndingShape: OptionSet {
    var rawValue: UInt8

    static let record = EndingShape(rawValue: 1)
    static let finalDocument = EndingShape(rawValue: 2)
    static let retry = EndingShape(rawValue: 4)
    static let requeue = EndingShape(rawValue: 8)
    static let all: EndingShape = [.record, .finalDocument, .retry, .requeue]

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ ending: AttemptEnding) {
        self = []
        if ending.record != nil { insert(.record) }
        if ending.summary.hasFinalDocument { insert(.finalDocument) }
        switch ending.disposition {
        case .final: break
        case .retry: insert(.retry)
        case .requeue: insert(.requeue)
        }
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
        case AttemptOutcome.failureCode...(AttemptOutcome.failureCode | 0x0F):
            return .failed(try self.case(of: FailureClass.self, code & 0x0F))
        default: throw error(.unknownCase(of: "AttemptOutcome", UInt64(code)))
        }
    }
}

/// Results of one batch lie one behind the other, so where the next one lies is known but for
/// its length: each handle is written as its difference from that.
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
        let row = row &+ (try reader.signed())
        guard let offset = UInt32(exactly: Int64(end) &+ (try reader.signed())) else {
            throw reader.error(.number)
        }
        let handle = ResultHandle(
            row: row, offset: offset, payloadLength: try reader.unsigned32(),
            annexLength: try reader.unsigned32())
        advance(past: handle)
        return handle
    }

    private mutating func advance(past handle: ResultHandle) {
        row = handle.row
        end = handle.offset &+ handle.payloadLength &+ handle.annexLength
    }
}
