// The facts of a batch, sorted by kind into columns. This file says which columns a kind of fact
// has; the columns write and read themselves.

import ScrivenerCore
import ScrivenerModel

/// Facts in columns, one table for each kind.
struct FactTable {
    private var workers = NameColumns()
    private var agents = NameColumns()
    private var openings: [SessionOpening] = []
    private var extensions: [GraphExtension] = []
    private var dispatches = DispatchColumns()
    private var endings = EndingColumns()
    private var cancels = SessionColumns<CancelCause>()
    private var ends = SessionColumns<SessionState>()

    init() {}

    mutating func append(_ fact: SessionFact) -> FactKind {
        switch fact {
        case .workerKnown(let number, let id):
            workers.append(number, id)
            return .workerKnown
        case .agentKnown(let number, let name):
            agents.append(number, name)
            return .agentKnown
        case .sessionOpened(let opening):
            openings.append(opening)
            return .sessionOpened
        case .graphExtended(let added):
            extensions.append(added)
            return .graphExtended
        case .attemptDispatched(let attempt, let worker, let agent):
            dispatches.append(attempt, worker: worker, agent: agent)
            return .attemptDispatched
        case .attemptEnded(let attempt, let ending):
            endings.append(attempt, ending)
            return .attemptEnded
        case .cancelRequested(let session, let cause):
            cancels.append(session, cause)
            return .cancelRequested
        case .sessionEnded(let session, let state):
            ends.append(session, state)
            return .sessionEnded
        }
    }

    /// In the order of the kinds' numbers.
    func write(to writer: inout ByteWriter) {
        workers.write(to: &writer)
        agents.write(to: &writer)
        for opening in openings { writer.opening(opening) }
        for added in extensions { writer.graphExtension(added) }
        dispatches.write(to: &writer)
        endings.write(to: &writer)
        cancels.write(to: &writer)
        ends.write(to: &writer)
    }

    init(
        from reader: inout ByteReader, counts: FactCounts
    ) throws(JournalDecodingError) {
        workers = try NameColumns(from: &reader, count: counts[.workerKnown])
        agents = try NameColumns(from: &reader, count: counts[.agentKnown])
        for _ in 0..<counts[.sessionOpened] { openings.append(try reader.opening()) }
        for _ in 0..<counts[.graphExtended] { extensions.append(try reader.graphExtension()) }
        dispatches = try DispatchColumns(from: &reader, count: counts[.attemptDispatched])
        endings = try EndingColumns(from: &reader, count: counts[.attemptEnded])
        cancels = try SessionColumns(from: &reader, count: counts[.cancelRequested])
        ends = try SessionColumns(from: &reader, count: counts[.sessionEnded])
    }

    /// Appends a range of the facts of one kind.
    func append(_ range: Range<Int>, of kind: FactKind, to facts: inout [SessionFact]) {
        switch kind {
        case .workerKnown:
            for index in range {
                facts.append(.workerKnown(number: workers.numbers[index], id: workers.names[index]))
            }
        case .agentKnown:
            for index in range {
                facts.append(.agentKnown(number: agents.numbers[index], name: agents.names[index]))
            }
        case .sessionOpened:
            for index in range { facts.append(.sessionOpened(openings[index])) }
        case .graphExtended:
            for index in range { facts.append(.graphExtended(extensions[index])) }
        case .attemptDispatched:
            for index in range { facts.append(dispatches.fact(at: index)) }
        case .attemptEnded:
            for index in range { facts.append(endings.fact(at: index)) }
        case .cancelRequested:
            for index in range {
                facts.append(
                    .cancelRequested(session: cancels.sessions[index], cause: cancels.cases[index]))
            }
        case .sessionEnded:
            for index in range {
                facts.append(.sessionEnded(session: ends.sessions[index], state: ends.cases[index]))
            }
        }
    }
}

/// Numbers and the names that they stand for.
struct NameColumns {
    private(set) var numbers: [Int32] = []
    private(set) var names: [String] = []

    init() {}

    mutating func append(_ number: Int32, _ name: String) {
        numbers.append(number)
        names.append(name)
    }

    func write(to writer: inout ByteWriter) {
        writer.deltaColumn(numbers)
        writer.stringColumn(names)
    }

    init(from reader: inout ByteReader, count: Int) throws(JournalDecodingError) {
        numbers = try reader.deltaColumn(count)
        names = try reader.stringColumn(count)
    }
}

/// Sessions, and one word about each.
struct SessionColumns<Case: JournalCoded> {
    private(set) var sessions: [Int64] = []
    private(set) var cases: [Case] = []

    init() {}

    mutating func append(_ session: Int64, _ word: Case) {
        sessions.append(session)
        cases.append(word)
    }

    func write(to writer: inout ByteWriter) {
        writer.deltaColumn(sessions)
        for word in cases { writer.coded(word) }
    }

    init(from reader: inout ByteReader, count: Int) throws(JournalDecodingError) {
        sessions = try reader.deltaColumn(count)
        for _ in 0..<count { cases.append(try reader.coded()) }
    }
}
