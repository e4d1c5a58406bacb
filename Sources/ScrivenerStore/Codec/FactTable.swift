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
    private var joins = TaskNumberColumns()
    private var checkpoints = CheckpointColumns()
    private var taskCancels = TaskNumberColumns()
    private var pauses = SessionColumns<PauseMode>()
    private var resumptions: [Int64] = []
    private var priorities = PriorityColumns()
    private var performances: [PerformanceColumns] = []
    private var metrics: [MetricsSample] = []
    private var sessionCounts: [Int64] = []
    private var deaths = DeathColumns()
    private var reruns: [SessionRerun] = []

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
        case .joinClosed(let session, let task):
            joins.append(session, task)
            return .joinClosed
        case .checkpointKept(let attempt, let bytes):
            checkpoints.append(attempt, bytes)
            return .checkpointKept
        case .taskCancelRequested(let session, let task):
            taskCancels.append(session, task)
            return .taskCancelRequested
        case .sessionPaused(let session, let mode):
            pauses.append(session, mode)
            return .sessionPaused
        case .sessionResumed(let session):
            resumptions.append(session)
            return .sessionResumed
        case .priorityChanged(let session, let task, let priority):
            priorities.append(session, task, priority)
            return .priorityChanged
        case .performanceLearned(let columns):
            performances.append(columns)
            return .performanceLearned
        case .metricsRecorded(let sample):
            metrics.append(sample)
            return .metricsRecorded
        case .sessionsCounted(let number):
            sessionCounts.append(number)
            return .sessionsCounted
        case .attemptDied(let attempt, let verdict, let record):
            deaths.append(attempt, verdict, record)
            return .attemptDied
        case .sessionRerun(let rerun):
            reruns.append(rerun)
            return .sessionRerun
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
        joins.write(to: &writer)
        checkpoints.write(to: &writer)
        taskCancels.write(to: &writer)
        pauses.write(to: &writer)
        writer.deltaColumn(resumptions)
        priorities.write(to: &writer)
        for columns in performances { writer.performance(columns) }
        for sample in metrics { writer.metrics(sample) }
        writer.deltaColumn(sessionCounts)
        deaths.write(to: &writer)
        for rerun in reruns { writer.rerun(rerun) }
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
        joins = try TaskNumberColumns(from: &reader, count: counts[.joinClosed])
        checkpoints = try CheckpointColumns(from: &reader, count: counts[.checkpointKept])
        taskCancels = try TaskNumberColumns(from: &reader, count: counts[.taskCancelRequested])
        pauses = try SessionColumns(from: &reader, count: counts[.sessionPaused])
        resumptions = try reader.deltaColumn(counts[.sessionResumed])
        priorities = try PriorityColumns(from: &reader, count: counts[.priorityChanged])
        for _ in 0..<counts[.performanceLearned] { performances.append(try reader.performance()) }
        for _ in 0..<counts[.metricsRecorded] { metrics.append(try reader.metrics()) }
        sessionCounts = try reader.deltaColumn(counts[.sessionsCounted])
        deaths = try DeathColumns(from: &reader, count: counts[.attemptDied])
        for _ in 0..<counts[.sessionRerun] { reruns.append(try reader.rerun()) }
    }

    /// Appends a range of the facts of one kind.
    func append(_ range: Range<Int>, of kind: FactKind, to facts: inout [SessionFact]) {
        for index in range { facts.append(fact(index, of: kind)) }
    }

    private func fact(_ index: Int, of kind: FactKind) -> SessionFact {
        switch kind {
        case .workerKnown:
            .workerKnown(number: workers.numbers[index], id: workers.names[index])
        case .agentKnown:
            .agentKnown(number: agents.numbers[index], name: agents.names[index])
        case .sessionOpened: .sessionOpened(openings[index])
        case .graphExtended: .graphExtended(extensions[index])
        case .attemptDispatched: dispatches.fact(at: index)
        case .attemptEnded: endings.fact(at: index)
        case .cancelRequested:
            .cancelRequested(session: cancels.sessions[index], cause: cancels.cases[index])
        case .sessionEnded:
            .sessionEnded(session: ends.sessions[index], state: ends.cases[index])
        case .joinClosed:
            .joinClosed(session: joins.sessions[index], task: joins.tasks[index])
        case .checkpointKept: checkpoints.fact(at: index)
        case .taskCancelRequested:
            .taskCancelRequested(
                session: taskCancels.sessions[index], task: taskCancels.tasks[index])
        case .sessionPaused:
            .sessionPaused(session: pauses.sessions[index], mode: pauses.cases[index])
        case .sessionResumed: .sessionResumed(session: resumptions[index])
        case .priorityChanged: priorities.fact(at: index)
        case .performanceLearned: .performanceLearned(performances[index])
        case .metricsRecorded: .metricsRecorded(metrics[index])
        case .sessionsCounted: .sessionsCounted(through: sessionCounts[index])
        case .attemptDied: deaths.fact(at: index)
        case .sessionRerun: .sessionRerun(reruns[index])
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

/// Tasks, by session and number.
struct TaskNumberColumns {
    private(set) var sessions: [Int64] = []
    private(set) var tasks: [Int32] = []

    init() {}

    mutating func append(_ session: Int64, _ task: Int32) {
        sessions.append(session)
        tasks.append(task)
    }

    func write(to writer: inout ByteWriter) {
        writer.deltaColumn(sessions)
        writer.deltaColumn(tasks)
    }

    init(from reader: inout ByteReader, count: Int) throws(JournalDecodingError) {
        sessions = try reader.deltaColumn(count)
        tasks = try reader.deltaColumn(count)
    }
}

/// Tasks, or all tasks of a session, and their priority from then on.
struct PriorityColumns {
    private var sessions: [Int64] = []
    private var tasks: [Int32?] = []
    private var priorities: [UInt8] = []

    init() {}

    mutating func append(_ session: Int64, _ task: Int32?, _ priority: UInt8) {
        sessions.append(session)
        tasks.append(task)
        priorities.append(priority)
    }

    func fact(at index: Int) -> SessionFact {
        .priorityChanged(
            session: sessions[index], task: tasks[index], priority: priorities[index])
    }

    func write(to writer: inout ByteWriter) {
        writer.deltaColumn(sessions)
        writer.byteColumn(priorities)
        for task in tasks {
            writer.flag(task != nil)
            if let task { writer.signed(Int64(task)) }
        }
    }

    init(from reader: inout ByteReader, count: Int) throws(JournalDecodingError) {
        sessions = try reader.deltaColumn(count)
        priorities = try reader.byteColumn(count)
        for _ in 0..<count { tasks.append(try reader.flag() ? try reader.integer() : nil) }
    }
}
