// `scrivener bench codec`, `journal` and `recover`: the parts that a task passes through, each by itself.

import ArgumentParser
import FoundationEssentials
import ScrivenerClient
import ScrivenerCore
import ScrivenerModel
import ScrivenerStore
import ScrivenerWire

struct BenchCodecCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "codec", abstract: "Measure the bytes of dispatches and results.")

    @OptionGroup var options: BenchOptions

    @Option(help: "How many attempts are in a message.")
    var group = 64

    func validate() throws {
        guard (1...4_096).contains(group) else { throw ValidationError("--group is 1…4,096.") }
    }

    mutating func run() async throws {
        let (bytes, group) = (options.bytes, group)
        try await options.measure(
            "codec", "messages of \(group) attempts", of: "\(bytes) bytes each way"
        ) { _ in
            var run = BenchRun()
            let sample = MessageSample(attempts: group, bytes: bytes)
            let dispatch = WireCodec.encode(sample.dispatch)
            let results = WireCodec.encode(sample.results)
            try Self.time("dispatch: encode", group, in: &run) {
                WireCodec.encode(sample.dispatch).count
            }
            try Self.time("dispatch: decode", group, in: &run) {
                _ = try WireCodec.decode(coordinator: dispatch)
                return dispatch.count
            }
            try Self.time("results: encode", group, in: &run) {
                WireCodec.encode(sample.results).count
            }
            try Self.time("results: decode", group, in: &run) {
                _ = try WireCodec.decode(worker: results)
                return results.count
            }
            run.note("dispatch: size", "bytes an attempt", Double(dispatch.count / group))
            run.note("results: size", "bytes an attempt", Double(results.count / group))
            return run
        }
    }

    /// Repeats something until it has taken a quarter of a second of the processor.
    private static func time(
        _ name: String, _ group: Int, in run: inout BenchRun, _ body: () throws -> Int
    ) throws {
        let began = BenchCoreCommand.processorSeconds()
        var times = 0
        var bytes = 0
        var took = 0.0
        while took < 0.25 {
            for _ in 0..<64 { bytes &+= try body() }
            times += 64
            took = BenchCoreCommand.processorSeconds() - began
        }
        precondition(bytes > 0, "something was encoded")
        run.note(name, "ns an attempt", took * 1e9 / Double(times * group))
    }
}

/// A dispatch and the results that follow from it.
private struct MessageSample {
    let dispatch: CoordinatorMessage
    let results: WorkerMessage

    init(attempts: Int, bytes: Int) {
        let payload = RawJSON(
            #"{"text":""# + String(repeating: "x", count: max(0, bytes - 11)) + #""}"#)
        let references = (0..<attempts).map {
            AttemptReference(session: 1, task: Int32($0), attempt: 1)
        }
        dispatch = .dispatch(
            DispatchBatch(
                epoch: 1,
                sessions: [DispatchSession(number: 1, sessionID: "benchmark", query: "benchmark")],
                items: references.map {
                    DispatchItem(
                        attempt: $0, agentIndex: 0, timeout: .seconds(300), taskID: "t\($0.task)",
                        taskType: "noop", description: "", parameters: payload, inputs: [])
                }))
        results = .results(
            ResultBatch(
                epoch: 1,
                items: references.map {
                    AttemptResult(
                        attempt: $0, runTime: .milliseconds(1),
                        result: AgentResult(payload: payload))
                }))
    }
}

struct BenchJournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal",
        abstract: "Measure the journal alone: attempts that are dispatched and end.")

    @OptionGroup var options: BenchOptions

    @Option(help: "How many attempts there are.")
    var attempts = 200_000

    @Option(help: "How many of them are committed together.")
    var group = 64

    func validate() throws {
        guard (1...10_000_000).contains(attempts), (1...attempts).contains(group) else {
            throw ValidationError("--attempts is 1…10,000,000, --group 1…attempts.")
        }
    }

    mutating func run() async throws {
        let (options, attempts, group) = (options, attempts, group)
        guard let durability = Durability(rawValue: options.durability) else { return }
        try await options.measure(
            "journal", "\(attempts) attempts, \(group) a commit",
            of: "results of \(options.bytes) bytes; \(options.survives)"
        ) { limits in
            var run = BenchRun()
            let folder = try BenchFolder.make(in: options.folder)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let processor = BenchCoreCommand.processorSeconds()
            let rate = try Self.rate(attempts, group, options.bytes, durability, folder)
            let took = BenchCoreCommand.processorSeconds() - processor
            run.note("journal", "attempts/s", rate)
            run.note("processor time", "µs an attempt", took * 1e6 / Double(attempts))
            let sqlite = try await limits.sqlite(
                records: attempts, bytes: options.bytes, group: group,
                durability: options.durability)
            let sync = try await limits.sync(records: attempts, bytes: options.bytes, group: group)
            run.note("rows of SQLite", "records/s", sqlite.perSecond ?? 0)
            run.note("file that is synced", "records/s", sync.perSecond ?? 0)
            run.note("journal ÷ rows of SQLite", "", rate / (sqlite.perSecond ?? .infinity))
            return run
        }
    }

    private static func rate(
        _ attempts: Int, _ group: Int, _ bytes: Int, _ durability: Durability, _ folder: String
    ) throws -> Double {
        let journal = try SQLiteJournal(
            directory: folder, configuration: JournalConfiguration(durability: durability))
        defer { try? journal.close() }
        let payload = [UInt8](repeating: UInt8(ascii: "x"), count: bytes * group)
        let began = ContinuousClock.now
        for first in stride(from: 0, to: attempts, by: group) {
            let sequence = journal.lastSequence
            var batch = JournalBatch(
                moment: Moment(
                    instant: Instant(nanoseconds: Int64(first)),
                    wall: WallTime(millisecondsSince1970: 0)), payload: payload)
            for number in 0..<group {
                let attempt = AttemptReference(session: 1, task: Int32(first + number), attempt: 1)
                let record = ResultHandle(
                    row: sequence + 1, offset: UInt32(number * bytes),
                    payloadLength: UInt32(bytes), annexLength: 0)
                batch.facts.append(.attemptDispatched(attempt, worker: 0, agent: 0))
                batch.facts.append(
                    .attemptEnded(
                        attempt,
                        AttemptEnding(
                            outcome: .completed, runTime: .milliseconds(1), record: record,
                            disposition: .final)))
            }
            try journal.append(batch, expecting: sequence)
        }
        return Double(attempts) / ((ContinuousClock.now - began) / .seconds(1))
    }
}

struct BenchRecoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Measure how long a coordinator that was killed takes until it serves again.")

    @OptionGroup var options: BenchOptions

    @Option(help: "How many tasks are open.")
    var tasks = 100_000

    func validate() throws {
        guard (1...10_000_000).contains(tasks) else {
            throw ValidationError("--tasks is 1…10,000,000.")
        }
    }

    mutating func run() async throws {
        let (options, tasks) = (options, tasks)
        try await options.measure("recover", "\(tasks) open tasks") { _ in
            var shape = options.shape
            shape.workers = 0
            return try await BenchPool.with(shape) { pool in
                for plan in BenchPlan.cut(tasks, tasks, options) {
                    _ = try await pool.client.submit(plan)
                }
                var run = BenchRun()
                let seconds = try await pool.restartCoordinator()
                run.note("from the start of the process until it serves", "ms", seconds * 1_000)
                if let use = pool.use().first?.use {
                    run.note("processor time", "ms", use.processorSeconds * 1_000)
                    run.note(
                        "memory", "bytes a task", Double(use.residentBytes) / Double(tasks))
                }
                return run
            }
        }
    }
}
