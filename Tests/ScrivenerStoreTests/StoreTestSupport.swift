// What the tests of the store share: directories that go away, and random values under a seed.

import Foundation
import ScrivenerCore
import ScrivenerModel

@testable import ScrivenerStore

/// A directory for one test, removed after it.
final class TemporaryDirectory {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "journal-test-" + UUID().uuidString
        try? FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var database: String { path + "/journal.sqlite" }
    var log: String { database + "-wal" }

    /// What a process that dies now leaves on the disk.
    func copyAfterCrash() throws -> TemporaryDirectory {
        let copy = TemporaryDirectory()
        for file in ["/journal.sqlite", "/journal.sqlite-wal"]
        where FileManager.default.fileExists(atPath: path + file) {
            try FileManager.default.copyItem(atPath: path + file, toPath: copy.path + file)
        }
        return copy
    }

    func bytes(_ file: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: file)))
    }

    func write(_ bytes: [UInt8], to file: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: file))
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// Random values that lean towards the ends of their ranges, where codecs go wrong.
extension SeededGenerator {
    mutating func integer<Value: FixedWidthInteger>(_: Value.Type = Value.self) -> Value {
        switch Int.random(in: 0..<8, using: &self) {
        case 0: .min
        case 1: .max
        case 2: 0
        case 3: Value(truncatingIfNeeded: next())
        default: Value(Int.random(in: 0...100, using: &self))
        }
    }

    mutating func flip() -> Bool { Bool.random(using: &self) }

    mutating func one<Value>(of values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &self)]
    }

    mutating func text() -> String {
        one(of: ["", "a", "search-1", "Grüße, 世界", "emoji 🗞️", "\u{0}", "e\u{301}"])
    }

    mutating func double() -> Double {
        one(of: [
            0, -0.0, 1, .pi, .infinity, -.infinity, .greatestFiniteMagnitude,
            .leastNonzeroMagnitude,
        ])
    }

    mutating func resultHandle() -> ResultHandle {
        ResultHandle(
            row: integer(), offset: integer(), payloadLength: integer(), annexLength: integer())
    }

    mutating func reference() -> AttemptReference {
        AttemptReference(session: integer(), task: integer(), attempt: integer())
    }

    mutating func fact() -> SessionFact {
        switch Int.random(in: 0..<8, using: &self) {
        case 0: .workerKnown(number: integer(), id: text())
        case 1: .agentKnown(number: integer(), name: text())
        case 2: .sessionOpened(opening())
        case 3: .graphExtended(GraphExtension(session: integer(), by: integer(), tasks: tasks()))
        case 4: .attemptDispatched(reference(), worker: integer(), agent: integer())
        case 5: .attemptEnded(reference(), ending())
        case 6: .cancelRequested(session: integer(), cause: one(of: CancelCause.allCases))
        default: .sessionEnded(session: integer(), state: one(of: SessionState.allCases))
        }
    }

    mutating func facts(_ count: Int) -> [SessionFact] {
        (0..<count).map { _ in fact() }
    }

    mutating func opening() -> SessionOpening {
        SessionOpening(
            number: integer(),
            plan: CompiledPlan(
                sessionID: text(), query: text(),
                config: OrchestrationConfig(
                    maxConcurrentTasks: integer(), taskTimeoutSeconds: double(),
                    progressUpdateIntervalSeconds: double(), maxRetryAttempts: integer(),
                    retryDelaySeconds: double(), enableParallelExecution: flip()),
                timeout: flip() ? TimeSpan(nanoseconds: integer()) : nil, tasks: tasks()))
    }

    mutating func tasks() -> TaskColumns {
        var tasks = TaskColumns()
        for _ in 0..<Int.random(in: 0...2, using: &self) {
            tasks.classes.append(
                TaskClass(
                    taskType: text(), assignedAgent: flip() ? text() : nil,
                    timeout: TimeSpan(nanoseconds: integer()),
                    onDependencyFailure: one(of: DependencyFailurePolicy.allCases),
                    extendsSession: flip()))
        }
        guard !tasks.classes.isEmpty else { return tasks }
        for _ in 0..<Int.random(in: 0...5, using: &self) {
            tasks.ids.append(text())
            tasks.classOf.append(Int32.random(in: 0..<Int32(tasks.classes.count), using: &self))
            for _ in 0..<Int.random(in: 0...3, using: &self) {
                tasks.dependencies.append(max(0, integer(Int32.self)))
            }
            tasks.dependencyEnds.append(Int32(tasks.dependencies.count))
            tasks.specifications.append(
                SpecificationSlice(
                    offset: integer(), descriptionLength: integer(), parametersLength: integer()))
        }
        tasks.specificationPayload = PayloadHandle(
            row: integer(), offset: integer(), length: integer())
        return tasks
    }

    mutating func ending() -> AttemptEnding {
        AttemptEnding(
            outcome: one(of: Self.outcomes), runTime: TimeSpan(nanoseconds: integer()),
            record: flip() ? resultHandle() : nil,
            summary: FindingsSummary(
                sources: integer(), insights: integer(), hasFinalDocument: flip()),
            disposition: one(of: [
                .final, .requeue, .retry(notBefore: Instant(nanoseconds: integer())),
            ]))
    }

    static let outcomes: [AttemptOutcome] =
        [.completed, .cancelled, .workerLost, .released]
        + FailureClass.allCases.map(AttemptOutcome.failed)
}

extension SeededGenerator {
    mutating func snapshot(number: Int64) -> SessionSnapshot {
        SessionSnapshot(
            number: number, session: session(id: "session-\(number)"),
            tasks: (0..<Int.random(in: 0...4, using: &self)).map { _ in task() })
    }

    mutating func wallTime() -> WallTime { WallTime(millisecondsSince1970: integer()) }

    mutating func session(id: String) -> ResearchSession {
        ResearchSession(
            sessionID: id, query: text(), status: one(of: SessionStatus.allCases),
            sessionState: one(of: SessionState.allCases),
            statusTransitions: SessionStatus.allCases.map { Transition(to: $0, at: wallTime()) },
            stateTransitions: flip()
                ? [] : SessionState.allCases.map { Transition(to: $0, at: wallTime()) },
            submittedAt: wallTime(), endedAt: flip() ? wallTime() : nil,
            reason: flip() ? text() : nil,
            progress: ProgressReport(
                sessionID: text(), status: one(of: SessionStatus.allCases),
                currentState: one(of: SessionState.allCases), progressPercentage: double(),
                completedTasks: integer(), totalTasks: integer(),
                tasksByStatus: flip() ? [:] : ["completed": integer(), "failed": integer()],
                currentTasks: flip() ? [] : [text(), text()], sourcesFound: integer(),
                insightsGenerated: integer(), hasFinalDocument: flip(), revision: integer()))
    }

    mutating func task() -> TaskSnapshot {
        TaskSnapshot(
            taskID: text(), taskType: text(), status: one(of: TaskStatus.allCases),
            assignedAgent: flip() ? text() : nil,
            dependencies: (0..<Int.random(in: 0...3, using: &self)).map { _ in integer() },
            executions: (0..<Int.random(in: 0...3, using: &self)).map { _ in
                ExecutionSnapshot(
                    attempt: integer(), workerID: text(), agent: text(),
                    outcome: one(of: ExecutionOutcome.allCases),
                    failureClass: flip() ? one(of: FailureClass.allCases) : nil,
                    dispatchedAt: wallTime(), endedAt: flip() ? wallTime() : nil,
                    runTime: TimeSpan(nanoseconds: integer()),
                    record: flip() ? resultHandle() : nil)
            })
    }
}

extension Moment {
    static func at(_ number: Int64) -> Moment {
        Moment(
            instant: Instant(nanoseconds: number * 1_000),
            wall: WallTime(millisecondsSince1970: 1_700_000_000_000 + number))
    }
}

extension SQLiteJournal {
    /// Appends `count` commits of a few facts each, and says what was appended.
    func appendRandom(
        _ count: Int, _ generator: inout SeededGenerator
    ) throws -> [JournalRow] {
        var rows: [JournalRow] = []
        for _ in 0..<count {
            let moment = Moment.at(lastSequence)
            let facts = generator.facts(3)
            try append(
                JournalBatch(moment: moment, facts: facts, payload: [1, 2, 3]),
                expecting: lastSequence)
            rows.append(JournalRow(sequence: lastSequence, moment: moment, facts: facts))
        }
        return rows
    }

    func rows() throws(JournalError) -> [JournalRow] {
        var rows: [JournalRow] = []
        try replay { rows.append($0) }
        return rows
    }
}
